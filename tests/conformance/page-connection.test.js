// The connection of the viewer page, to a real HTTP server.

"use strict";

const assert = require("node:assert/strict");
const http = require("node:http");
const runner = require("node:test");
const { load } = require("./page.js");

// What never comes is a failure.
function test(name, run) {
	runner(name, { timeout: 30_000 }, run);
}

const OPEN = { "Content-Type": "text/event-stream" };

// A server that answers each request with the next of the functions, the last
// of them again and again, and notes the headers.
async function serve(t, ...answers) {
	const requests = [];
	const server = http.createServer((request, response) => {
		const answer = answers[Math.min(requests.length,
		    answers.length - 1)];

		requests.push(request.headers);
		answer(response);
	});

	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	t.after(() => {
		server.close();
		server.closeAllConnections();
	});
	return { server, requests,
	    url: `http://127.0.0.1:${server.address().port}/` };
}

const sends = (body) => (response) => response.writeHead(200, OPEN).end(body);
const holds = (body) => (response) => response.writeHead(200, OPEN).write(body);
const answers = (status, headers, body) => (response) =>
    response.writeHead(status, headers).end(body);
const breaks = (body) => (response) => {
	response.writeHead(200, OPEN).write(body, () => response.destroy());
};

let nConnections = 0;

// A connection, what it told, and a way to wait for more.
async function connect(t, url) {
	const connection = await load("connection.js", `?${++nConnections}`);
	const told = { events: [], states: [], heard: 0 };
	const waiting = [];
	const tell = () => {
		for (const [condition, resolve] of waiting)
			if (condition(told))
				resolve(told);
	};
	connection.connect(url, {
		onEvent(event, resumed) {
			told.events.push({ ...event, resumed });
			tell();
		},
		onState(state) {
			told.states.push(state);
			tell();
		},
		onHeard: () => told.heard++,
	});

	t.after(() => connection.stop());
	told.until = (condition) => condition(told) ? told :
	    new Promise((resolve) => waiting.push([condition, resolve]));
	told.names = () => told.states.map(({ name }) => name);
	told.state = (name) => told.until(
	    ({ states }) => states.at(-1)?.name === name);
	connection.start();
	return { connection, told };
}

const data = ({ events }) => events.map((event) => event.data);

test("connection: reads events as they come", async (t) => {
	const { url, requests } = await serve(t,
	    holds("event: a\ndata: 1\n\n: comment\ndata: 2\n\n"));
	const { told } = await connect(t, url);

	await told.until(({ events }) => events.length === 2);
	assert.deepEqual(data(told), ["1", "2"]);
	assert.deepEqual(told.names(), ["connecting", "open"]);
	assert.equal(requests[0].accept, "text/event-stream");
	assert.equal(requests[0]["last-event-id"], undefined);
	assert.equal(requests[0]["cache-control"], "no-cache");
});

for (const [how, answer] of [["closed", sends], ["broken", breaks]]) {
	test(`connection: goes on after it was ${how}`, async (t) => {
		const { url, requests } = await serve(t,
		    answer("retry: 1\nid: \u2026a\ndata: 1\n\nid: 9\ndata: no"),
		    holds("data: 2\n\ndata: 3\n\n"));
		const { told } = await connect(t, url);

		await told.until(({ events }) => events.length === 3);
		assert.deepEqual(data(told), ["1", "2", "3"]);
		assert.deepEqual(told.events.map(({ resumed }) => resumed),
		    [false, true, false]);
		assert.deepEqual(told.names(),
		    ["connecting", "open", "waiting", "connecting", "open"]);
		assert.match(told.states[2].reason, /clos|lost/);
		// As EventSource sends it: in UTF-8.
		assert.equal(Buffer.from(requests[1]["last-event-id"], "latin1")
		    .toString(), "\u2026a");
	});
}

test("connection: waits as long as the stream says", async (t) => {
	const { url } = await serve(t, sends("retry: 3600000\n\n"));
	const { told } = await connect(t, url);

	await told.state("waiting");
	const { waitMs } = told.states.at(-1);
	assert(waitMs >= 3600_000 && waitMs <= 1.2 * 3600_000, `${waitMs}`);
});

test("connection: waits no longer than a timer can", async (t) => {
	const { url } = await serve(t, sends(`retry: ${"9".repeat(30)}\n\n`));
	const { told } = await connect(t, url);

	await told.state("waiting");
	await new Promise((done) => setTimeout(done, 50));
	assert.equal(told.states.length, 3);
});

