// The element <event-source src="..."> of 2006, for the browsers of today.
//
// Load this before the script that calls addEventListener() on the element:
// the element learns from these calls which event types it has to ask for.
// It reads text/event-stream through EventSource, which reconnects and resumes
// by itself. EventSource refuses application/x-dom-event-stream, so the element
// reads that with fetch().

"use strict";

{
	const TYPE_2006 = "application/x-dom-event-stream";
	const RECONNECT_2006_MS = 5000;

	// The part of EventSource that the element uses, for the dialect of
	// 2006: "Event" is capitalised, comments begin with ";", there are no
	// ids, and an empty block is an event, as is an unfinished one at the
	// end.
	class Reader2006 extends EventTarget {
		readyState = EventSource.CONNECTING;
		#url;
		#abort = new AbortController();
		#type = "";
		#data = [];

		constructor(url) {
			super();
			this.#url = url;
			this.#run();
		}

		close() {
			this.readyState = EventSource.CLOSED;
			this.#abort.abort();
		}

		async #run() {
			for (;;) {
				// After a lost connection, try again.
				await this.#connect().catch(() => {});
				if (this.#abort.signal.aborted)
					return;
				this.readyState = EventSource.CONNECTING;
				this.dispatchEvent(new Event("error"));
				await new Promise(
				    (wake) => setTimeout(wake, RECONNECT_2006_MS));
				if (this.#abort.signal.aborted)
					return;
			}
		}

		async #connect() {
			const response = await fetch(this.#url, {
				headers: { Accept: TYPE_2006 },
				cache: "no-store",
				signal: this.#abort.signal,
			});
			if (response.status === 204)
				return;
			const type = response.headers.get("Content-Type") ?? "";
			if (!response.ok || !type.startsWith(TYPE_2006)) {
				this.close();
				this.dispatchEvent(new Event("error"));
				return;
			}
			this.readyState = EventSource.OPEN;
			this.dispatchEvent(new Event("open"));
			await this.#read(response.body.pipeThrough(
			    new TextDecoderStream()).getReader());
		}

		async #read(reader) {
			let rest = "", after_cr = false;
			this.#type = "";
			this.#data = [];
			try {
				for (;;) {
					const { done, value } = await reader.read();
					if (done)
						break;
					rest += after_cr && value[0] === "\n" ?
					    value.slice(1) : value;
					after_cr = value.endsWith("\r");
					const lines = rest.split(/\r\n?|\n/);
					rest = lines.pop();
					lines.forEach((line) => this.#line(line));
				}
			} finally {
				if (rest !== "")
					this.#line(rest);
				if (this.#type !== "" || this.#data.length > 0)
					this.#dispatch();
			}
		}

		#line(line) {
			if (line === "")
				return this.#dispatch();
			if (line[0] === ";" || line[0] === ":")
				return;
			const colon = line.indexOf(":");
			const name = colon < 0 ? line : line.slice(0, colon);
			const value = colon < 0 ? "" :
			    line.slice(colon + 1).replace(/^ /, "");
			if (name === "Event")
				this.#type = value;
			else if (name === "data")
				this.#data.push(value);
		}

		#dispatch() {
			const type = this.#type || "message";
			const data = this.#data.join("\n");
			this.#type = "";
			this.#data = [];
			if (this.#abort.signal.aborted)
				return;
			this.dispatchEvent(new MessageEvent(type, {
				data, origin: new URL(this.#url).origin,
			}));
		}
	}

	class EventSourceElement extends HTMLElement {
		static observedAttributes = ["src"];
		#types = new Set();
		#source = null;

		// Listens on the source for the event types that have listeners
		// on the element, and passes events on.
		addEventListener(type, ...rest) {
			super.addEventListener(type, ...rest);
			if (this.#types.has(type))
				return;
			this.#types.add(type);
			this.#source?.addEventListener(type, this.#forward);
		}

		get src() {
			return new URL(this.getAttribute("src") ?? "",
			    this.baseURI).href;
		}

		set src(url) {
			this.setAttribute("src", url);
		}

		get readyState() {
			return this.#source?.readyState ?? EventSource.CLOSED;
		}

		connectedCallback() {
			// The element had no end tag, so today the rest of its
			// parent becomes its content: give it no box of its
			// own.
			this.style.display = "contents";
			window.addEventListener("pagehide", this.#close);
			window.addEventListener("pageshow", this.#open);
			this.#open();
		}

		disconnectedCallback() {
			window.removeEventListener("pagehide", this.#close);
			window.removeEventListener("pageshow", this.#open);
			this.#close();
		}

		attributeChangedCallback() {
			this.#close();
			if (this.isConnected)
				this.#open();
		}

		// When the user leaves, a browser may keep the page for its
		// Back button, and with it the connection. It opens only six
		// to a server, so close this one, and open it again with the
		// page.
		#open = () => {
			if (this.#source !== null || !this.getAttribute("src"))
				return;
			const source = new EventSource(this.src);
			let opened = false;
			source.addEventListener("open", () => opened = true);
			source.addEventListener("error", (event) => {
				// Refused at once and for good: the server may
				// be one of 2006.
				if (opened || source !== this.#source ||
				    source.readyState !== EventSource.CLOSED)
					return;
				event.stopImmediatePropagation();
				this.#use(new Reader2006(source.url));
			});
			this.#use(source);
		};

		#use(source) {
			this.#source = source;
			for (const type of this.#types)
				source.addEventListener(type, this.#forward);
		}

		#close = () => {
			this.#source?.close();
			this.#source = null;
		};

		#forward = (event) => {
			if (event.target !== this.#source)
				return;
			this.dispatchEvent(event instanceof MessageEvent ?
			    new MessageEvent(event.type, {
				data: event.data,
				lastEventId: event.lastEventId,
				origin: event.origin,
			    }) : new Event(event.type));
		};
	}

	customElements.define("event-source", EventSourceElement);
}
