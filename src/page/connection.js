// SPDX-License-Identifier: MIT

// The connection to the stream: an EventSource that explains itself.
//
// EventSource would not be enough: it needs a listener for each event type in
// advance, and does not report the server's answer or the time of the next
// try. Like EventSource, this sends the last event ID, waits the stream's
// reconnection time, and stops at 204 or at an answer that is no event stream.
// Unlike it, this waits longer each time no answer comes, and tries again if a
// web server says that it is unavailable for now. It also gives up a connection
// on which nothing comes any more, since the stream says how often a heartbeat
// does.

import { answerText, drop, firstLine, UNREACHABLE } from "./answer.js";
import { elapsed, max, min, round } from "./brief.js";
import { END_ID } from "./control.js";
import { Parser } from "./parser.js";
import { begun } from "./text.js";

const RETRY_MS = 2000; // until the stream names another
const RETRY_MIN_MS = 10; // whatever it names
const RETRY_MAX_MS = 30000; // after many failures, unless the stream names more
const RETRY_SOON_MS = 5000; // the same while a server may just be restarted
const SOON_MS = 60000; // after it was lost
const MISSED_MAX = 3; // heartbeats
const LATE_MS = 2000; // that the last of them may be
const TIMER_MAX_MS = 0x7fffffff;
const COMMENT_MAX = 200; // characters of it that are shown

// Errors that may soon be over: a timeout, too many requests, and failures of
// the server or a proxy.
const PASSING = [408, 425, 429, 500, 502, 503, 504];

// There is no use in trying again.
class Refusal extends Error {
	finalState = "stopped";
}

// The stream has ended for good.
class Ended extends Error {
	finalState = "ended";
}

// UTF-8, as EventSource sends it; a header takes a string of bytes.
const headerValue = (text) =>
    String.fromCharCode(...new TextEncoder().encode(text));

// What a server says before it ends a response that it has no room for.
const FULL = /^pipecast is full/;
const HEARTBEAT = /^pipecast, heartbeat (\d+) ms$/;

let url;
let tell;
let retryMs = RETRY_MS;
let failures = 0; // since it was open last
let lostAt = 0;
let heardAt = 0; // or asked
let heartbeatMs = 0; // 0: not known
let isOverdue = false;
let silence; // aborts an attempt
let comment = ""; // the last one, if no event came after it
let aborter; // while it runs
let wake; // while it waits

// Of the event after which start() would go on, or "".
export let lastEventId = "";

// Names the stream; to be called once. told has onState({ name, reason, waitMs,
// isFull, takesPosts }), onEvent(event, resumed) and onHeard(), after anything
// came. Names of states: connecting, open, waiting (for so long, perhaps
// because the server is full), stopped, ended. An open stream may take posts.
export function connect(streamUrl, told, id = "") {
	url = streamUrl;
	tell = told;
	lastEventId = id;
}

// Continues where it was.
export function start() {
	if (wake)
		return wake();
	if (aborter)
		return;
	aborter = new AbortController();
	run(aborter.signal);
}

// Begins anew after the end, as if nothing had been read.
export function startOver() {
	lastEventId = "";
	start();
}

export function stop() {
	aborter?.abort();
	wake?.();
	aborter = wake = undefined;
}

// Gives up a connection on which heartbeats are missing; to be called now and
// then. A page that stood still has what came meanwhile only after the first
// call.
export function checkSilence() {
	const silentMs = elapsed() - heardAt;
	const wasOverdue = isOverdue;

	isOverdue = heartbeatMs > 0 &&
	    silentMs > MISSED_MAX * heartbeatMs + LATE_MS;
	if (isOverdue && wasOverdue)
		silence?.abort(new Error(`Nothing has come for ${
		    round(silentMs / 1000)} s, not even a heartbeat.`));
}

function hear() {
	heardAt = elapsed();
	isOverdue = false;
}

async function run(signal) {
	while (!signal.aborted) {
		tell.onState({ name: "connecting" });
		const error = await read(signal).catch((e) => e);

		if (signal.aborted)
			return;
		if (error.finalState) {
			aborter = undefined;
			return tell.onState({ name: error.finalState,
				reason: error.message });
		}
		await wait(error.message);
	}
}

// Reads one response to its end; always throws.
async function read(signal) {
	const headers = { Accept: "text/event-stream" };

	if (lastEventId !== "")
		headers["Last-Event-ID"] = headerValue(lastEventId);
	failures++;
	comment = "";
	silence = new AbortController();
	hear();
	const { signal: silent } = silence;
	const response = await fetch(url, { headers, cache: "no-store",
		signal: AbortSignal.any([signal, silent]) }).catch(() => {
		throw silent.reason ?? new Error(UNREACHABLE);
	});

	await judge(response).catch((error) => {
		drop(response.body);
		throw error;
	});
	failures = 0;
	tell.onState({ name: "open",
		takesPosts: response.headers.has("Accept-Post") });
	await readBody(response.body.getReader(), silent)
	    .finally(() => lostAt = elapsed());
	throw new Error(comment === "" ? "The server closed the connection." :
	    `The server says: ${comment}.`);
}

// Throws unless an event stream follows.
async function judge(response) {
	const { status, headers } = response;
	const type = (headers.get("Content-Type") ?? "none").split(";", 1)[0]
	    .trim();
	const text = answerText(response);

	if (status === 204)
		throw new Ended("The server says that the stream has ended.");
	if (PASSING.includes(status))
		throw new Error(text);
	if (status !== 200)
		throw new Refusal(`${text} ${await firstLine(response)}`);
	if (type.toLowerCase() !== "text/event-stream")
		throw new Refusal("The server answered with something other " +
		    `than an event stream (content type: ${type}).`);
}

async function readBody(reader, silent) {
	const parser = makeParser();

	for (;;) {
		const { done, value } = await reader.read().catch(() => {
			throw silent.reason ??
			    new Error("The connection was lost.");
		});

		if (done)
			return;
		hear();
		try {
			parser.feed(value);
		} catch (error) {
			drop(reader);
			throw error.finalState ? error :
			    new Refusal(`Stopped reading: ${error.message}.`);
		} finally {
			({ lastEventId } = parser);
		}
		tell.onHeard();
	}
}

function makeParser() {
	let resumed = lastEventId !== "";

	return new Parser(lastEventId, {
		onEvent: (event) => {
			comment = "";
			tell.onEvent(event, resumed);
			resumed = false;
			if (event.hasId && event.id === END_ID)
				throw new Ended("");
		},
		onRetry: (ms) => retryMs = max(ms, RETRY_MIN_MS),
		onComment: takeComment,
	});
}

function takeComment(text) {
	const [, ms] = HEARTBEAT.exec(text) ?? [];

	if (ms)
		heartbeatMs = Number(ms);
	else if (text !== "" && text !== "pipecast")
		comment = begun(text, COMMENT_MAX);
}

// The viewers of one server must not all reconnect at once.
function delayMs() {
	const longer = retryMs * 2 ** max(failures - 1, 0);
	const isSoon = elapsed() - lostAt < SOON_MS;
	const limited = min(longer,
	    max(retryMs, isSoon ? RETRY_SOON_MS : RETRY_MAX_MS));

	return min(limited * (1 + Math.random() / 5), TIMER_MAX_MS);
}

async function wait(reason) {
	const waitMs = delayMs();

	tell.onState({ name: "waiting", reason, waitMs,
		isFull: FULL.test(comment) });
	await new Promise((resolve) => {
		const timer = setTimeout(resolve, waitMs);

		wake = () => {
			clearTimeout(timer);
			resolve();
		};
	});
	wake = undefined;
}
