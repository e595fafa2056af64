// What an event stream means, in the words of WHATWG HTML 9.2.6, for what the
// judge does not tell and to hold the judge itself to.

"use strict";

// Returns { events: [{ type, data, id }], retries, comments } as judge() does.
function model(bytes) {
	const meaning = { events: [], retries: [], comments: [] };
	const lines = new TextDecoder().decode(bytes).split(/\r\n|\r|\n/);
	let type = "", data = [], id = null;

	lines.pop(); // What no line end follows is no line.
	for (const line of lines) {
		if (line === "") {
			if (data.length > 0)
				meaning.events.push({ type: type || "message",
				    data: data.join("\n"), id });
			type = "";
			data = [];
			continue;
		}
		const [, name, value = ""] = /^([^:]*)(?:: ?([^]*))?$/.exec(line);
		if (line[0] === ":")
			meaning.comments.push(value);
		else if (name === "event")
			type = value;
		else if (name === "data")
			data.push(value);
		else if (name === "id" && !value.includes("\0"))
			id = value;
		else if (name === "retry" && /^[0-9]+$/.test(value))
			meaning.retries.push(Number(value));
	}
	return meaning;
}

module.exports = { model };
