/* SPDX-License-Identifier: MIT */

#include "core/stream_writer.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

const char *
stream_media_type(enum dialect dialect)
{
	return dialect == DIALECT_EVENT_STREAM
	    ? "text/event-stream"
	    : "application/x-dom-event-stream";
}

struct span
stream_heartbeat(enum dialect dialect)
{
	return span_of(dialect == DIALECT_EVENT_STREAM ? ":\n" : ";\n");
}

/* The space after the colon is ours: a reader removes exactly one. */
static void
stream_write_field(struct byte_sink sink, const char *name, struct span value)
{
	sink_text(sink, name);
	if (value.n > 0)
		sink_text(sink, " ");
	sink_utf8(sink, value);
	sink_text(sink, "\n");
}

static void
stream_write_data(struct byte_sink sink, struct span data)
{
	struct span line;
	bool more;

	do {
		more = span_take_line(&data, &line);
		stream_write_field(sink, "data:", line);
	} while (more);
}

static void
stream_write_retry(struct byte_sink sink, int64_t retry_ms)
{
	char line[32];

	snprintf(line, sizeof(line), "retry: %" PRId64 "\n", retry_ms);
	sink_text(sink, line);
}

static void
stream_write_event_stream(const struct event *event, struct byte_sink sink)
{
	if (event->id.bytes)
		stream_write_field(sink, "id:", event->id);
	if (event->comment.bytes)
		stream_write_field(sink, ":", event->comment);
	if (event->type.n > 0 && event->data.bytes)
		stream_write_field(sink, "event:", event->type);
	if (event->retry_ms >= 0)
		stream_write_retry(sink, event->retry_ms);
	if (event->data.bytes)
		stream_write_data(sink, event->data);
	if (event->id.bytes || event->data.bytes || event->retry_ms >= 0)
		sink_text(sink, "\n");
}

/* An empty line would fire an event here, so none follows a comment. */
static void
stream_write_dom_event_stream(const struct event *event, struct byte_sink sink)
{
	if (event->comment.bytes)
		stream_write_field(sink, ";", event->comment);
	if (!event->data.bytes)
		return;
	if (event->type.n > 0)
		stream_write_field(sink, "Event:", event->type);
	stream_write_data(sink, event->data);
	sink_text(sink, "\n");
}

void
stream_write_event(
    enum dialect dialect, const struct event *event, struct byte_sink sink)
{
	assert(!span_has_line_break_or_nul(event->type));
	assert(!span_has_line_break_or_nul(event->id));
	if (dialect == DIALECT_EVENT_STREAM)
		stream_write_event_stream(event, sink);
	else
		stream_write_dom_event_stream(event, sink);
}

size_t
stream_event_size(enum dialect dialect, const struct event *event)
{
	size_t n = 0;

	stream_write_event(dialect, event, counting_sink(&n));
	return n;
}
