// SPDX-License-Identifier: MIT

// Entries that wait for the next frame, for the end of a pause, or for a reader
// to come back to a page that is hidden.

import { Kept, passedNote } from "./kept.js";

const HELD_PART = 2 / 3; // of what is kept; the rest was shown before

const kept = new Kept();
let isHeld = false; // whether any waits because nobody looks
let passing = 0; // events that have not stayed here meanwhile
export let passed = 0; // of them, those noted
export let dropped = 0; // events that came faster than frames

// holds says that nobody looks for now.
export function push(entry, holds) {
	isHeld ||= holds;
	kept.push(entry);
	if (kept.isOver(2))
		trim();
}

function trim() {
	const n = kept.trim(isHeld ? HELD_PART : 1)
	    .filter(({ type }) => type).length;

	if (isHeld)
		passing += n;
	else
		dropped += n;
}

// The number of entries, and of events that passed.
export const size = () => kept.entries.length + passing;

// Returns all of them, and keeps none. A note stands in the place of events
// that passed.
export function take() {
	trim();
	const entries = kept.take();

	if (passing > 0)
		entries.unshift(passedNote(passing, "not shown"));
	passed += passing;
	passing = 0;
	isHeld = false;
	return entries;
}

export function clearBacklog() {
	kept.take();
	passing = dropped = 0;
}
