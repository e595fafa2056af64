// What the viewer page makes of text, what it recognises, keeps and exports.

"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { judge } = require("./judge.js");
const { load } = require("./page.js");
const { pipecast } = require("./pipecast.js");

const VISIBLE = [
	["text of any script", "a \u00e9 \u0627 \u65e5 \u{1f600}",
	    "a \u00e9 \u0627 \u65e5 \u{1f600}"],
	["markup", "<b>&amp;", "<b>&amp;"],
	["tab and line feed", "a\tb\nc", "a\tb\nc"],
	["colours", "\x1b[1;31mred\x1b[0m \x1b[38:5:1mx\x1b[m", "red x"],
	["other escapes", "a\x1b[2Jb\x1b]0;x\x07c\x1b(Bd\x1b7e", "abcde"],
	["an escape that has no end", "a\x1b]8;;http://e\x07b\x1b]8;;c",
	    "ab8;;c"],
	["an escape that was cut off", "a\x1b[3", "a"],
	["control characters", "\0\x7f\x85",
	    "\u2039U+0000\u203a\u2039U+007F\u203a\u2039U+0085\u203a"],
	["changes of direction", "\u202eevil\u2066",
	    "\u2039U+202E\u203aevil\u2039U+2066\u203a"],
];

for (const [name, text, expected] of VISIBLE) {
	test(`text: ${name}`, async () => {
		const { visible } = await load("text.js");

		assert.equal(visible(text), expected);
	});
}

test("text: is cut by characters and by lines", async () => {
	const { cut } = await load("text.js");

	assert.equal(cut("abc", 3, 1), "abc");
	assert.equal(cut("abcd", 3, 1), "abc");
	assert.equal(cut("a\nb\nc", 9, 3), "a\nb\nc");
	assert.equal(cut("a\nb\nc", 9, 2), "a\nb");
	assert.equal(cut("a\n\n\n", 9, 2), "a\n");
	assert.equal(cut("a\nb\n", 9, 2), "a\nb");
	assert.equal(cut("", 3, 1), "");
	// Not in the middle of a character.
	assert.equal(cut("ab\u{1f600}", 3, 1), "ab");
	assert.equal(cut("\u{1f600}", 1, 1), "");
});

test("text: the time of day, and of another day the date", async () => {
	const { clock } = await load("text.js");
	const date = new Date(2026, 0, 2, 3, 4, 5, 6);

	assert.equal(clock(date, true, date), "03:04:05.006");
	assert.equal(clock(date, false, date), "03:04:05");
	assert.equal(clock(date, true, new Date(2026, 0, 3)), "Jan 02 03:04:05");
	assert.equal(clock(date, true, new Date(2027, 0, 2)),
	    "2026 Jan 02 03:04:05");
});

const GAP = '{"last_event_id":"s-a-1","missed":3}';

const END = "pipecast-end";

const CONTROL = [
	["a gap", { type: "gap", data: GAP }, true, "gap"],
	["a gap of any type", { type: "lost", data: GAP }, true, "gap"],
	["a gap of which nobody knows how large",
	    { type: "gap", data: GAP.replace("3", "null") }, true, "gap"],
	["a gap without a request to resume", { type: "gap", data: GAP },
	    false, "gap"],
	["what looks like a gap later on", { type: "lost", data: GAP }, false,
	    undefined],
	["what looks like a gap but has an id",
	    { type: "gap", data: GAP, hasId: true }, true, undefined],
	["an event called gap", { type: "gap", data: "mind the gap" }, true,
	    undefined],
	["an event called gap, in JSON", { type: "gap", data: '{"missed":3}' },
	    true, undefined],
	["a gap and more",
	    { type: "gap", data: GAP.replace("}", ',"more":1}') }, true,
	    undefined],
	["the end", { type: "end", data: "{}", id: END, hasId: true }, false,
	    "end"],
	["the end of any type", { type: "over", data: '{"exit_status":0}',
	    id: END, hasId: true }, false, "end"],
	["an event called end", { type: "end", data: "{}", id: "7",
	    hasId: true }, false, undefined],
	["an event after the end", { type: "a", data: "{}", id: END }, false,
	    undefined],
	["JSON that is none", { type: "gap", data: "{" }, true, undefined],
];

for (const [name, event, resumed, kind] of CONTROL) {
	test(`control: ${name}`, async () => {
		const { controlOf } = await load("control.js");

		assert.equal(controlOf({ id: "", hasId: false, ...event },
		    resumed)?.kind, kind);
	});
}

test("control: says plainly what there is to say", async () => {
	const { controlOf } = await load("control.js");
	const gap = (missed) => controlOf({ type: "gap", hasId: false,
	    data: JSON.stringify({ last_event_id: "1", missed }) }, true).text;
	const end = (data) => controlOf({ type: "end", id: "pipecast-end",
	    hasId: true, data }, false).text;

	assert.match(gap(1), /1 event is missing/);
	assert.match(gap(1234), /1,234 events are missing/);
	assert.match(gap(null), /events may be missing/);
	assert.equal(end("{}"), "The stream has ended.");
	assert.equal(end('{"exit_status":0}'), "The stream has ended.");
	assert.match(end('{"exit_status":3}'), /exit status 3/);
	assert.match(end('{"signal":9}'), /signal 9/);
	assert.equal(end("null"), "The stream has ended.");
	assert.equal(end("broken"), "The stream has ended.");
});

