// SPDX-License-Identifier: MIT

// Entries that wait for the next frame, for the end of a pause, or for a reader
// to come back to a page that is hidden.

import { Kept, passedNote } from "./kept.js";

const HELD_PART = 2 / 3; // of what is kept; the rest was shown before

export class Backlog {
	#kept = new Kept();
	#isHeld = false; // whether any waits because nobody looks
	#passed = 0; // events that have not stayed here meanwhile
	passedEver = 0;
	dropped = 0; // events that came faster than frames

	// isHeld says that nobody looks for now.
	push(entry, isHeld) {
		this.#isHeld ||= isHeld;
		this.#kept.push(entry);
		if (this.#kept.isOver(2))
			this.#trim();
	}

	#trim() {
		const n = this.#kept.trim(this.#isHeld ? HELD_PART : 1)
		    .filter(({ type }) => type).length;

		if (this.#isHeld)
			this.#passed += n;
		else
			this.dropped += n;
	}

	// The number of entries, and of events that passed.
	get length() {
		return this.#kept.entries.length + this.#passed;
	}

	// Returns all of them, and keeps none. A note stands in the place of
	// events that passed.
	take() {
		this.#trim();
		const entries = this.#kept.take();

		if (this.#passed > 0)
			entries.unshift(passedNote(this.#passed, "not shown"));
		this.passedEver += this.#passed;
		this.#passed = 0;
		this.#isHeld = false;
		return entries;
	}

	clear() {
		this.#kept.take();
		this.#passed = this.dropped = 0;
	}
}
