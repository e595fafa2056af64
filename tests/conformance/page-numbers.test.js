// What the viewer page takes for numbers to draw.

"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { load } = require("./page.js");

function jsonOf(data) {
	try {
		return /^\s*[[{]/.test(data) ? JSON.parse(data) : undefined;
	} catch {
		return undefined;
	}
}

// The numbers of one event, or of the last of several, as { name: value }, where
// a value with a unit is text.
async function numbersOf(...events) {
	const { NumberReader } = await load("numbers.js");
	const reader = new NumberReader();
	const last = events.map((data) => reader.read(data, jsonOf(data)))
	    .at(-1);

	assert.equal(new Set(last.map(({ key }) => key)).size, last.length);
	return Object.fromEntries(last.map(({ name, value, unit }) =>
	    [name, unit ? `${value} ${unit}` : value]));
}

const CASES = [
	["a number", "42", { "": 42 }],
	["a negative one, with blanks", " -1.5 ", { "": -1.5 }],
	["of any notation", "+.5e-3", { "": 0.0005 }],
	["the time in seconds", `${Date.now() / 1000}`, {}],
	["a percentage", "97.5%", { "": "97.5 %" }],
	["digits in groups", "1,234,567", { "": 1234567 }],
	["a row of them", "1,234 5,678.5", { "#1": 1234, "#2": 5678.5 }],
	["a row", "1 2.5\t-3", { "#1": 1, "#2": 2.5, "#3": -3 }],
	["a row of values separated by commas", "1,2, 3,4",
	    { "#1": 1, "#2": 2, "#3": 3, "#4": 4 }],
	["/proc/loadavg", "0.52 0.58 0.59 1/467 12345",
	    { "load 1 min": 0.52, "load 5 min": 0.58, "load 15 min": 0.59 }],
	["uptime", " 20:33:43 up  1:12,  0 user,  load average: 7.90, 17.96, 16.47",
	    { "load 1 min": 7.9, "load 5 min": 17.96, "load 15 min": 16.47 }],
	["ping", "64 bytes from ::1: icmp_seq=1 ttl=57 time=12.3 ms",
	    { time: "12.3 ms" }],
	["names and values", "a=1 b=2.5ms size=-3MB, c=x id=7 pid=8 status=200",
	    { a: 1, b: "2.5 ms", size: "-3 MB" }],
	["a name and a value", "cpu 42", { cpu: 42 }],
	["names and values in turn", "cpu 42 load 0.3", { cpu: 42, load: 0.3 }],
	["a count of a total", "page 3 of 10", {}],
	["the time of now, however it is called", `data: ${Date.now()}`, {}],
	["a name, a value and a unit", "core temp: 45.2 C", { "core temp": "45.2 C" }],
	["several of them", "cpu: 12%  mem: 40%", { cpu: "12 %", mem: "40 %" }],
	["top", "%Cpu(s):  0.5 us,  0.3 sy, 98.9 id",
	    { "%Cpu(s) us": 0.5, "%Cpu(s) sy": 0.3, "%Cpu(s) id": 98.9 }],
	["vmstat without its names",
	    " 1  0  0 123 4 5  0  0  7  8  9 10  1  2 96  1  0",
	    { r: 1, b: 0, swpd: 0, free: 123, buff: 4, cache: 5, si: 0, so: 0,
	    bi: 7, bo: 8, in: 9, cs: 10, us: 1, sy: 2, id: 96, wa: 1, st: 0 }],
	["empty cells", "1,,3", { "#1": 1, "#3": 3 }],
	["rsync", "    32,768  10%    1.20MB/s    0:00:05",
	    { size: 32768, progress: "10 %", rate: "1.2 MB/s" }],
	["rsync at the end of a file",
	    "  1,000 100%  1.20MB/s  0:00:01 (xfr#1, to-chk=0/2)",
	    { size: 1000, progress: "100 %", rate: "1.2 MB/s" }],
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
	["a unit", "12.3ms", { "": "12.3 ms" }],
	["a JSON log", `{"level":30,"time":${Date.now()},"pid":7,"req":{"id":1,` +
	    '"statusCode":200},"responseTime":12,"trace_id":5,' +
	    '"response_time":3,"start_ms":1600000000000}',
	    { responseTime: 12, response_time: 3 }],
	["a sum", "1+1", {}],
	["two lines", "1\n2", {}],
	["free", "      total  used  free\nMem:   9  4  5\nSwap:  2  0",
	    { "Mem total": 9, "Mem used": 4, "Mem free": 5, "Swap total": 2,
	    "Swap used": 0 }],
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
	    " r  b   swpd   free id %st kB_read/s",
	    " 1  0      0 123456 97 0.0 5"),
	{ r: 1, b: 0, swpd: 0, free: 123456, id: 97, "%st": 0,
		"kB_read/s": 5 });
	// But there are columns that are no quantities.
	assert.deepEqual(await numbersOf("PID SEQ %CPU STATUS", "7 8 1.5 200"),
	    { "%CPU": 1.5 });
});

