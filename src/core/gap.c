/* SPDX-License-Identifier: MIT */

#include "core/gap.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

struct event
gap_event(char data[GAP_DATA_SIZE], const char *type, struct span last_event_id,
    uint64_t n)
{
	struct event event = EVENT_NONE;
	char missed[24] = "null";
	struct text_buffer text = {.cap = GAP_DATA_SIZE};
	struct byte_sink json = text_buffer_sink(&text);

	text.bytes = data;
	if (n != GAP_UNKNOWN)
		snprintf(missed, sizeof(missed), "%" PRIu64, n);
	sink_text(json, "{\"last_event_id\":");
	sink_json_string(json, last_event_id);
	sink_text(json, ",\"missed\":");
	sink_text(json, missed);
	sink_text(json, "}");
	assert(text.n <= text.cap);
	event.type = span_of(type);
	event.data = (struct span){data, text.n};
	return event;
}
