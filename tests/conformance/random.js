// Random events and the bytes that say them. Everything follows from a seed,
// so that a failure can be run again: PIPECAST_SEED=N.

"use strict";

class Random {
	#state;

	constructor(seed) {
		this.#state = seed >>> 0;
	}

	// A number from 0 to 2^32 - 1 (mulberry32).
	next() {
		this.#state = (this.#state + 0x6d2b79f5) >>> 0;
		let t = this.#state;
		t = Math.imul(t ^ (t >>> 15), t | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return (t ^ (t >>> 14)) >>> 0;
	}

	below(n) {
		return this.next() % n;
	}

	chance(percent) {
		return this.below(100) < percent;
	}

	pick(list) {
		return list[this.below(list.length)];
	}

	times(min, max, make) {
		const n = min + this.below(max - min + 1);
		return Array.from({ length: n }, (_, i) => make(i));
	}
}

const CR = Buffer.from("\r"), LF = Buffer.from("\n");
const CRLF = Buffer.from("\r\n"), NUL = Buffer.from("\0");

// What goes wrong when somebody is careless.
const TRICKY = [
	" ", "  ", ":", "::", ": ", "\t", "data", "data: x", "data:", "event: end",
	"event:", "id: 1", "id", "retry: 1", ";", "; comment", "Event: x", "<b>",
	"\u00e9", "\u2028", "\u0085", "\ufeff", "\u{1f600}", "\u{10ffff}", "\ufffd",
	"\u001b[31m", "\u007f", "{", "\"", "\\", "0", "pipecast-end",
].map((text) => Buffer.from(text));

// Invalid UTF-8: stray, cut short, overlong, surrogate, too large.
const INVALID = [
	[0xff], [0x80], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xc0, 0x80],
	[0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80],
	[0xf8, 0x88, 0x80, 0x80, 0x80], [0xf0, 0x80, 0xff],
].map((bytes) => Buffer.from(bytes));

function fragment(random) {
	const kind = random.below(20);
	if (kind < 9)
		return random.pick(TRICKY);
	if (kind < 12)
		return random.pick(INVALID);
	if (kind < 19)
		return Buffer.from(random.pick("abcdefghijklmnopqrstuvwxyz0123456789"));
	return Buffer.alloc(random.below(3000), "x");
}

// Bytes without CR, LF and NUL; often none at all.
function text(random) {
	return Buffer.concat(random.times(0, random.pick([0, 1, 3, 10]),
	    () => fragment(random)));
}

// The same, but with at least one byte.
function someText(random) {
	const bytes = text(random);
	return bytes.length > 0 ? bytes : random.pick(TRICKY);
}

// Bytes that the kinds given may interrupt, out of CR, LF, CRLF and NUL.
function textWith(random, interruptions) {
	return Buffer.concat(random.times(0, 6, () => random.chance(40) ?
	    random.pick(interruptions) : text(random)));
}

// The lines, each with a line end of any kind. An empty line that ends in LF
// cannot follow a CR: together they would be one CRLF.
function endLines(random, lines) {
	const only = random.pick([null, null, CR, LF, CRLF]);
	const parts = [];
	let previous = LF;
	for (const line of lines) {
		let end = only ?? random.pick([CR, LF, CRLF]);
		if (previous === CR && line.length === 0 && end === LF)
			end = CR;
		parts.push(line, end);
		previous = end;
	}
	return Buffer.concat(parts);
}

// The bytes in pieces of random sizes.
function cut(random, bytes) {
	const largest = random.pick([3, 40, 1000, 70000]);
	const pieces = [];
	for (let at = 0; at < bytes.length;) {
		const n = 1 + random.below(largest);
		pieces.push(bytes.subarray(at, at + n));
		at += n;
	}
	return pieces;
}

// An independent view of what bytes mean as text (WHATWG Encoding).
function decode(bytes) {
	return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

module.exports = {
	Random, CR, LF, CRLF, NUL, text, someText, textWith, endLines, cut, decode,
};
