// What the viewer page takes for numbers to draw.

"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { load } = require("./page.js");

// The numbers of one event, or of the last of several, as { name: value }.
async function numbersOf(...events) {
	const { NumberReader } = await load("numbers.js");
	const reader = new NumberReader();
	const last = events.map((data) => reader.read(data)).at(-1);

	assert.equal(new Set(last.map(({ key }) => key)).size, last.length);
	return Object.fromEntries(last.map(({ name, value }) => [name, value]));
}

const CASES = [
	["a number", "42", { "": 42 }],
	["a negative one, with blanks", " -1.5 ", { "": -1.5 }],
	["of any notation", "+.5e-3", { "": 0.0005 }],
	["the time in seconds", "1718000000.123456", { "": 1718000000.123456 }],
	["a percentage", "97.5%", { "": 97.5 }],
	["a row", "1 2.5\t-3", { "#1": 1, "#2": 2.5, "#3": -3 }],
	["a row of values separated by commas", "1,2, 3;4",
	    { "#1": 1, "#2": 2, "#3": 3, "#4": 4 }],
	["/proc/loadavg", "0.52 0.58 0.59 1/467 12345",
	    { "#1": 0.52, "#2": 0.58, "#3": 0.59, "#5": 12345 }],
	["a row with date and time", "2026-01-31 12:00:01 5 6",
	    { "#3": 5, "#4": 6 }],
	["a row with a timestamp", "2026-01-31T12:00:01.5Z 5", { "#2": 5 }],
	["members of an object", '{"a":1,"b":"2","c":null,"d":true,"e":-0.5}',
	    { a: 1, e: -0.5 }],
	["nested members", '{"cpu":{"user":1,"sys":2},"disks":[{"used":3},4]}',
	    { "cpu.user": 1, "cpu.sys": 2, "disks[0].used": 3, "disks[1]": 4 }],
	["an array", "[1, 2]", { "[0]": 1, "[1]": 2 }],
	["JSON over several lines", '{\n "a": 1\n}', { a: 1 }],
	["nothing", "", {}],
	["blanks", "   ", {}],
	["text", "hello", {}],
	["text with numbers", "GET / 200 1234", {}],
	["a log line", "2026-01-31 12:00:01 worker 7 started", {}],
	["a date alone", "2026-01-31", {}],
	["an address", "127.0.0.1", {}],
	["a version", "1.2.3 1.2.4", {}],
	["hexadecimal", "0x10", {}],
	["not a number, nor infinity", "NaN Infinity", {}],
	["a unit", "12ms", {}],
	["a sum", "1+1", {}],
	["two lines", "1\n2", {}],
	["broken JSON", '{"a":1', {}],
	["a JSON string", '"1"', {}],
	["an empty object", "{}", {}],
	["text in brackets", "[info] started", {}],
];

for (const [name, data, expected] of CASES)
	test(`numbers: ${name}`, async () =>
	    assert.deepEqual(await numbersOf(data), expected));

test("numbers: the columns of vmstat have names", async () => {
	assert.deepEqual(await numbersOf(
	    "procs -----------memory---------- ---swap-- -----io----",
	    " r  b   swpd   free %st kB_read/s",
	    " 1  0      0 123456 0.0 5"),
	{ r: 1, b: 0, swpd: 0, free: 123456, "%st": 0, "kB_read/s": 5 });
});

test("numbers: names stay, and are not taken from afar", async () => {
	assert.deepEqual(await numbersOf("a b", "1 2", "3 4"), { a: 3, b: 4 });
	assert.deepEqual(await numbersOf("a b", "1 2", "x", "3 4"),
	    { a: 3, b: 4 });
	assert.deepEqual(await numbersOf("a b", "1 2", "c d", "3 4"),
	    { c: 3, d: 4 });
	assert.deepEqual(await numbersOf("a b", "some text here", "3 4"),
	    { "#1": 3, "#2": 4 });
	assert.deepEqual(await numbersOf("a b", "1 2", "c d e", "3 4"),
	    { a: 3, b: 4 });
	assert.deepEqual(await numbersOf("a b c", "3 4"), { "#1": 3, "#2": 4 });
	assert.deepEqual(await numbersOf("hello", "3"), { "": 3 });
});

test("numbers: a series stays the same when it gets a name", async () => {
	const { NumberReader } = await load("numbers.js");
	const reader = new NumberReader();
	const keys = (data) => reader.read(data).map(({ key }) => key);
	const before = keys("1 2");

	keys("a b");
	assert.deepEqual(keys("3 4"), before);
	assert.notDeepEqual(keys("3 4 5").slice(0, 2), before);
});

test("numbers: what one event can bring has a limit", async () => {
	const many = Array.from({ length: 1000 }, (_, i) => i);
	const deep = "[".repeat(1000) + "1" + "]".repeat(1000);
	const size = (numbers) => Object.keys(numbers).length;

	assert.equal(size(await numbersOf(many.join(" "))), 0);
	assert.equal(size(await numbersOf(JSON.stringify(many))), 64);
	assert.equal(size(await numbersOf(JSON.stringify(
	    many.slice(0, 9).map(() => many)))), 64);
	assert.equal(size(await numbersOf(deep)), 0);
	assert.equal(size(await numbersOf(`[${"1,".repeat(40000)}1]`)), 0);
	assert.equal(size(await numbersOf("1".repeat(2000))), 0);
});

test("numbers: hostile members are just names", async () => {
	const json = '{"__proto__":1,"constructor":2,"":3}';

	assert.deepEqual(await numbersOf(json), JSON.parse(json));
});

test("numbers: a long line that looks like names takes no time", async () => {
	await numbersOf("a".repeat(999), "a ".repeat(400), "-".repeat(900),
	    `${"1".repeat(900)}x`, `1${"e1".repeat(400)}`);
});
