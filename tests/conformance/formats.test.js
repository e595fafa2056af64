// Thousands of random events, in every input format, through the program and
// an independent parser: what comes out must be exactly what was put in.

"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { carried, judgeOutput, OWN_ID } = require("./judge.js");
const { pipecast } = require("./pipecast.js");
const {
	Random, CR, LF, CRLF, NUL, text, someText, textWith, endLines, cut, decode,
} = require("./random.js");

const ROUNDS = 6;
const EVENTS = 400;

// Line ends in data are all the same to a reader of a stream.
function lineFeeds(string) {
	return string.replace(/\r\n?/g, "\n");
}

function message(data) {
	return { type: "message", data };
}

// What lines are on a screen: a CR alone goes back to the beginning of the line,
// so that it is none by itself, nor are blanks written over another. Returns for
// each whether it is written over the one before.
function screenLines(bytes) {
	const lines = [];
	let isOver = false, replaces = false;
	for (const [, text, end] of
	    bytes.toString("latin1").matchAll(/([^\r\n]*)(\r\n|\r|\n)/g)) {
		const isNone = text === "" ? end === "\r" :
		    isOver && /^[ \t]*$/.test(text);
		if (!isNone)
			lines.push({ line: Buffer.from(text, "latin1"),
			    replaces: replaces && text !== "" });
		isOver = end === "\r";
		replaces = isOver && (replaces || text !== "");
	}
	return lines;
}

// Each format makes { input, events, retries, comments }: the bytes, and what
// they mean. An event without an id is expected to get one of pipecast's.
const formats = {
	lines(random) {
		const lines = random.times(EVENTS, EVENTS, () =>
		    random.chance(5) ? NUL : text(random));
		const input = endLines(random, lines);
		const onScreen = screenLines(input);
		return {
			input,
			events: onScreen.map(({ line }) =>
			    message(decode(line))),
			comments: onScreen.filter(({ replaces }) => replaces)
			    .map(() => "cr"),
		};
	},

	blocks(random) {
		const blocks = random.times(EVENTS, EVENTS, () =>
		    random.times(1, 4, () =>
			random.chance(5) ? NUL : someText(random)));
		const empty = Buffer.alloc(0);
		const lines = blocks.flatMap((block) =>
		    [...block, ...random.times(1, 3, () => empty)]);
		return {
			input: endLines(random, lines),
			events: blocks.map((block) =>
			    message(block.map(decode).join("\n"))),
		};
	},

	nul(random) {
		const strings = random.times(EVENTS, EVENTS,
		    () => textWith(random, [CR, LF, CRLF]));
		return {
			input: Buffer.concat(strings.flatMap(
			    (string) => [string, NUL])),
			events: strings.map((string) =>
			    message(lineFeeds(decode(string)))),
		};
	},

	sse(random) {
		const blocks = random.times(EVENTS, EVENTS, () => sseBlock(random));
		let id;
		const events = blocks.map((block) => {
			id = block.id ?? id;
			return { ...block.event, id: headerId(id) };
		});
		return {
			input: endLines(random, blocks.flatMap((block) => block.lines)),
			events,
			retries: blocks.flatMap((block) => block.retries),
			comments: blocks.flatMap((block) => block.comments),
		};
	},

	json(random) {
		const objects = random.times(EVENTS, EVENTS, () => jsonObject(random));
		return {
			input: endLines(random, objects.map(({ line }) => line)),
			events: objects.map(({ event }) => event),
			retries: objects.flatMap(({ retries }) => retries),
			isEqual: sameJson,
		};
	},
};

function line(name, value, random) {
	const colon = value.length === 0 && random.chance(30) ? "" :
	    value[0] === 0x20 || random.chance(50) ? ": " : ":";
	return Buffer.concat([Buffer.from(name + colon), value]);
}

// An id comes back in a header, so that pipecast takes up to 1024 bytes.
function idText(random) {
	return text(random).subarray(0, 300);
}

// The id as a request header brings it back; undefined if none can, or if
// pipecast would take it for its own.
function headerId(id) {
	const trimmed = id?.replace(/^[ \t]+|[ \t]+$/g, "");
	return trimmed === undefined || trimmed === "pipecast-end" ||
	    /[\x00-\x08\x0a-\x1f\x7f]/.test(trimmed) ? undefined : trimmed;
}

function sseBlock(random) {
	const data = random.times(1, 4, () =>
	    random.chance(5) ? NUL : text(random));
	const lines = data.map((value) => line("data", value, random));
	const block = {
		event: message(data.map(decode).join("\n")),
		retries: [], comments: [],
	};
	const insert = (bytes) =>
		lines.splice(random.below(lines.length + 1), 0, bytes);

	if (random.chance(40)) {
		const type = text(random);
		block.event.type = decode(type) || "message";
		insert(line("event", type, random));
	}
	if (random.chance(30)) {
		const id = idText(random);
		block.id = decode(id);
		insert(line("id", id, random));
	}
	if (random.chance(10)) {
		// Not an id at all, because of the NUL: the last one stays.
		insert(line("id", Buffer.concat([text(random), NUL]), random));
	}
	if (random.chance(10)) {
		const retry = random.below(100000);
		block.retries.push(retry);
		insert(Buffer.from(`retry: ${retry}`));
	}
	if (random.chance(10))
		insert(Buffer.from(random.pick(["retry: 1s", "retry:", "retry: -1"])));
	if (random.chance(20)) {
		const comment = text(random);
		block.comments.push(decode(comment));
		insert(Buffer.concat([Buffer.from(": "), comment]));
	}
	if (random.chance(20))
		insert(random.pick([" data: x", "Data: x", "da\0ta: x", "unknown",
		    "ID: x", "dat\u00e9", "data : x"].map((s) => Buffer.from(s))));
	lines.push(Buffer.alloc(0));
	return { ...block, lines };
}

