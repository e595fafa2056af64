// SPDX-License-Identifier: MIT

// The newest entries, up to a number and a size, so that a page which is left
// open for weeks needs no more memory than one of an hour.

import { count } from "./text.js";

export const ENTRIES_MAX = 3000;
const SIZE_MAX = 16 * 1024 * 1024; // characters

// An entry is { kind, date, event, type, text }: kind is "event", "gap", "end",
// "passed" or "note". event is the event of the stream, which a note has not.
// type is the one of types.js for an event of the source; other entries have a
// text. When an event of the source is shown, records.js adds its record and
// group, and main.js its level, which is one of chips.js.

const sizeOf = ({ event }) => event ?
    event.data.length + event.type.length + event.id.length : 0;

// A note of events that are not kept, and why.
export const passedNote = (n, why) => ({
	kind: "passed", date: new Date(),
	text: `${count(n, "event")} passed (${why})`,
});

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
		const kept = [], dropped = [];
		const room = [factor * ENTRIES_MAX, ENTRIES_MAX];
		let size = 0;
		let isFull = false;

		for (const entry of this.entries.reverse()) {
			const next = size + sizeOf(entry);
			const hasRoom = room[Number(isHidden(entry))]-- > 0;

			isFull ||= hasRoom && size > 0 &&
			    next > factor * SIZE_MAX;
			if (hasRoom && !isFull)
				size = next;
			(hasRoom && !isFull ? kept : dropped).push(entry);
		}
		this.entries = kept.reverse();
		this.#size = size;
		return dropped.reverse();
	}

	// Returns all entries, and keeps none.
	take() {
		const taken = this.entries;

		this.entries = [];
		this.#size = 0;
		return taken;
	}
}
