// `-f sse` changes no meaning of a stream, and tells of data that is lost.

"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { LONG, cases, idAlone } = require("./cases.js");
const { carried, judge, judgeOutput, OWN_ID } = require("./judge.js");
const { model } = require("./model.js");
const { pipecast } = require("./pipecast.js");
const { Random, cut } = require("./random.js");

function bytesOf(stream) {
	return Buffer.from(stream);
}

// As long as the stream sets no id, pipecast gives ids of its own.
function withoutOwnIds(meaning) {
	return {
		...meaning,
		events: meaning.events.map((event) =>
		    OWN_ID.test(event.id ?? "") ? { ...event, id: null } : event),
	};
}

async function outputMeaning(bytes, random) {
	const { body } = await pipecast(["-f", "sse"], cut(random, bytes));
	return withoutOwnIds(judgeOutput(body, random));
}

const GAP =
    { type: "gap", data: '{"last_event_id":"","missed":1}', id: null };

for (const [name, stream, data, isLoss] of [...cases, ...idAlone]) {
	test(name, async () => {
		const bytes = bytesOf(stream);
		const random = new Random(bytes.length);
		const expected = model(bytes);
		assert.deepEqual(expected.events.map((event) => event.data), data);
		for (const event of expected.events)
			event.id &&= carried(event.id);
		if (isLoss)
			expected.events.push(GAP);
		assert.deepEqual(await outputMeaning(bytes, random), expected);
	});
}

for (const [name, stream] of cases) {
	test(`the judge agrees: ${name}`, () => {
		const bytes = bytesOf(stream);
		assert.deepEqual(judge(bytes), model(bytes));
	});
}

test("an event type with NUL is refused, with a warning", async () => {
	const { body, log } = await pipecast(["-f", "sse"],
	    [Buffer.from("event: a\0b\ndata: x\n\n")]);
	assert.equal(judgeOutput(body).events[0].type, "message");
	assert.match(log, /type/);
});

test("an id over 1024 bytes is refused, with a warning", async () => {
	const { body, log } = await pipecast(["-f", "sse"], [Buffer.from(
	    `id: ${LONG}\ndata: a\n\nid: 1\ndata: b\n\nid: ${LONG}\ndata: c\n\n`)]);
	const [a, b, c] = judgeOutput(body).events;
	assert.match(a.id, OWN_ID);
	assert.equal(b.id, "1");
	assert.equal(c.id, "1");
	assert.match(log, /id /);
});

test("what was written once says the same when it is read again", async () => {
	const bytes = Buffer.from(
	    "id: 1\nevent: t\nretry: 5\n: c\ndata: a\ndata\n\ndata: b\n\n");
	const random = new Random(1);
	const { body } = await pipecast(["-f", "sse"], [bytes]);
	const again = await pipecast(["-f", "sse"], cut(random, body));
	const meaning = judgeOutput(again.body);
	assert.match(meaning.comments.shift(), /^pipecast, heartbeat \d+ ms$/);
	assert.equal(meaning.retries.shift(), 2000);
	assert.equal(meaning.events.pop().type, "end");
	assert.deepEqual(meaning, model(bytes));
});