test("connection: a stream cannot have it ask without a pause", async (t) => {
	const { url } = await serve(t, sends("retry: 0\n\n"));
	const { told } = await connect(t, url);

	await told.state("waiting");
	const { waitMs } = told.states.at(-1);
	assert(waitMs >= 10, `${waitMs}`);
});

test("connection: comes back at once when asked to", async (t) => {
	const { url } = await serve(t, sends("retry: 3600000\n\n"),
	    holds("data: 1\n\n"));
	const { connection, told } = await connect(t, url);

	await told.state("waiting");
	connection.start();
	await told.until(({ events }) => events.length === 1);
});

test("connection: stops where nobody would answer better", async (t) => {
	for (const [answer, reason] of [
		[answers(404, { "Content-Type": "text/plain" },
		    "There is no stream.\nAt all.\n"),
		    "The server answered 404 Not Found. There is no stream."],
		[answers(403, { "Content-Type": "text/html" }, "<p>No."),
		    "The server answered 403 Forbidden. "],
		[answers(200, { "Content-Type": "text/html" }, "<p>Log in."),
		    "The server answered with something other than an event " +
		    "stream (content type: text/html)."],
		[answers(200, {}, ""), "The server answered with something " +
		    "other than an event stream (content type: none)."],
	]) {
		const { url, requests } = await serve(t, answer);
		const { told } = await connect(t, url);

		await told.state("stopped");
		assert.equal(told.states.at(-1).reason, reason);
		assert.equal(requests.length, 1);
	}
});

test("connection: what it does not want it does not read", async (t) => {
	for (const [status, type] of [[200, "text/html"], [503, "text/html"],
	    [404, "text/html"], [404, "text/plain"]]) {
		let closed;
		const { url } = await serve(t, (response) => {
			const feed = () => {
				while (response.write("x".repeat(9999)))
					;
			};
			response.writeHead(status, { "Content-Type": type });
			response.on("drain", feed);
			closed = new Promise((done) => response.on("close", done));
			feed();
		});
		const { told } = await connect(t, url);

		await told.until(({ states }) =>
		    ["stopped", "waiting"].includes(states.at(-1).name));
		await closed;
	}
});

test("connection: takes the media type as it comes", async (t) => {
	const { url } = await serve(t, (response) => response.writeHead(200,
	    { "Content-Type": "Text/Event-Stream; charset=utf-8" })
	    .write("data: 1\n\n"));
	const { told } = await connect(t, url);

	await told.until(({ events }) => events.length === 1);
});

test("connection: tries a server that is out of order again", async (t) => {
	for (const status of [408, 429, 500, 502, 503, 504]) {
		const { url } = await serve(t, sends("retry: 1\n\n"),
		    answers(status, {}, ""), holds("data: 1\n\n"));
		const { told } = await connect(t, url);

		await told.until(({ events }) => events.length === 1);
		assert.match(told.states[4].reason, new RegExp(` ${status} `));
	}
});

test("connection: gives up one without heartbeats", async (t) => {
	const { url, requests } = await serve(t,
	    holds(": pipecast, heartbeat 10 ms\nretry: 1\n\nid: 1\ndata: 1\n\n"),
	    holds("data: 2\n\n"));
	const { connection, told } = await connect(t, url);
	const timer = setInterval(() => connection.checkSilence(), 50);

	t.after(() => clearInterval(timer));
	await told.until(({ events }) => events.length === 2);
	assert.deepEqual(told.names(),
	    ["connecting", "open", "waiting", "connecting", "open"]);
	assert.match(told.states[2].reason, /not even a heartbeat/);
	assert.equal(requests[1]["last-event-id"], "1");
});

test("connection: tells what was said before an early end", async (t) => {
	for (const [said, reason, isFull] of [
		[": pipecast is full; come back later\nretry: 1\n\n", "The " +
		    "server says: pipecast is full; come back later.", true],
		[": a\ndata: 1\n\n", "The server closed the connection.", false],
	]) {
		const { url } = await serve(t, sends(said), holds(""));
		const { told } = await connect(t, url);

		await told.state("waiting");
		assert.equal(told.states.at(-1).reason, reason);
		assert.equal(told.states.at(-1).isFull, isFull);
	}
});

