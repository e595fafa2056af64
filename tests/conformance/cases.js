// Streams and the data of the events in them. The cases are those of the group
// eventsource/format-* of web-platform-tests, and some more of the kind; all
// but those about the media type, which no input has.

"use strict";

const LONG = "x".repeat(3000);

// [name, the stream, data of the events in it, and whether data behind them is
// lost]. A stream given as an array is bytes, any other is text.
const cases = [
	["bom: one at the beginning is dropped, a later one spoils a name",
	    "\ufeffdata: a\n\n\ufeffdata: b\n\ndata: c\n\n", ["a", "c"]],
	["bom-2: the second of two at the beginning spoils a name",
	    "\ufeff\ufeffdata: a\n\ndata: b\n\n", ["b"]],
	["bom: before a comment, and before an empty line",
	    "\ufeff: a\ndata: b\n\n", ["b"]],
	["bom: alone on its line", "\ufeff\ndata: a\n\n", ["a"]],
	["bom: in data it is data", "data: \ufeffa\n\n", ["\ufeffa"]],
	["comments: of every kind between data, also long ones",
	    `data: a\r:\0\n: \r\ndata: b\n:${LONG}\rdata: c\n` +
	    `:data: no\r: ${LONG}\n::\ndata: d\n\n`, ["a\nb\nc\nd"]],
	["comments: one outside of any block",
	    ": a\n\n:b\n\n\n: c\ndata: d\n\n:", ["d"]],
	["data-before-final-empty-line: lost without it",
	    "data: a\n\nid: 9\nevent: x\nretry: 5\ndata: b\n", ["a"], true],
	["data-before-final-empty-line: a last line without its end",
	    "data: a\n\ndata: b\n\ndata: c", ["a", "b"], true],
	["data-before-final-empty-line: the stream ends in a CR",
	    "data: a\r\rdata: b\r\r", ["a", "b"]],
	["field-data: without a colon, twice, and with nothing after the colon",
	    "data:\n\ndata\ndata\n\ndata:a\n\ndata: \n\n", ["", "\n", "a", ""]],
	["field-event: one type, then none again",
	    "event: t\ndata: a\n\ndata: b\n\n", ["a", "b"]],
	["field-event: the last one in a block counts, spaces and colons too",
	    "event: t\nevent:  u:v \ndata: a\n\n", ["a"]],
	["field-event: of a block without data nothing stays",
	    "event: t\n\ndata: a\n\n", ["a"]],
	["field-event-empty: is message",
	    "event:\ndata: a\n\nevent\ndata: b\n\nevent: t\nevent:\ndata: c\n\n",
	    ["a", "b", "c"]],
	["field-id: stays until the next",
	    "id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\ndata: d\n\n",
	    ["a", "b", "c", "d"]],
	["field-id-2: beyond ASCII, and after the data",
	    "data: a\nid: \u2026\n\ndata: b\n\ndata: c\nid: \u{1f600}\n\n",
	    ["a", "b", "c"]],
	["field-id-3: an empty one, or only its name, resets it",
	    "id: 1\ndata: a\n\nid:\ndata: b\n\ndata: c\n\nid: 2\ndata: d\n\n" +
	    "id\ndata: e\n\n", ["a", "b", "c", "d", "e"]],
	["field-id-3: the last one in a block counts",
	    "id: 1\nid: 2\ndata: a\n\nid: 3\nid\ndata: b\n\n", ["a", "b"]],
	["field-id-null: ignored wherever the NUL is",
	    "id: 1\ndata: a\n\nid: \0\ndata: b\n\nid: x\0\ndata: c\n\n" +
	    "id: \0x\ndata: d\n\nid: 2\nid: 3\0\ndata: e\n\n",
	    ["a", "b", "c", "d", "e"]],
	["field-id-null: before any other", "id: \0\ndata: a\n\n", ["a"]],
	["field-id: spaces in it are its own",
	    "id: 1  2\ndata: a\n\n", ["a"]],
	["field-parsing: only the very name counts",
	    "data:\0\ndata:  a\rData:b\ndata\0:c\ndata:d\r\0data:e\nda-ta:f\r" +
	    "data_g\ndata:h\rdata:\r\n data:i\ndata:j\n\n", ["\0\n a\nd\nh\n\nj"]],
	["field-retry: sets the reconnection time",
	    "retry: 3000\ndata: a\n\nretry:07\n\ndata: b\n\n", ["a", "b"]],
	["field-retry-bogus: anything but digits is ignored",
	    "retry: 3000\nretry: 1000x\nretry: -1\nretry: 1.5\nretry:  1\n" +
	    "retry: 1 \nretry: +1\nretry: \u0661\nretry: 0x1\ndata: a\n\n", ["a"]],
	["field-retry-empty: is ignored",
	    "retry: 3000\nretry\nretry:\nretry: \ndata: a\n\n", ["a"]],
	["field-retry: without data, in an unfinished block",
	    "data: a\n\nretry: 40", ["a"]],
	["field-retry: applies even if its block is never finished",
	    "data: a\n\nretry: 40\n", ["a"]],
	["field-unknown: as if it were not there",
	    "data: a\n data\ndata\nfoo: x\njust some text\n: comment\ndata: b\n" +
	    "Event: x\nDATA: y\nevents: z\n\n", ["a\n\nb"]],
	["leading-space: one is removed, of every kind of white space one",
	    "data:\ta\rdata: b\ndata:  c\ndata: \u00a0d\n\n",
	    ["\ta\nb\n c\n\u00a0d"]],
	["newlines: LF, CR and CRLF mixed",
	    "data:a\r\ndata\ndata:b\r\n\rdata:c\n\rdata:d\r\r\ndata:e\n\r\n",
	    ["a\n\nb", "c", "d", "e"]],
	["newlines: what other standards call a line end is data",
	    "data: a\u2028b\u2029c\u0085d\u000be\u000cf\n\n",
	    ["a\u2028b\u2029c\u0085d\u000be\u000cf"]],
	["newlines: many empty ones", "\n\n\r\r\n\r\ndata: a\n\n\n\n\ndata: b\n\n",
	    ["a", "b"]],
	["null-character: is data", "data:\0\n\ndata: a\0b\n\n", ["\0", "a\0b"]],
	["utf-8: and nothing else, whatever it looks like",
	    "data: ok\u2026 \u00e9 \u{1f600}\n\n", ["ok\u2026 \u00e9 \u{1f600}"]],
	["utf-8: invalid in data, type, id and comment",
	    [..."data: "].map((c) => c.charCodeAt()).concat([0xff, 0xe2, 0x82, 0x0a],
	    [..."event: "].map((c) => c.charCodeAt()), [0xc0, 0x80, 0x0a],
	    [..."id: "].map((c) => c.charCodeAt()), [0xed, 0xa0, 0x80, 0x0a],
	    [0x3a, 0xf0, 0x9f, 0x0a, 0x0a]), ["\ufffd\ufffd"]],
	["utf-8: a byte order mark cut short is not one",
	    [0xef, 0xbb, 0x0a, ...Buffer.from("data: a\n\n")], ["a"]],
	["nothing at all", "", []],
	["only a byte order mark", "\ufeff", []],
];

// An id in a block without data is none of the judge's business.
const idAlone = [
	["field-id: in a block without data it moves on",
	    "id: 1\n\ndata: a\n\nid: 2\n\nid: 3\n\ndata: b\n\n", ["a", "b"]],
	["field-id: reset in a block without data",
	    "id: 1\ndata: a\n\nid\n\ndata: b\n\n", ["a", "b"]],
];

module.exports = { LONG, cases, idAlone };
