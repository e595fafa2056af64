// What the viewer page reads in events: their time, level and message.

"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { load } = require("./page.js");

const year = new Date().getFullYear();
const local = (...of) => new Date(...of).getTime();
const noon = Date.UTC(year, 0, 31, 12, 0, 1);

const TIMES = [
	["ISO with a zone", `${year}-01-31T12:00:01Z x`, noon],
	["of another zone", `${year}-01-31T12:00:01.250+0230 x`,
	    noon + 250 - 150 * 60000],
	["without a zone", `${year}-01-31 12:00:01,250 INFO x`,
	    local(year, 0, 31, 12, 0, 1, 250)],
	["of a clock with twelve hours", `${year}-01-31 12:00:01 AM x`,
	    local(year, 0, 31, 0, 0, 1)],
	["after noon", `${year}-01-31 01:00:01 PM x`,
	    local(year, 0, 31, 13, 0, 1)],
	["after the level", `[INFO] ${year}/01/31 12:00:01 x`,
	    local(year, 0, 31, 12, 0, 1)],
	["after a container", `web-1  | ${year}-01-31T12:00:01Z x`, noon],
	["syslog", "Jan  1 00:00:01 host prog[1]: x",
	    local(year, 0, 1, 0, 0, 1)],
	["syslog of a relay", `<34>1 ${year}-01-31T12:00:01Z host prog - - x`,
	    noon],
	["an access log", `::1 - - [31/Jan/${year}:13:00:01 +0100] "GET / "`,
	    noon],
	["an error log of Apache",
	    `[Wed Jan 31 12:00:01.250 ${year}] [core:error] x`,
	    local(year, 0, 31, 12, 0, 1, 250)],
	["date", `Wed Jan 31 12:00:01 UTC ${year}`, noon],
	["Kubernetes", "I0101 00:00:01.5 1 a.go:1] x",
	    local(year, 0, 1, 0, 0, 1, 500)],
	["seconds", `[${noon / 1000}.25] x`, noon + 250],
	["none", "disk 12:00 x", NaN],
	["a date alone", `${year}-01-31 worker 7 started`, NaN],
	["a month that is none", "Foo 31 12:00:01 x", NaN],
	["a long number", "9999999999 x", NaN],
	["a member", `{"time":"${year}-01-31T12:00:01Z","msg":"x"}`, noon],
	["a member in nanoseconds", `{"ts":${noon}000000,"msg":"x"}`, noon],
	["a journal's member", `{"__REALTIME_TIMESTAMP":"${noon}000"}`, noon],
	["logfmt", `ts=${year}-01-31T12:00:01Z level=info msg=x`, noon],
];

async function recordOf(data, id = "") {
	const { recordOf: read } = await load("records.js");

	return read({ data, id, hasId: id !== "" });
}

for (const [name, data, ms] of TIMES)
	test(`time: ${name}`, async () =>
	    assert.equal((await recordOf(data)).ms, ms));

test("time: the day is the last on which it can be", async () => {
	const soon = new Date(Date.now() + 13 * 3600000);
	const clock = soon.toTimeString().slice(0, 8);
	const { ms } = await recordOf(`${clock} x`);

	assert(ms < Date.now() + 12 * 3600000 && ms > Date.now() - 86400000);
	const month = new Date(Date.now() + 32 * 86400000).toString().slice(4, 10);
	assert((await recordOf(`${month} 12:00:00 host x: y`)).ms < Date.now());
});

test("time: is in an id", async () => {
	const us = (noon * 1000).toString(16);
	const hex = noon.toString(16).padStart(12, "0");

	for (const id of [`s=1;i=2;b=3;m=4;t=${us};x=5`, `${noon}-0`,
	    `${hex.slice(0, 8)}-${hex.slice(8)}-7abc-8def-0123456789ab`])
		assert.equal((await recordOf("x", id)).ms, noon);
	assert.equal((await recordOf("x", "s-1-2")).ms, NaN);
});

const LEVELS = [
	["ERROR", "error"], ["a WARN b", "warning"], ["[error] x", "error"],
	["a.c:3:5: error: x", "error"], ["a.c:3:5: warning: x", "warning"],
	["a.c:3:5: fatal error: x", "error"], ["<6> [core:notice] x", "info"],
	["debug: connection refused", "debug"],
	["2m    Warning   Unhealthy   pod/a", "warning"],
	["E: Unable to locate package x", "error"], ["#5 0.4 W: x", "warning"],
	["2026-01-31 12:00:01 DEBUG the error of yesterday", "debug"],
	["connection refused", "warning"], ["it has failed", "error"],
	["java.lang.IllegalStateException: x", "error"],
	["0 errors, no failures", ""], ["errors: 0", ""], ["an informant", ""],
	["mirror", ""], ["E0131 12:00:01.5 1 a.go:1] x", "error"],
	["<11>1 x", "error"],
	['::1 - - [x] "GET / HTTP/1.1" 502 17', "error"],
	['::1 - - [x] "GET /error HTTP/1.1" 404 17', "warning"],
	['{"level":30,"msg":"an error"}', "info"],
	['{"level":50,"msg":"x"}', "error"],
	['{"PRIORITY":"4","MESSAGE":"x"}', "warning"],
	['{"time":"2023-11-14T22:13:20Z","priority":4,"message":"x"}', "warning"],
	['{"severity":"CRITICAL","message":"x"}', "error"],
	['{"msg":"it failed"}', "error"],
	['{"cpu":1}', ""],
	["level=warn msg=x", "warning"],
];

