/* SPDX-License-Identifier: MIT */

#include "core/prologue.h"

#include "core/event_id.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

struct prologue
prologue_find(const struct hub_config *config, const struct ring *ring,
    const struct hub_resume *resume)
{
	struct span id = resume->last_event_id;
	struct prologue prologue = {.missed = UINT64_MAX};
	uint64_t seq;

	if (!id.bytes) {
		prologue.offset = ring_last(ring, resume->replay);
		return prologue;
	}
	if (ring_after_id(ring, id, &prologue.offset))
		return prologue;
	if (event_id_is_sequence(id, config->identity, &seq) &&
	    seq <= ring_seq(ring)) {
		if (ring_after_seq(ring, seq, &prologue.offset))
			return prologue;
		prologue.missed = ring_missed(ring, seq);
	}
	prologue.offset = ring_start(ring);
	prologue.has_gap = true;
	return prologue;
}

static void
write_gap(const struct prologue *prologue, const struct hub_config *config,
    struct span last_event_id, struct byte_sink sink)
{
	struct event gap = EVENT_NONE;
	char missed[24] = "null", data[EVENT_ID_MAX * 6 + 64];
	struct text_buffer text = {.bytes = data, .cap = sizeof(data)};
	struct byte_sink json = text_buffer_sink(&text);

	if (prologue->missed != UINT64_MAX)
		snprintf(missed, sizeof(missed), "%" PRIu64, prologue->missed);
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

void
prologue_write(const struct prologue *prologue, const struct hub_config *config,
    struct span head, struct span last_event_id, struct byte_sink sink)
{
	struct event first = EVENT_NONE;

	first.comment = span_of("pipecast");
	first.retry_ms = (int64_t)config->retry_ms;
	sink_span(sink, head);
	stream_write_event(config->dialect, &first, sink);
	if (prologue->has_gap)
		write_gap(prologue, config, last_event_id, sink);
}
