/* SPDX-License-Identifier: MIT */

#include "pipecat/relay_note.h"

#include "core/stream_writer.h"
#include "pipecat/printer.h"

#include <stdio.h>
#include <string.h>

static void
relay_note_write(const char *text, struct byte_sink sink)
{
	struct event note = EVENT_NONE;

	note.comment = span_of(text);
	stream_write_event(DIALECT_EVENT_STREAM, &note, sink);
}

void
relay_note_open(struct byte_sink sink)
{
	relay_note_write(RELAY_NOTE_OPEN, sink);
}

void
relay_note_loss(struct byte_sink sink)
{
	relay_note_write(RELAY_NOTE_LOST "1", sink);
}

/* The number behind "missed" in a gap event, or -1. */
static long
relay_note_missed(struct span data)
{
	static const char name[] = "\"missed\":";
	long n = 0;
	size_t i = 0;

	while (i + sizeof(name) - 1 <= data.n &&
	    memcmp(data.bytes + i, name, sizeof(name) - 1) != 0)
		i++;
	i += sizeof(name) - 1;
	if (i >= data.n || data.bytes[i] < '0' || data.bytes[i] > '9')
		return -1;
	for (; i < data.n && data.bytes[i] >= '0' && data.bytes[i] <= '9'; i++)
		if (n < 1000000000)
			n = n * 10 + (data.bytes[i] - '0');
	return n;
}

void
relay_note_event(const struct event *event, struct byte_sink sink)
{
	struct event alone = *event;
	char text[64];

	if (print_is_gap(event)) {
		snprintf(text, sizeof(text), RELAY_NOTE_LOST "%ld",
		    relay_note_missed(event->data));
		relay_note_write(text, sink);
		return;
	}
	alone.comment = (struct span){NULL, 0};
	alone.retry_ms = -1;
	if ((event->data.bytes || event->id.bytes) && !print_is_end(event))
		stream_write_event(DIALECT_EVENT_STREAM, &alone, sink);
}
