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

import { Parser } from "./parser.js";
import { END_ID } from "./control.js";
import { cut, visible } from "./text.js";

const RETRY_MS = 2000; // until the stream names another
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
function headerValue(text) {
	return String.fromCharCode(...new TextEncoder().encode(text));
}

// What a server says before it ends a response that it has no room for.
const FULL = /^pipecast is full/;
const HEARTBEAT = /^pipecast, heartbeat (\d+) ms$/;

// Drops the rest of a body, which may be without end.
function drop(readable) {
	readable?.cancel().catch(() => {});
}

// The server's explanation of an error, "" unless it sent text.
export async function firstLine({ headers, body }) {
	if (!/^text\/plain/i.test(headers.get("Content-Type")) || !body)
		return "";
	const reader = body.getReader();
	const { value } = await reader.read();

	drop(reader);
	return new TextDecoder().decode(value).split("\n", 1)[0].slice(0, 300);
}

// Throws unless an event stream follows.
async function judge(response) {
	const { status, statusText } = response;
	const type = (response.headers.get("Content-Type") ?? "none")
	    .split(";", 1)[0].trim();

	if (status === 204)
		throw new Ended("The server says that the stream has ended.");
	if (PASSING.includes(status))
		throw new Error(`The server answered ${status} ${statusText}`
		    .trim() + ".");
	if (status !== 200)
		throw new Refusal(`The server answered ${status} ${statusText}`
		    .trim() + `. ${await firstLine(response)}`);
	if (type.toLowerCase() !== "text/event-stream")
		throw new Refusal("The server answered with something other " +
		    `than an event stream (content type: ${type}).`);
}

export class Connection {
	#url;
	#tell;
	#retryMs = RETRY_MS;
	#failures = 0; // since it was open last
	#lostAt = 0;
	#heardAt = 0; // or asked
	#heartbeatMs = 0; // 0: not known
	#isOverdue = false;
	#silence = null; // aborts an attempt
	#comment = ""; // the last one, if no event came after it
	#lastEventId = "";
	#aborter = null; // while it runs
	#wake = null; // while it waits

	// tell has onState({ name, reason, waitMs, isFull, takesPosts }),
	// onEvent(event, resumed) and onHeard(), after anything came. Names of
	// states: connecting, open, waiting (for so long, perhaps because the
	// server is full), stopped, ended. An open stream may take posts.
	constructor(url, tell, lastEventId = "") {
		this.#url = url;
		this.#tell = tell;
		this.#lastEventId = lastEventId;
	}

	// Continues where it was.
	start() {
		if (this.#wake)
			return this.#wake();
		if (this.#aborter)
			return;
		this.#aborter = new AbortController();
		this.#run(this.#aborter.signal);
	}

	// Begins anew after the end, as if nothing had been read.
	startOver() {
		this.#lastEventId = "";
		this.start();
	}

	// Of the event after which start() would go on, or "".
	get lastEventId() {
		return this.#lastEventId;
	}

	// Gives up a connection on which heartbeats are missing; to be called
	// now and then. A page that stood still has what came meanwhile only
	// after the first call.
	check() {
		const silentMs = performance.now() - this.#heardAt;
		const isOverdue = this.#heartbeatMs > 0 &&
		    silentMs > MISSED_MAX * this.#heartbeatMs + LATE_MS;

		if (isOverdue && this.#isOverdue)
			this.#silence?.abort(new Error(`Nothing has come for ${
			    Math.round(silentMs / 1000)} s, not even a heartbeat.`));
		this.#isOverdue = isOverdue;
	}

	#heard() {
		this.#heardAt = performance.now();
		this.#isOverdue = false;
	}

	stop() {
		this.#aborter?.abort();
		this.#aborter = null;
		this.#wake?.();
		this.#wake = null;
	}

	async #run(signal) {
		while (!signal.aborted) {
			this.#tell.onState({ name: "connecting" });
			const error = await this.#read(signal).catch((e) => e);

			if (signal.aborted)
				return;
			if (error.finalState)
				return this.#finish(error);
			await this.#wait(error);
		}
	}

	#finish({ finalState, message }) {
		this.#aborter = null;
		this.#tell.onState({ name: finalState, reason: message });
	}

	// Reads one response to its end; always throws.
	async #read(signal) {
		const headers = { Accept: "text/event-stream" };

		if (this.#lastEventId !== "")
			headers["Last-Event-ID"] =
			    headerValue(this.#lastEventId);
		this.#failures++;
		this.#comment = "";
		this.#silence = new AbortController();
		this.#heard();
		const silence = this.#silence.signal;
		const response = await fetch(this.#url, { headers,
		    signal: AbortSignal.any([signal, silence]),
		    cache: "no-store" }).catch(() => {
			throw silence.reason ??
			    new Error("The server cannot be reached.");
		});

		await judge(response).catch((error) => {
			drop(response.body);
			throw error;
		});
		this.#failures = 0;
		this.#tell.onState({
			name: "open",
			takesPosts: response.headers.has("Accept-Post"),
		});
		await this.#readBody(response.body.getReader(), silence)
		    .finally(() => this.#lostAt = performance.now());
		throw new Error(this.#comment === "" ?
		    "The server closed the connection." :
		    `The server says: ${this.#comment}.`);
	}

	async #readBody(reader, silence) {
		const parser = this.#parser();

		for (;;) {
			const { done, value } = await reader.read()
			    .catch(() => {
				throw silence.reason ??
				    new Error("The connection was lost.");
			});

			if (done)
				return;
			this.#heard();
			try {
				parser.feed(value);
			} catch (error) {
				drop(reader);
				throw error.finalState ? error : new Refusal(
				    `Stopped reading: ${error.message}.`);
			} finally {
				this.#lastEventId = parser.lastEventId;
			}
			this.#tell.onHeard();
		}
	}

	#parser() {
		let resumed = this.#lastEventId !== "";

		return new Parser(this.#lastEventId, {
			onEvent: (event) => {
				this.#comment = "";
				this.#tell.onEvent(event, resumed);
				resumed = false;
				if (event.hasId && event.id === END_ID)
					throw new Ended("");
			},
			onRetry: (ms) => this.#retryMs = ms,
			onComment: (text) => this.#takeComment(text),
		});
	}

	#takeComment(text) {
		const [, heartbeatMs] = HEARTBEAT.exec(text) ?? [];

		if (heartbeatMs)
			this.#heartbeatMs = Number(heartbeatMs);
		else if (text !== "" && text !== "pipecast")
			this.#comment = visible(cut(text, COMMENT_MAX, 1));
	}

	// The viewers of one server must not all reconnect at once.
	#delayMs() {
		const longer = this.#retryMs *
		    2 ** Math.max(this.#failures - 1, 0);
		const isSoon = performance.now() - this.#lostAt < SOON_MS;
		const limited = Math.min(longer, Math.max(this.#retryMs,
		    isSoon ? RETRY_SOON_MS : RETRY_MAX_MS));
		const spread = limited * (1 + Math.random() / 5);

		return Math.min(spread, TIMER_MAX_MS);
	}

	async #wait({ message }) {
		const waitMs = this.#delayMs();

		this.#tell.onState({ name: "waiting", reason: message, waitMs,
			isFull: FULL.test(this.#comment) });
		await new Promise((resolve) => {
			const timer = setTimeout(resolve, waitMs);

			this.#wake = () => {
				clearTimeout(timer);
				resolve();
			};
		});
		this.#wake = null;
	}
}
