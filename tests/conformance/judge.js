// What a stream means, according to eventsource-parser 3.1.1. Where it differs
// from WHATWG HTML 9.2.6, and what is done about it:
//
// - It takes text, so that decoding it (and dropping a byte order mark) is left
//   to a TextDecoder.
// - A CR at the end of the text waits for what follows; an LF given after it
//   completes the line and changes nothing else.
// - It tells the id of a block, not the last event ID, and says nothing about
//   an id in a block without data. What persists is added here; see
//   event-stream.test.js for the latter.

"use strict";

const assert = require("node:assert/strict");
const { createParser } = require("eventsource-parser");
const { Random, cut } = require("./random.js");

// Returns { events: [{ type, data, id }], retries, comments }. An id is null as
// long as the stream has set none.
function judge(bytes, random = new Random(1)) {
	const meaning = { events: [], retries: [], comments: [] };
	let id = null;
	const parser = createParser({
		onEvent(event) {
			id = event.id ?? id;
			meaning.events.push({
				type: event.event ?? "message", data: event.data, id,
			});
		},
		onRetry: (retry) => meaning.retries.push(retry),
		onComment: (comment) => meaning.comments.push(comment),
	});
	const decoder = new TextDecoder();
	for (const piece of cut(random, bytes))
		parser.feed(decoder.decode(piece, { stream: true }));
	parser.feed(decoder.decode());
	if (bytes.at(-1) === 0x0d)
		parser.feed("\n");
	return meaning;
}

// The same for what pipecast wrote, without what it says on its own behalf: the
// first block, and the event at the end.
function judgeOutput(body, random) {
	const meaning = judge(body, random);
	assert.match(meaning.comments.shift(), /^pipecast, heartbeat \d+ ms$/);
	assert.equal(meaning.retries.shift(), 2000);
	assert.deepEqual(meaning.events.pop(),
	    { type: "end", data: "{}", id: "pipecast-end" });
	return meaning;
}

// Whether pipecast made the id up for an event that came without one.
const OWN_ID = /^s-[!-~]+$/;

const RESERVED = /^(pipecast-end|s-[0-9a-zA-Z]+-\d+|f(-[0-9a-f]+){3})$/;

// The id as a browser could send it back in a header: without blanks at its
// ends; null where pipecast gives one of its own instead.
function carried(id) {
	const kept = id.replace(/^[ \t]+|[ \t]+$/g, "");
	return /[\x00-\x08\x0a-\x1f\x7f]/.test(kept) || RESERVED.test(kept) ?
	    null : kept;
}

module.exports = { carried, judge, judgeOutput, OWN_ID };
