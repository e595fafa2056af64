// SPDX-License-Identifier: MIT

// Events as files, for pipecast or another program to read again.

const formats = {
	text: ["text/plain", "txt", ({ kind, event }) =>
		kind === "event" ? `${event.data}\n` : ""],
	// Can be read by pipecast --format json.
	json: ["application/json", "jsonl",
	    ({ event, date, record }) => JSON.stringify({
		time: new Date(record?.ms || date),
		event: event.type,
		id: event.hasId ? event.id : undefined,
		data: event.data,
	}) + "\n"],
	// Can be read by pipecast --format sse and by EventSource.
	sse: ["text/event-stream", "sse", ({ event }) =>
		(event.hasId ? `id: ${event.id}\n` : "") +
		(event.type === "message" ? "" : `event: ${event.type}\n`) +
		`data: ${event.data.replaceAll("\n", "\ndata: ")}\n\n`],
};

// The entries in a format named above, as { text, type, suffix }. The page's
// own notes are left out.
export function exported(entries, name) {
	const [type, suffix, write] = formats[name];

	return { type, suffix,
	    text: entries.filter(({ event }) => event).map(write).join("") };
}