function entry(data) {
	return { event: { data, type: "", id: "" } };
}

test("kept: the newest, up to a number", async () => {
	const { Kept } = await load("kept.js");
	const kept = new Kept();

	for (let n = 0; n < 3005; n++)
		kept.push(entry(String(n)));
	assert.equal(kept.isOver(1), true);
	assert.equal(kept.isOver(2), false);
	assert.deepEqual(kept.trim().map(({ event }) => event.data),
	    ["0", "1", "2", "3", "4"]);
	assert.equal(kept.entries.length, 3000);
	assert.deepEqual(kept.trim(), []);
	assert.equal(kept.take().length, 3000);
	assert.deepEqual(kept.entries, []);
});

test("kept: of those that are hidden as many again", async () => {
	const { Kept } = await load("kept.js");
	const kept = new Kept();
	const isHidden = ({ n }) => n % 3 > 0;

	for (let n = 0; n < 12000; n++)
		kept.push({ n });
	kept.trim(1, isHidden);
	const shown = kept.entries.filter((each) => !isHidden(each));

	assert.equal(shown.length, 3000);
	assert.equal(shown[0].n, 3000);
	assert.equal(kept.entries.length, 6000);
	assert.equal(kept.entries.at(-1).n, 11999);
});

test("kept: up to a size, but always the newest", async () => {
	const { Kept } = await load("kept.js");
	const mega = "x".repeat(1 << 20);
	const kept = new Kept();

	for (let n = 0; n < 20; n++)
		kept.push(entry(mega));
	kept.push({ event: null });
	assert.equal(kept.trim().length, 4);
	kept.push(entry(mega.repeat(17)));
	assert.equal(kept.trim().length, 17);
	assert.equal(kept.entries.length, 1);
	kept.push(entry("a"));
	assert.equal(kept.trim().length, 1);
	assert.equal(kept.isOver(1), false);
});

test("kept: another in the place of one", async () => {
	const { Kept } = await load("kept.js");
	const kept = new Kept();
	const entries = ["a", "b".repeat(1 << 24), "c", "d"].map(entry);

	kept.push(entries[0]);
	kept.push(entries[1]);
	assert.equal(kept.isOver(1), true);
	assert.equal(kept.replace(entries[1], entries[2]), true);
	assert.equal(kept.isOver(1), false);
	assert.equal(kept.replace(entries[1], entries[3]), false);
	assert.deepEqual(kept.entries, [entries[0], entries[2]]);
});

const EVENTS = [
	{ type: "message", data: "plain", id: "", hasId: false },
	{ type: "load", data: "two\nlines\n", id: "7", hasId: true },
	{ type: "message", data: " \"quoted\" \u2028 \u{1f600}\0", id: "8",
	    hasId: true },
	{ type: "message", data: "", id: "", hasId: true },
];

const ENTRIES = [
	...EVENTS.map((event, i) => ({ kind: "event", event, date: new Date(0),
	    record: { ms: i === 1 ? 1000 : NaN } })),
	{ kind: "gap", event: { type: "gap", data: "{}", id: "", hasId: false },
	    date: new Date(0) },
	{ kind: "note", event: null, date: new Date(0), text: "Reconnected." },
];

async function exportedAs(format) {
	const { exported } = await load("export.js");

	return exported(ENTRIES, format);
}

test("export: text is the data of the events, and nothing else", async () => {
	const { text, type, suffix } = await exportedAs("text");

	assert.equal(text, EVENTS.map(({ data }) => `${data}\n`).join(""));
	assert.equal(type, "text/plain");
	assert.equal(suffix, "txt");
});

test("export: an event stream means the same events", async () => {
	const { text } = await exportedAs("sse");

	assert.deepEqual(judge(Buffer.from(text)).events.map(
	    ({ type, data, id }) => ({ type, data, id })), [
		{ type: "message", data: "plain", id: null },
		{ type: "load", data: "two\nlines\n", id: "7" },
		{ type: "message", data: EVENTS[2].data, id: "8" },
		{ type: "message", data: "", id: "" },
		{ type: "gap", data: "{}", id: "" },
	]);
});

test("export: JSON lines tell all", async () => {
	const { text } = await exportedAs("json");
	const lines = text.trim().split("\n").map((line) => JSON.parse(line));

	assert.deepEqual(lines[0], { time: "1970-01-01T00:00:00.000Z",
	    event: "message", data: "plain" });
	assert.equal(lines[1].id, "7");
	assert.equal(lines[1].time, "1970-01-01T00:00:01.000Z", "its own");
	assert.equal(lines.length, 5);
});

for (const format of ["sse", "json"]) {
	test(`export: pipecast --format ${format} reads it again`, async () => {
		const { text } = await exportedAs(format);
		const { body, log } = await pipecast(["-f", format],
		    [Buffer.from(text)]);
		const { events } = judge(body);

		assert.equal(log, "");
		assert.deepEqual(events.slice(0, EVENTS.length).map(
		    ({ type, data }) => ({ type, data })),
		    EVENTS.map(({ type, data }) => ({ type, data })));
		assert.deepEqual(events.slice(1, 3).map(({ id }) => id),
		    ["7", "8"]);
	});
}
