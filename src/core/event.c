/* SPDX-License-Identifier: MIT */

#include "core/event.h"

const char event_type_wanted[] = "an event type of one line";

bool
event_type_is_taken(struct span type)
{
	return span_is(type, "error") || span_is(type, "open");
}

const char *
event_type_check(const char *type)
{
	if (span_has_line_break_or_nul(span_of(type)))
		return event_type_wanted;
	if (event_type_is_taken(span_of(type)))
		return "another event type, because EventSource has its own "
		       "events called error and open";
	return NULL;
}
