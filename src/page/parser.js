// SPDX-License-Identifier: MIT

// The event stream format (WHATWG HTML, 9.2.6): bytes in pieces of any size
// in, events out. It treats the bytes as EventSource does, but reports events
// of every type, and comments.

// An event of more characters than this would only fill the memory.
export const EVENT_MAX = 16 * 1024 * 1024;

export class Parser {
	// Drops one byte order mark; ill-formed UTF-8 becomes U+FFFD.
	#decoder = new TextDecoder();
	#tell;
	#line = ""; // begun, its end yet to come
	#afterCr = false;
	#type = "";
	#data = [];
	#size = 0; // of data
	#id;
	#hasId = false; // in this block
	#replaces = false;

	// tell has onEvent({ type, data, id, hasId, replaces }), onComment(text)
	// and onRetry(ms). An event replaces the one before of its type if the
	// comment cr says so. The last event ID outlives a connection, as browsers
	// have it, so that an event without an id does not take it away.
	constructor(lastEventId, tell) {
		this.#id = lastEventId;
		this.lastEventId = lastEventId;
		this.#tell = tell;
	}

	// Throws a RangeError if an event is too large; feed no more then.
	feed(bytes) {
		const text = this.#decoder.decode(bytes, { stream: true });
		const lineEnd = /\r\n|\r|\n/g;

		if (text === "")
			return;
		if (this.#afterCr && text[0] === "\n")
			lineEnd.lastIndex = 1;
		this.#afterCr = text.endsWith("\r");
		let at = lineEnd.lastIndex, end;
		while ((end = lineEnd.exec(text))) {
			const line = this.#line + text.slice(at, end.index);

			at = lineEnd.lastIndex;
			this.#line = "";
			this.#takeLine(line);
		}
		this.#line += text.slice(at);
		this.#limit(this.#line.length);
	}

	#limit(more) {
		if (this.#size + more > EVENT_MAX)
			throw new RangeError("an event is too large");
	}

	#takeLine(line) {
		if (line === "")
			return this.#dispatch();
		const colon = line.indexOf(":");

		if (colon < 0)
			return this.#takeField(line, "");
		const skip = line[colon + 1] === " " ? 2 : 1;
		const value = line.slice(colon + skip);

		if (colon === 0) {
			this.#replaces ||= value === "cr";
			this.#tell.onComment(value);
		} else {
			this.#takeField(line.slice(0, colon), value);
		}
	}

	#takeField(name, value) {
		if (name === "event") {
			this.#type = value;
		} else if (name === "data") {
			this.#limit(value.length);
			this.#size += value.length + 1;
			this.#data.push(value);
		} else if (name === "id" && !value.includes("\0")) {
			this.#id = value;
			this.#hasId = true;
		} else if (name === "retry" && /^[0-9]+$/.test(value)) {
			this.#tell.onRetry(Number(value));
		}
	}

	#dispatch() {
		const event = {
			type: this.#type || "message",
			data: this.#data.join("\n"),
			id: this.#id,
			hasId: this.#hasId,
			replaces: this.#replaces,
		};
		const hasData = this.#data.length > 0;

		this.lastEventId = this.#id;
		this.#type = "";
		this.#data = [];
		this.#size = 0;
		this.#hasId = this.#replaces = false;
		if (hasData)
			this.#tell.onEvent(event);
	}
}
