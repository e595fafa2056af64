/* SPDX-License-Identifier: MIT */

#include "core/prologue.h"

#include "core/event_id.h"
#include "core/gap.h"

#include <inttypes.h>
#include <stdio.h>

/*
 * What the viewer may have seen is not sent again: any of several events, those
 * of the past, and all there are if it was catching up with them.
 */
static uint64_t
prologue_after_gap(
    const struct prologue *prologue, const struct ring *ring, struct span id)
{
	uint64_t seq, offset;

	if (prologue->missed != GAP_UNKNOWN)
		return ring_start(ring);
	if (event_id_is_sequence(id, EVENT_ID_CATCHUP, &seq))
		return ring_end(ring);
	if (event_id_is_reserved(id) && ring_after_newest(ring, id, &offset))
		return offset;
	return ring_past_end(ring);
}

/* Whether the place is there; how many events are missing if not. */
static bool
prologue_finds_place(struct prologue *prologue,
    const struct channel_config *config, const struct ring *ring,
    struct span id)
{
	uint64_t seq;

	if (event_id_is_sequence(id, config->identity, &seq) &&
	    seq <= ring_seq(ring)) {
		if (ring_after_seq(ring, seq, &prologue->offset))
			return true;
		prologue->missed = ring_missed(ring, seq);
	}
	prologue->n_same = ring_after_id(ring, id, &prologue->offset);
	return prologue->n_same == 1 ||
	    (prologue->n_same > 1 && !event_id_is_reserved(id));
}

struct prologue
prologue_find(const struct channel_config *config, const struct ring *ring,
    const struct channel_resume *resume)
{
	struct span id = resume->last_event_id;
	struct prologue prologue = {.missed = GAP_UNKNOWN};

	if (!id.bytes) {
		prologue.offset = ring_last(ring, resume->replay);
		if (resume->has_waited && ring_past_end(ring) < prologue.offset)
			prologue.offset = ring_past_end(ring);
		return prologue;
	}
	if (!resume->is_gone &&
	    prologue_finds_place(&prologue, config, ring, id))
		return prologue;
	prologue.has_gap = true;
	prologue.offset = prologue_after_gap(&prologue, ring, id);
	return prologue;
}

static void
prologue_write_first_block(const struct channel_config *config,
    uint64_t heartbeat_ms, struct byte_sink sink)
{
	struct event first = EVENT_NONE;
	char comment[64];

	snprintf(comment, sizeof(comment), "pipecast, heartbeat %" PRIu64 " ms",
	    heartbeat_ms);
	first.comment = span_of(heartbeat_ms > 0 ? comment : "pipecast");
	first.retry_ms = (int64_t)config->retry_ms;
	stream_write_event(config->dialect, &first, sink);
}

void
prologue_write(const struct prologue *prologue,
    const struct channel_config *config, uint64_t heartbeat_ms,
    const struct channel_resume *resume, struct byte_sink sink)
{
	struct event event;
	char data[GAP_DATA_SIZE];

	if (!resume->has_begun)
		prologue_write_first_block(config, heartbeat_ms, sink);
	if (!resume->last_event_id.bytes && resume->latest.bytes)
		sink_span(sink, resume->latest);
	if (!prologue->has_gap || !*config->gap_event)
		return;
	event = gap_event(
	    data, config->gap_event, resume->last_event_id, prologue->missed);
	stream_write_event(config->dialect, &event, sink);
}
