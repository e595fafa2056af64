// SPDX-License-Identifier: MIT

// The newest entries, up to a number and a size, so that a page which is left
// open for weeks needs no more memory than one of an hour.

import { count } from "./text.js";

export const ENTRIES_MAX = 3000;
const SIZE_MAX = 16 * 1024 * 1024; // characters

// An entry is { kind, date, event, type, text }: kind is "event", "gap", "end",
// "passed" or "note". event is the event of the stream, null for a note. type
// is the one of types.js for an event of the source, null for other entries; those
// have a text. When an event of the source is shown, records.js adds its record
// and group, and main.js its level, which is one of chips.js.

function sizeOf({ event }) {
	return event === null ? 0 :
	    event.data.length + event.type.length + event.id.length;
}

// A note of events that are not kept, and why.
export function passedNote(n, why) {
	return { kind: "passed", date: new Date(), event: null, type: null,
	    text: `${count(n, "event")} passed (${why})` };
}

export class Kept {
	entries = [];
	#size = 0;

	// Keeps the entry, even beyond the limits, until trim() is called.
	push(entry) {
		this.entries.push(entry);
		this.#size += sizeOf(entry);
	}

	// Keeps the new entry in the place of the old one. Returns whether that
	// was kept.
	replace(old, entry) {
		const at = this.entries.lastIndexOf(old);

		if (at < 0)
			return false;
		this.entries[at] = entry;
		this.#size += sizeOf(entry) - sizeOf(old);
		return true;
	}

	isOver(factor) {
		return this.entries.length > factor * ENTRIES_MAX ||
		    this.#size > factor * SIZE_MAX;
	}

	// Drops the oldest entries, but never the newest; returns them. Of
	// those that are hidden there may be as many again. The limits are so
	// many times as large.
	trim(factor = 1, isHidden = () => false) {
		const { entries } = this;
		const nHidden = entries.filter(isHidden).length;
		let tooMany = entries.length - nHidden - factor * ENTRIES_MAX;
		let tooManyHidden = nHidden - ENTRIES_MAX;
		let left = entries.length;
		const isOld = (entry) => {
			const isTooLarge = left > 1 &&
			    this.#size > factor * SIZE_MAX;
			const isOne = isHidden(entry) ?
			    tooManyHidden-- > 0 : tooMany-- > 0;

			if (!isOne && !isTooLarge)
				return false;
			left--;
			this.#size -= sizeOf(entry);
			return true;
		};
		const dropped = [];

		if (tooMany <= 0 && tooManyHidden <= 0 &&
		    this.#size <= factor * SIZE_MAX)
			return dropped;
		this.entries = entries.filter((entry) =>
		    !isOld(entry) || !dropped.push(entry));
		return dropped;
	}

	// Returns all entries, and keeps none.
	take() {
		const taken = this.entries;

		this.entries = [];
		this.#size = 0;
		return taken;
	}
}
