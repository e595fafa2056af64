// The viewer page reads a stream as the standard says, and as an independent
// parser does.

"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { cases, idAlone } = require("./cases.js");
const { judge } = require("./judge.js");
const { model } = require("./model.js");
const { load } = require("./page.js");
const { Random, text, endLines, cut } = require("./random.js");

const ROUNDS = 200;
const seed = Number(process.env.PIPECAST_SEED ?? Date.now() % 1e9);

async function makeParser(lastEventId = "") {
	const { Parser } = await load("parser.js");
	const meaning = { events: [], retries: [], comments: [] };

	return {
		meaning,
		parser: new Parser(lastEventId, {
			onEvent: (event) => meaning.events.push(event),
			onRetry: (ms) => meaning.retries.push(ms),
			onComment: (comment) => meaning.comments.push(comment),
		}),
	};
}

// What the page makes of bytes that come in pieces.
async function read(pieces) {
	const { parser, meaning } = await makeParser();

	for (const piece of pieces)
		parser.feed(piece);
	for (const event of meaning.events) {
		delete event.hasId;
		delete event.replaces;
	}
	return meaning;
}

// The page has no id as long as none was set, and says so by an empty one.
function withEmptyId(meaning) {
	return { ...meaning, events: meaning.events.map(
	    (event) => ({ ...event, id: event.id ?? "" })) };
}

function single(bytes) {
	return Array.from(bytes, (byte) => Uint8Array.of(byte));
}

for (const [name, stream, data] of [...cases, ...idAlone]) {
	test(`the page: ${name}`, async () => {
		const bytes = Buffer.from(stream);
		const expected = withEmptyId(model(bytes));

		const random = new Random(bytes.length);

		assert.deepEqual(expected.events.map((e) => e.data), data);
		assert.deepEqual(await read([bytes]), expected);
		assert.deepEqual(await read(single(bytes)), expected);
		assert.deepEqual(await read(cut(random, bytes)), expected);
	});
}

function randomLine(random) {
	const name = random.pick(["data", "data", "data", "event", "id",
	    "retry", "", "Data", "unknown"]);
	const value = name === "retry" ? Buffer.from(random.pick(
	    ["1", "20", "", "x", "1.5", "007", " 3"])) : text(random);

	if (random.chance(25))
		return Buffer.alloc(0);
	return random.chance(10) ? value : Buffer.concat([Buffer.from(
	    name + random.pick([":", ": ", ":  "])), value]);
}

function randomStream(random) {
	const lines = random.times(1, 60, () => randomLine(random));

	return Buffer.concat([Buffer.from(random.chance(20) ? "\ufeff" : ""),
	    endLines(random, lines)]);
}

test(`the page: random streams (PIPECAST_SEED=${seed})`, async () => {
	const random = new Random(seed);

	for (let round = 0; round < ROUNDS; round++) {
		const bytes = randomStream(random);
		const seen = await read(cut(random, bytes));

		assert.deepEqual(seen, withEmptyId(model(bytes)));
		// What the judge does not tell is what persists.
		const ids = ({ events, ...rest }) => ({ ...rest,
		    events: events.map(({ type, data }) => ({ type, data })) });
		assert.deepEqual(ids(seen), ids(judge(bytes, random)));
	}
});

test("the page: an id counts when its block has ended", async () => {
	const { parser } = await makeParser("before");
	const feed = (string) => parser.feed(Buffer.from(string));

	assert.equal(parser.lastEventId, "before");
	feed("data: a\n\n");
	assert.equal(parser.lastEventId, "before");
	feed("id: 1\n");
	assert.equal(parser.lastEventId, "before");
	feed("\n");
	assert.equal(parser.lastEventId, "1");
	feed("id: 2\ndata: b\n");
	assert.equal(parser.lastEventId, "1");
	feed("\nid\n\n");
	assert.equal(parser.lastEventId, "");
});

test("the page: an event says whether the id is its own", async () => {
	const { parser, meaning } = await makeParser("before");

	parser.feed(Buffer.from("data: a\n\nid: 1\ndata: b\n\ndata: c\n\n"));
	assert.deepEqual(meaning.events.map(({ id, hasId }) => [id, hasId]),
	    [["before", false], ["1", true], ["1", false]]);
});

test("the page: a comment says that an event replaces another", async () => {
	const { parser, meaning } = await makeParser();

	parser.feed(Buffer.from("data: a\n\nid: 1\n: cr\ndata: b\n\n:\n" +
	    "data: c\n\n: cr\n\ndata: d\n\n"));
	assert.deepEqual(meaning.events.map(({ replaces }) => replaces),
	    [false, true, false, false]);
});

test("the page: an event is there as soon as its block has ended", async () => {
	const { parser, meaning } = await makeParser();

	parser.feed(Buffer.from("data: a\r\r"));
	assert.equal(meaning.events.length, 1);
	parser.feed(Buffer.from("\ndata: b\r\n\r"));
	assert.equal(meaning.events.length, 2);
	parser.feed(Buffer.from("\n\n"));
	assert.equal(meaning.events.length, 2);
});

test("the page: an event that fills the memory is refused", async () => {
	const { EVENT_MAX } = await load("parser.js");
	const mega = Buffer.alloc(1 << 20, "x");
	const whole = await makeParser(), lines = await makeParser();
	const fill = (parser, piece) => {
		for (let n = 0; n <= EVENT_MAX; n += piece.length)
			parser.feed(piece);
	};

	assert.throws(() => fill(whole.parser, mega), RangeError);
	assert.throws(() => fill(lines.parser,
	    Buffer.concat([Buffer.from("data: "), mega, Buffer.from("\n")])),
	    RangeError);
	// Many of any size may follow each other.
	const good = await makeParser();
	for (let n = 0; n < 40; n++)
		good.parser.feed(Buffer.concat([Buffer.from("data: "), mega,
		    Buffer.from("\n\n")]));
	assert.equal(good.meaning.events.length, 40);
});

test("the page: a long line in small pieces is no more work", async () => {
	const { parser, meaning } = await makeParser();
	const piece = Buffer.alloc(100, "x");
	const n = 50_000;

	parser.feed(Buffer.from("data: "));
	for (let i = 0; i < n; i++)
		parser.feed(piece);
	parser.feed(Buffer.from("\n\n"));
	assert.equal(meaning.events[0].data.length, n * piece.length);
});