for (const [data, level] of LEVELS)
	test(`level: ${data}`, async () =>
	    assert.equal((await recordOf(data)).level, level));

const SHOWN = [
	["pino", '{"level":30,"time":1,"pid":7,"msg":"hi","a":{"b":{"c":{"d":1}}}}',
	    ["level", "hi", 'time=1 pid=7 a.b.c={"d":1}']],
	["too deep", `{"msg":"hi","a":${"[".repeat(5000)}${"]".repeat(5000)}}`,
	    [undefined, undefined, undefined]],
	["journal", '{"MESSAGE":"hi","PRIORITY":"6","_PID":"1","UNIT":"a"}',
	    ["PRIORITY", "hi", "UNIT=a"]],
	["logfmt", 'level=info msg="say \\"hi\\"" took=3ms',
	    ["level", 'say "hi"', "took=3ms"]],
	["only a message", '{"log":"hi\\n","stream":"stderr"}',
	    [undefined, "hi", "stream=stderr"]],
	["figures", '{"cpu":1}', [undefined, undefined, undefined]],
	["text with pairs", "a=1 b", [undefined, undefined, undefined]],
	["members of every object", '{"msg":"x","__proto__":1,"toString":2}',
	    [undefined, "x", "toString=2"]],
];

for (const [name, data, expected] of SHOWN)
	test(`record: ${name}`, async () => {
		const { says, message, rest } = await recordOf(data);

		assert.deepEqual([says, message, rest], expected);
	});

test("record: of a line of syslog the time and the sender", async () => {
	const { end, sender } = await recordOf("Jan  1 00:00:01 host a[1]: x");

	assert.deepEqual([end, sender], [16, "host a[1]:"]);
	const plain = await recordOf("[2026-01-31 12:00:01] x");
	assert.deepEqual([plain.end, plain.sender], [22, ""]);
	// What is left stays below each other.
	assert.equal((await recordOf("2026-01-31 12:00:01  INFO x")).end, 20);
	assert.equal((await recordOf("2026-01-31 12:00:01,5,6")).end, 0);
});

const GROUPS = [
	["Java", "x.SomeException: no", "\tat a.B(B.java:1)", "Caused by: y",
	    "\t... 3 more"],
	["Python", "Traceback (most recent call last):", '  File "a", line 1',
	    "ValueError: bad"],
	["Go", "panic: no", "goroutine 1 [running]:", "main.main()", "\t/a.go:1",
	    "github.com/a/b.(*C).D(0x1)"],
	["gcc", "\x1b[1ma.c:1:1: \x1b[mwarning: x", "    1 | int x;"],
];

for (const [name, ...lines] of GROUPS)
	test(`records: a stack trace of ${name} stays together`, async () => {
		const { RecordReader } = await load("records.js");
		const records = new RecordReader();
		const [before, ...entries] = ["before", ...lines, "after"].map(
		    (data) => ({ event: { data, id: "" }, type: 1 }));
		const after = entries.pop();

		[before, ...entries, after].forEach((each) => records.read(each));
		assert.deepEqual(entries[0].group, entries);
		assert.notEqual(entries.at(-1).record.level, "");
		assert.deepEqual([before.group, after.group],
		    [[before], [after]]);
	});

test("records: indented rows of a table are not a stack trace", async () => {
	const { RecordReader } = await load("records.js");
	const records = new RecordReader();
	const rows = [" 547 root timeout", " 548 root flock"].map(
	    (data) => ({ event: { data, id: "" }, type: 1 }));

	rows.forEach((each) => records.read(each));
	assert.deepEqual(rows.map(({ group }) => group.length), [1, 1]);
});

test("record: the first years of all are no time", async () => {
	for (const data of ["0001-01-01T00:00:00Z x",
	    '{"time":"0001-01-01T00:00:00Z","msg":"x"}'])
		assert.equal((await recordOf(data)).ms, NaN);
});

test("record: members that are no text are read as none", async () => {
	const hostile = '{"toString":1}';

	for (const data of ['{"undefined":{}}', '{"undefined":true}',
	    `{"level":${hostile}}`, `{"time":${hostile}}`,
	    `{"level":[${hostile}],"time":[${hostile}],"msg":"x"}`]) {
		const { level, ms } = await recordOf(data);

		assert.deepEqual([level, ms], ["", NaN]);
	}
});

test("record: a long name before many members fills no memory", async () => {
	const names = Array.from({ length: 3000 }, (_, i) => [i, 1]);
	const data = JSON.stringify({ msg: "x", first: 1,
		["n".repeat(30000)]: Object.fromEntries(names) });
	const { rest } = await recordOf(data);

	assert(rest.startsWith("first=1 nnn") && rest.length < 66_000);
});

test("record: JSON that is too large is text", async () => {
	const { value, ms } = await recordOf(`[${"1,".repeat(40000)}1]`);

	assert.deepEqual([value, ms], [undefined, NaN]);
});

// With an expression that tries every way, these would never end.
test("record: hostile lines", { timeout: 60_000 }, async () => {
	for (const piece of ["a=", "a=b", "a=\"", "[", "error: ", "Jan ", "=",
	    "1:", " ", "\x1b]", "aError", "{\"a\":"])
		await recordOf(piece.repeat(50000));
});

test("records: hostile lines after an error", { timeout: 60_000 }, async () => {
	const { RecordReader } = await load("records.js");
	const records = new RecordReader();

	for (const data of ["error: x", `${"a.".repeat(500_000)}!`,
	    `error: ${"\x1b[1mx".repeat(1_000_000)}`, ...Array(400).fill(" x")])
		records.read({ event: { data, id: "" }, type: 1 });
});
