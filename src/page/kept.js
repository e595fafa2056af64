// SPDX-License-Identifier: MIT

// The newest entries, up to a number and a size, so that a page which is left
// open for weeks needs no more memory than one of an hour.

const ENTRIES_MAX = 3000;
const SIZE_MAX = 16 * 1024 * 1024; // characters

// An entry is { kind, date, event, type, text }: kind is "event", "gap", "end"
// or "note". event is the event of the stream, null for a note. type is the one
// of types.js for an event of the source, null for other entries; those have a
// text. When an event of the source is shown, records.js adds its record and
// group, and main.js its level, which is one of chips.js.

function sizeOf({ event }) {
	return event === null ? 0 :
	    event.data.length + event.type.length + event.id.length;
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

	// Drops the oldest entries, but never the newest; returns them.
	trim() {
		let n = 0;

		for (let left = this.entries.length; left > ENTRIES_MAX ||
		    (left > 1 && this.#size > SIZE_MAX); left--)
			this.#size -= sizeOf(this.entries[n++]);
		return this.entries.splice(0, n);
	}

	// Returns all entries, and keeps none.
	take() {
		const taken = this.entries;

		this.entries = [];
		this.#size = 0;
		return taken;
	}
}
