/* SPDX-License-Identifier: MIT */

#include "core/prologue.h"

#include "core/event_id.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

/* missed is the number of lost events in decimal digits, or null. */
static void
write_gap(const struct hub_config *config, struct span last_event_id,
    const char *missed, struct byte_sink sink)
{
	struct event gap = EVENT_NONE;
	char data[EVENT_ID_MAX * 6 + 64];
	struct text_buffer text = {.bytes = data, .cap = sizeof(data)};
	struct byte_sink json = text_buffer_sink(&text);

	sink_text(json, "{\"last_event_id\":");
	sink_json_string(json, last_event_id);
	sink_text(json, ",\"missed\":");
	sink_text(json, missed);
	sink_text(json, "}");
	assert(text.n <= text.cap);
	gap.type = span_of(config->gap_event);
	gap.data = (struct span){data, text.n};
	if (gap.type.n > 0)
		stream_write_event(config->dialect, &gap, sink);
}

static uint64_t
resume_at(const struct hub_config *config, const struct ring *ring,
    struct span last_event_id, struct byte_sink sink)
{
	char missed[24] = "null";
	uint64_t seq, offset;

	if (ring_after_id(ring, last_event_id, &offset))
		return offset;
	if (event_id_is_sequence(last_event_id, config->identity, &seq) &&
	    seq <= ring_seq(ring)) {
		if (ring_after_seq(ring, seq, &offset))
			return offset;
		snprintf(
		    missed, sizeof(missed), "%" PRIu64, ring_missed(ring, seq));
	}
	write_gap(config, last_event_id, missed, sink);
	return ring_start(ring);
}

uint64_t
prologue_write(const struct hub_config *config, const struct ring *ring,
    struct span head, const struct hub_resume *resume, struct byte_sink sink)
{
	struct event first = EVENT_NONE;

	first.comment = span_of("pipecast");
	first.retry_ms = (int64_t)config->retry_ms;
	sink_span(sink, head);
	stream_write_event(config->dialect, &first, sink);
	if (!resume->last_event_id.bytes)
		return ring_last(ring, resume->replay);
	return resume_at(config, ring, resume->last_event_id, sink);
}