test("connection: waits longer each time nobody is there", async (t) => {
	const { url, server } = await serve(t, sends("retry: 10\n\n"));
	const { connection, told } = await connect(t, url);
	const waits = () => told.states.filter(
	    ({ name }) => name === "waiting");

	await told.state("waiting");
	server.close();
	server.closeAllConnections();
	await told.until(() => waits().length === 6);
	connection.stop();
	assert(waits().slice(1).every(({ reason }) =>
	    reason === "The server cannot be reached."));
	assert(waits().at(-1).waitMs > 100, `${waits().at(-1).waitMs}`);
});

test("connection: waits no longer once somebody was there", async (t) => {
	const busy = answers(503, {}, "");
	const { url } = await serve(t, sends("retry: 50\n\n"), busy, busy, busy,
	    sends(""), holds("data: 1\n\n"));
	const { told } = await connect(t, url);

	await told.until(({ events }) => events.length === 1);
	const waits = told.states.filter(({ name }) => name === "waiting")
	    .map(({ waitMs }) => waitMs);
	// Up to a fifth more, so that not all come at once.
	const expected = [50, 50, 100, 200, 50];
	assert.equal(waits.length, expected.length);
	waits.forEach((ms, i) => assert(ms >= expected[i] &&
	    ms <= expected[i] * 1.2, `${waits}`));
});

test("connection: asks often while a server may be restarted", async (t) => {
	const { url } = await serve(t, sends("retry: 4000\n\n"),
	    answers(503, {}, ""));
	const { connection, told } = await connect(t, url);
	const now = performance.now.bind(performance);
	const waits = () => told.states.filter(
	    ({ name }) => name === "waiting").map(({ waitMs }) => waitMs);

	for (let n = 1; n <= 8; n++) {
		await told.until(() => waits().length === n);
		assert(waits().at(-1) <= 5000 * 1.2, `${waits()}`);
		connection.start();
	}
	t.mock.method(performance, "now", () => now() + 61_000);
	await told.until(() => waits().length === 9);
	assert(waits().at(-1) >= 30_000, `${waits()}`);
});

test("connection: 204 is the end", async (t) => {
	const { url, requests } = await serve(t, answers(204, {}));
	const { told } = await connect(t, url);

	await told.state("ended");
	assert.equal(requests.length, 1);
});

test("connection: the end is the end, also if it stays open", async (t) => {
	const { url, requests } = await serve(t, holds("retry: 1\ndata: 1\n\n" +
	    "event: done\nid: pipecast-end\ndata: {}\n\ndata: after\n\n"));
	const { connection, told } = await connect(t, url);

	await told.state("ended");
	assert.deepEqual(data(told), ["1", "{}"]);
	assert.equal(requests.length, 1);
	connection.startOver();
	await told.until(({ events }) => events.length === 4);
	assert.equal(requests[1]["last-event-id"], undefined);
});

test("connection: nothing is told after it was stopped", async (t) => {
	const { url } = await serve(t, holds("id: 1\ndata: 1\n\n"));
	const { connection, told } = await connect(t, url);

	await told.until(({ events }) => events.length === 1);
	const seen = told.states.length;
	connection.stop();
	await new Promise((done) => setTimeout(done, 50));
	assert.equal(told.states.length, seen);
});

test("connection: goes on where it was stopped", async (t) => {
	const { url, requests } = await serve(t, holds("id: 1\ndata: 1\n\n"));
	const { connection, told } = await connect(t, url);

	await told.until(({ events }) => events.length === 1);
	connection.stop();
	connection.start();
	await told.until(({ events }) => events.length === 2);
	assert.equal(requests[1]["last-event-id"], "1");
});

test("connection: stopped while it waits, and started again", async (t) => {
	const { url } = await serve(t, sends("retry: 3600000\n\n"),
	    holds("data: 1\n\n"));
	const { connection, told } = await connect(t, url);

	await told.state("waiting");
	connection.stop();
	connection.start();
	connection.start();
	await told.until(({ events }) => events.length === 1);
	assert.deepEqual(told.names().slice(3), ["connecting", "open"]);
});

test("connection: an event that fills the memory stops it", async (t) => {
	const { url } = await serve(t, (response) => {
		const piece = Buffer.alloc(1 << 20, "x");

		response.writeHead(200, OPEN);
		for (let n = 0; n < 20; n++)
			response.write(piece);
	});
	const { told } = await connect(t, url);

	await told.state("stopped");
	assert.match(told.states.at(-1).reason, /too large/);
});