test("numbers: tables of devices have a name for each row", async () => {
	const iostat = ["avg-cpu:  %user %nice %idle", "           1.5   0.0  98.5",
	    "", "Device   tps  kB_read/s", "sda      1.0       2.5",
	    "sdb      3.0       4.5"];

	assert.deepEqual(await numbersOf(...iostat),
	    { "sdb tps": 3, "sdb kB_read/s": 4.5 });
	assert.deepEqual(await numbersOf(...iostat, iostat[1]),
	    { "%user": 1.5, "%nice": 0, "%idle": 98.5 });
	for (const cpu of ["all", "0"])
		assert.deepEqual(await numbersOf("CPU    %usr  %idle",
		    `${cpu}   1.0   99.0`), cpu === "all" ?
		    { "all %usr": 1, "all %idle": 99 } :
		    { "CPU 0 %usr": 1, "CPU 0 %idle": 99 });
	for (const cpus of [["all", "0"], ["0", "all"]])
		assert.deepEqual(await numbersOf("CPU %usr %idle",
		    ...cpus.map((cpu) => `${cpu} 1.0 99.0`)),
		    cpus[1] === "all" ? { "all %usr": 1, "all %idle": 99 } :
		    { "CPU 0 %usr": 1, "CPU 0 %idle": 99 });
	assert.deepEqual(await numbersOf("IFACE rx tx", "eth0 1 2"),
	    { "eth0 rx": 1, "eth0 tx": 2 });
	assert.deepEqual(await numbersOf("IFACE rx tx", "Average: 1 2"), {});
});

test("numbers: CSV has names, quotes and empty cells", async () => {
	assert.deepEqual(await numbersOf('time,"free, MB",host,id',
	    '2026-01-31T12:00:00Z,5.5,"a ""b"", c",7',
	    "2026-01-31T12:00:01Z,,x,8"), {});
	assert.deepEqual(await numbersOf('time,"free, MB",host,id',
	    '2026-01-31T12:00:00Z,5.5,"a ""b"", c",7'), { "free, MB": 5.5 });
	assert.deepEqual(await numbersOf("a,b,c", "1,22,3", "1,234,567"),
	    { a: 1, b: 234, c: 567 });
	assert.deepEqual(await numbersOf("hello, world", "well, 5"), {});
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
	assert.equal(size(await numbersOf("1".repeat(2000))), 0);
});

test("numbers: hostile members are just names", async () => {
	const json = '{"__proto__":1,"constructor":2,"":3}';

	assert.deepEqual(await numbersOf(json), JSON.parse(json));
});

test("numbers: a long line that looks like names takes no time", { timeout: 60_000 },
    async () => {
	await numbersOf("a".repeat(999), "a ".repeat(400), "-".repeat(900),
	    `${"1".repeat(900)}x`, `1${"e1".repeat(400)}`);
	for (let n = 0; n < 10_000; n++)
		await numbersOf(`a=${"1".repeat(990)}!`);
});
