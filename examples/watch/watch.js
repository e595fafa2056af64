// Shows a stream as lines: /cgi-bin/command.cgi, or the one that ?src= names.

"use strict";

const MAX_LINES = 2000;

const query = new URLSearchParams(location.search);
const url = new URL(query.get("src") ?? "/cgi-bin/command.cgi", location);
const lines = document.getElementById("lines");
const state = document.getElementById("state");

// The content of a stream is not trusted, so it is inserted as text. The view
// follows the last line unless the reader has scrolled up.
function add(text, className) {
	const follow = lines.scrollHeight - lines.scrollTop -
	    lines.clientHeight < 8;
	const line = document.createElement("div");
	line.className = className;
	line.textContent = text;
	lines.append(line);
	while (lines.children.length > MAX_LINES)
		lines.firstElementChild.remove();
	if (follow)
		lines.scrollTop = lines.scrollHeight;
}

function show(name) {
	state.className = name;
	state.textContent = name;
}

let source, last_id = "";

function watch() {
	if (last_id !== "")
		url.searchParams.set("last_event_id", last_id);
	source = new EventSource(url);
	for (const type of ["message", ...query.getAll("event")])
		source.addEventListener(type, (event) => {
			last_id = event.lastEventId;
			add(event.data, "line");
		});

	// Two events of pipecast's own: one reports missed events, the other
	// the end of the stream.
	source.addEventListener("gap", (event) => {
		const { missed } = JSON.parse(event.data);
		add(missed === null ? "some events were missed" :
		    `${missed} events were missed`, "note");
	});
	source.addEventListener("end", (event) => {
		last_id = event.lastEventId;
		const { exit_status, signal } = JSON.parse(event.data);
		add(signal !== undefined ? `ended by signal ${signal}` :
		    exit_status ? `ended with exit status ${exit_status}` :
		    "ended", "note");
	});

	source.addEventListener("open", () => show("open"));
	source.addEventListener("error", () => show(
	    source.readyState === EventSource.CLOSED ? "closed" : "connecting"));
}

document.getElementById("src").textContent = url.pathname + url.search;
if (url.origin === location.origin) {
	// When the user leaves, a browser may keep the page for its Back
	// button, and with it the connection. It opens only six to a server,
	// so close this one. When the user returns, the stream continues.
	addEventListener("pageshow", watch);
	addEventListener("pagehide", () => source.close());
} else {
	add("Only a stream of this server can be watched.", "note");
	show("closed");
}
