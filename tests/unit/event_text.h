/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_EVENT_TEXT_H
#define PIPECAST_TESTS_UNIT_EVENT_TEXT_H

/* An event as text, for the tests of what reads events. */

#include "core/event.h"

#include "helpers.h"

static inline void
tell(struct bytes *told, const char *name, struct span value)
{
	sink_text(bytes_sink(told), name);
	if (value.bytes)
		sink_span(bytes_sink(told), value);
	else
		sink_text(bytes_sink(told), "-");
}

/*
 * "(data)" for an event of data alone, "(type|data|id|comment|retry)" for any
 * other, with "-" for what is absent.
 */
static inline void
tell_event(struct bytes *told, const struct event *event)
{
	char number[32];

	if (event->data.bytes && event->type.n == 0 && !event->id.bytes &&
	    !event->comment.bytes && event->retry_ms < 0) {
		tell(told, "(", event->data);
		sink_text(bytes_sink(told), ")");
		return;
	}
	tell(told, "(", event->type);
	tell(told, "|", event->data);
	tell(told, "|", event->id);
	tell(told, "|", event->comment);
	snprintf(number, sizeof(number), "|%lld)", (long long)event->retry_ms);
	sink_text(bytes_sink(told), number);
}

#endif
