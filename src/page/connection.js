// SPDX-License-Identifier: MIT

// The connection to the stream: an EventSource that explains itself.
//
// EventSource would not be enough: it needs a listener for each event type in
// advance, and does not report the server's answer or the time of the next
// try. Like EventSource, this sends the last event ID, waits the stream's
// reconnection time, and stops at 204 or at an answer that is no event stream.
// Unlike it, this waits longer each time no answer comes, and tries again if a
// web server says that it is unavailable for now.

import { Parser } from "./parser.js";
import { END_ID } from "./control.js";

const RETRY_MS = 2000; // until the stream names another
const RETRY_MAX_MS = 30000; // after many failures, unless the stream's is more
const TIMER_MAX_MS = 0x7fffffff;

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
	#lastEventId = "";
	#aborter = null; // while it runs
	#wake = null; // while it waits

	// tell has onState({ name, reason, waitMs, takesPosts }), onEvent(event,
	// resumed) and onHeard(), after anything came. Names of states: connecting,
	// open, waiting (for so long), stopped, ended. An open stream may take
	// posts.
	constructor(url, tell) {
		this.#url = url;
		this.#tell = tell;
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
			await this.#wait(error.message);
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
		const response = await fetch(this.#url,
		    { headers, signal, cache: "no-store" }).catch(() => {
			throw new Error("The server cannot be reached.");
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
		await this.#readBody(response.body.getReader());
		throw new Error("The server closed the connection.");
	}

	async #readBody(reader) {
		const parser = this.#parser();

		for (;;) {
			const { done, value } = await reader.read()
			    .catch(() => {
				throw new Error("The connection was lost.");
			});

			if (done)
				return;
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
				this.#tell.onEvent(event, resumed);
				resumed = false;
				if (event.hasId && event.id === END_ID)
					throw new Ended("");
			},
			onRetry: (ms) => this.#retryMs = ms,
			onComment() {},
		});
	}

	// The viewers of one server must not all reconnect at once.
	#delayMs() {
		const longer = this.#retryMs *
		    2 ** Math.max(this.#failures - 1, 0);
		const limited = Math.min(longer,
		    Math.max(this.#retryMs, RETRY_MAX_MS));
		const spread = limited * (1 + Math.random() / 5);

		return Math.min(spread, TIMER_MAX_MS);
	}

	async #wait(reason) {
		const waitMs = this.#delayMs();

		this.#tell.onState({ name: "waiting", reason, waitMs });
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
