/* SPDX-License-Identifier: MIT */

#include "pipecat/printer.h"

#include "core/event_id.h"
#include "core/stream_writer.h"

#include <string.h>

bool
print_is_gap(const struct event *event)
{
	static const char begin[] = "{\"last_event_id\":";

	return event->data.bytes && !event->id.bytes && event->type.n > 0 &&
	    event->data.n >= sizeof(begin) - 1 &&
	    memcmp(event->data.bytes, begin, sizeof(begin) - 1) == 0;
}

bool
print_is_end(const struct event *event)
{
	return event->data.bytes && event->type.n > 0 &&
	    span_is(event->id, EVENT_ID_END);
}

static void
print_member(struct byte_sink sink, const char *name, struct span value)
{
	sink_text(sink, name);
	sink_json_string(sink, value);
}

static void
print_object(const struct event *event, struct byte_sink sink)
{
	print_member(sink, "{\"data\":", event->data);
	if (event->type.n > 0)
		print_member(sink, ",\"event\":", event->type);
	if (event->id.n > 0)
		print_member(sink, ",\"id\":", event->id);
	sink_text(sink, "}\n");
}

void
print_event(enum print_as as, const struct event *event, struct byte_sink sink)
{
	if (as == PRINT_SSE) {
		stream_write_event(DIALECT_EVENT_STREAM, event, sink);
		return;
	}
	if (!event->data.bytes)
		return;
	if (as == PRINT_JSON) {
		print_object(event, sink);
		return;
	}
	sink_span(sink, event->data);
	sink_text(sink, "\n");
}
