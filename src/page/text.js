// SPDX-License-Identifier: MIT

// Text from elsewhere, made fit to be seen: nothing in it is hidden, moves
// other text about, or fills the screen.

import { min } from "./brief.js";

// Escape sequences (ECMA-48): a control sequence; a string, such as the address
// of a link (OSC 8), up to its end; or another. The text of a link stays. So
// does a string without an end, since it may be anything.
const ESCAPE = new RegExp("\\x1b(?:\\[[0-?]*[ -/]*[@-~]?|" +
    "[\\]PX^_](?:[^\\x07\\x1b]*(?:\\x07|\\x1b\\\\))?|[ -/]*[0-~]?)", "g");

// Control characters except tab and line feed, and characters that annotate the
// text after them or change its direction.
const UNSEEN =
    /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]/g;

function named(character) {
	const code = character.charCodeAt(0).toString(16).toUpperCase();

	return `\u2039U+${code.padStart(4, "0")}\u203a`;
}

// The text without what is for a terminal only.
export const plain = (text) =>
    text.includes("\x1b") ? text.replace(ESCAPE, "") : text;

export const visible = (text) => plain(text).replace(UNSEEN, named);

// The beginning of a text, of so many characters and lines at most. Returns the
// text itself if that is all of it.
export function cut(text, maxLength, maxLines) {
	let end = min(text.length, maxLength);

	for (let at = -1, n = 0; (at = text.indexOf("\n", at + 1)) >= 0 &&
	    at < end;) {
		if (++n === maxLines)
			end = at;
	}
	// Do not cut between the halves of one character.
	if (end < text.length && /[\ud800-\udbff]/.test(text[end - 1] ?? ""))
		end--;
	return end < text.length ? text.slice(0, end) : text;
}

// The beginning of a line.
export const begun = (text, maxLength) => visible(cut(text, maxLength, 1));

export const grouped = (n) => n.toLocaleString("en");

export const count = (n, noun) => `${grouped(n)} ${noun}${n === 1 ? "" : "s"}`;

// The time of day, to the millisecond if wanted; of another day than the one
// that it is now, the date and the time to the second, and of another year
// that.
export function clock(date, hasMs, now) {
	const [, day, year] = date.toDateString().match(/ (.*) (.*)/);
	const time = date.toTimeString().slice(0, 8);

	if (date.toDateString() === now.toDateString())
		return time + (hasMs ? date.toISOString().slice(19, 23) : "");
	return (date.getFullYear() === now.getFullYear() ? "" : `${year} `) +
	    `${day} ${time}`;
}

// The value that a text in JSON has, undefined if it is not in JSON.
export function parsed(text, reviver) {
	try {
		return JSON.parse(text, reviver);
	} catch {
		return undefined;
	}
}
