// SPDX-License-Identifier: MIT

// Events as files, for pipecast or another program to read again.

const formats = {
	text: {
		mediaType: "text/plain",
		suffix: "txt",
		write: ({ kind, event }) =>
		    kind === "event" ? `${event.data}\n` : "",
	},
	// Can be read by pipecast --format json.
	json: {
		mediaType: "application/json",
		suffix: "jsonl",
		write: ({ event, date }) => JSON.stringify({
			time: date.toISOString(),
			event: event.type,
			id: event.hasId ? event.id : undefined,
			data: event.data,
		}) + "\n",
	},
	// Can be read by pipecast --format sse and by EventSource.
	sse: {
		mediaType: "text/event-stream",
		suffix: "sse",
		write: ({ event }) => (event.hasId ? `id: ${event.id}\n` : "") +
		    (event.type === "message" ? "" : `event: ${event.type}\n`) +
		    `data: ${event.data.replaceAll("\n", "\ndata: ")}\n\n`,
	},
};

// The entries in a format named above, as { text, mediaType, suffix }. The
// page's own notes are left out.
export function exported(entries, name) {
	const { write, ...rest } = formats[name];

	return {
		...rest,
		text: entries.filter(({ event }) => event).map(write).join(""),
	};
}