// Any JSON value that survives being said in decimal and in UTF-8.
function jsonValue(random, depth = 0) {
	switch (random.below(depth < 3 ? 8 : 6)) {
	case 0: return null;
	case 1: return random.chance(50);
	case 2: return random.next() - 0x80000000;
	case 3: return (random.next() - 0x80000000) / 1024 * 10 ** random.below(20);
	case 4: case 5: return jsonString(random);
	case 6: return random.times(0, 4, () => jsonValue(random, depth + 1));
	default: return Object.fromEntries(random.times(0, 4,
	    (i) => [`${i}${decode(text(random))}`, jsonValue(random, depth + 1)]));
	}
}

function jsonString(random) {
	return decode(textWith(random, [CR, LF, CRLF, NUL]));
}

// The object as text, now and then with bytes that are not UTF-8 in a string.
function jsonObject(random) {
	const marker = "@invalid@";
	const object = { data: random.chance(70) ? jsonString(random) :
	    jsonValue(random) };
	const retries = [];
	const spoil = random.chance(20);

	if (spoil)
		object.data = marker;
	if (random.chance(40))
		object.event = random.chance(90) ? decode(text(random)) :
		    jsonString(random);
	if (random.chance(40))
		object.id = random.chance(90) ? decode(idText(random)) :
		    random.pick(["\r", "a\nb", "c\0"]);
	if (random.chance(10)) {
		object.retry = random.below(100000);
		retries.push(object.retry);
	}
	let bytes = Buffer.from(JSON.stringify(object));
	if (spoil) {
		const at = bytes.indexOf(marker);
		const value = Buffer.from(text(random).toString("latin1")
		    .replace(/["\\\x00-\x1f\x7f]/g, ""), "latin1");
		bytes = Buffer.concat([bytes.subarray(0, at), value,
		    bytes.subarray(at + marker.length)]);
		object.data = decode(value);
	}
	const usable = (field) => field !== undefined &&
	    !/[\r\n\0]/.test(field) ? field : undefined;
	return {
		line: bytes,
		retries,
		event: {
			type: usable(object.event) || "message",
			data: typeof object.data === "string" ?
			    lineFeeds(object.data) : object.data,
			id: headerId(usable(object.id)),
		},
	};
}

// A value other than a string arrives as compact JSON; how its numbers are
// written is no part of its meaning.
function sameJson(actual, expected) {
	if (typeof expected === "string")
		return assert.equal(actual, expected);
	assert.deepEqual(JSON.parse(actual), expected);
	assert.doesNotMatch(actual.replace(/"(\\.|[^"\\])*"/g, ""), /\s/);
}

function compare(actual, expected, isEqual, log) {
	assert.equal(actual.events.length, expected.events.length, log);
	expected.events.forEach((event, i) => {
		const got = actual.events[i];
		isEqual(got.data, event.data, `data of event ${i}`);
		assert.equal(got.type, event.type, `type of event ${i}`);
		const id = carried(event.id ?? "\0");
		if (id === null)
			assert.match(got.id, OWN_ID, `id of event ${i}`);
		else
			assert.equal(got.id, id, `id of event ${i}`);
	});
	assert.deepEqual(actual.retries, expected.retries ?? []);
	assert.deepEqual(actual.comments, expected.comments ?? []);
}

const seeds = process.env.PIPECAST_SEED !== undefined ?
    [Number(process.env.PIPECAST_SEED)] :
    Array.from({ length: ROUNDS }, () => Math.floor(Math.random() * 2 ** 32));

// A byte order mark at the very start is none of the data; a second one is.
function marked(input) {
	const mark = Buffer.from("\ufeff");
	return input.subarray(0, mark.length).equals(mark) ?
	    Buffer.concat([mark, input]) : input;
}

for (const [name, make] of Object.entries(formats)) {
	for (const seed of seeds) {
		test(`${name}: ${EVENTS} random events, PIPECAST_SEED=${seed}`,
		    async () => {
			const random = new Random(seed);
			const expected = make(random);
			const { body, log } = await pipecast(["-f", name],
			    cut(random, marked(expected.input)));
			compare(judgeOutput(body, random), expected,
			    expected.isEqual ?? assert.equal, log);
		});
	}

	test(`${name}: no input, no event`, async () => {
		const { body } = await pipecast(["-f", name], []);
		assert.deepEqual(judgeOutput(body),
		    { events: [], retries: [], comments: [] });
	});
}

for (const name of ["lines", "blocks", "nul", "json"]) {
	test(`${name}: the last event may lack its end`, async () => {
		const input = name === "json" ? '{"data":"x"}' : "x";
		const { body } = await pipecast(["-f", name], [Buffer.from(input)]);
		assert.equal(judgeOutput(body).events[0].data, "x");
	});
}

test("json: a large number leaves the other fields as they are", async () => {
	const { body } = await pipecast(["-f", "json"],
	    [Buffer.from('{"data":100000000000000000000,"id":7,"retry":5}\n')]);
	const { events, retries } = judgeOutput(body);
	assert.equal(Number(events[0].data), 1e20);
	assert.equal(events[0].id, "7");
	assert.deepEqual(retries, [5]);
});
