/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_FUZZ_FAN_OUT_VIEWERS_H
#define PIPECAST_TESTS_FUZZ_FAN_OUT_VIEWERS_H

/* Viewers that come, leave, and move, and where they begin. */

#include "fan_out_log.h"

/* What a viewer asks for, and where that leads. */
struct place {
	struct channel_resume resume;
	char id[EVENT_ID_SIZE];
	size_t offset;
	bool has_gap;
	uint64_t missed;
};

static const struct ring *
ring_of(const struct play *play, size_t s)
{
	return channel_ring(play->streams[s].stream->channel);
}

/* After the event of that number. */
static void
find_sequence(
    const struct play *play, size_t s, uint64_t seen, struct place *place)
{
	size_t start = ring_start(ring_of(play, s)), b = 0;
	uint64_t n = 0;

	place->resume.last_event_id =
	    event_id_of_sequence(place->id, "id", seen);
	place->has_gap = seen > events_before(play, end_of(play, s));
	if (place->has_gap)
		return;
	for (; n < seen; b++)
		n += play->blocks[b].is_event;
	place->offset = play->blocks[b].offset;
	for (; play->blocks[b].offset < start; b++)
		n += play->blocks[b].is_event;
	place->missed = n - seen;
	place->has_gap = n > seen;
	if (place->offset < start)
		place->offset = start;
}

/* After that block, if it has an id of its own. */
static void
find_own(const struct play *play, size_t s, size_t b, struct place *place)
{
	bool has_id = b < play->streams[s].n_blocks && play->blocks[b].own_id &&
	    play->config.channel.dialect == DIALECT_EVENT_STREAM;

	snprintf(place->id, EVENT_ID_SIZE, "own%llu", (unsigned long long)b);
	place->resume.last_event_id = span_of(place->id);
	place->has_gap =
	    !has_id || play->blocks[b].offset < ring_start(ring_of(play, s));
	if (!place->has_gap)
		place->offset = play->blocks[b + 1].offset;
}

/* A new viewer, with that many events of the past. */
static void
find_last(const struct play *play, size_t s, uint64_t n, struct place *place)
{
	size_t start = ring_start(ring_of(play, s));
	size_t b = play->streams[s].n_blocks;

	place->resume.replay = n;
	for (; n > 0 && b > 0 && play->blocks[b - 1].offset >= start; b--)
		n -= play->blocks[b - 1].is_event;
	place->offset = play->blocks[b].offset;
}

/* Its last event ID may be in its own memory. */
static void
choose_place(struct play *play, size_t s, struct place *place)
{
	unsigned how = take_byte(&play->input);
	uint64_t n_events = events_before(play, end_of(play, s));
	uint64_t back = take_number(&play->input, 20);

	*place = (struct place){.missed = GAP_UNKNOWN};
	if (how % 4 == 0)
		find_last(play, s, 0, place);
	else if (how % 4 == 1)
		find_last(play, s, back < 20 ? back : UINT64_MAX, place);
	else if (how % 4 == 2 && back <= n_events)
		find_sequence(play, s, n_events - back, place);
	else if (how % 4 == 2)
		find_sequence(play, s, n_events + back, place);
	else if (back < play->streams[s].n_blocks)
		find_own(play, s, play->streams[s].n_blocks - 1 - back, place);
	else
		find_own(play, s, MAX_BLOCKS, place);
	if (place->has_gap)
		place->offset = ring_start(ring_of(play, s));
}

/* Viewers. */

static void
write_note(
    const struct play *play, struct viewer *viewer, const struct place *place)
{
	enum dialect dialect = play->config.channel.dialect;
	struct byte_sink sink = bytes_sink(&viewer->note);
	struct event event = EVENT_NONE;
	char data[GAP_DATA_SIZE];

	sink_text(sink, HEAD);
	event.comment = play->config.fan_out.heartbeat_ms == 0
	    ? LITERAL("pipecast")
	    : LITERAL("pipecast, heartbeat 1000 ms");
	event.retry_ms = 2000;
	stream_write_event(dialect, &event, sink);
	if (!place->has_gap)
		return;
	event =
	    gap_event(data, "gap", place->resume.last_event_id, place->missed);
	stream_write_event(dialect, &event, sink);
}

static void
attach(struct play *play, struct viewer *viewer)
{
	unsigned how = take_byte(&play->input);
	size_t s = how % N_STREAMS;
	bool is_gzip = deflater_is_there() && how / N_STREAMS % 2;
	uint64_t max_age_ms = play->config.fan_out.max_age_ms;
	struct place place;
	struct stream *stream = play->streams[s].stream;

	choose_place(play, s, &place);
	REQUIRE(channel_can_resume(stream->channel,
		    place.resume.last_event_id) == !place.has_gap);
	*viewer = (struct viewer){
	    .subscriber = {.transport = &transport,
		.ctx = viewer,
		.is_gzip = is_gzip},
	    .room = take_number(&play->input, 400),
	    .at_most = SIZE_MAX,
	    .is_there = true,
	    .stream = s,
	    .is_new = true,
	    .cursor = place.offset,
	    .stop_at = SIZE_MAX,
	    .farewell_ms = NO_FAREWELL,
	    .quiet_since_ms = play->now_ms,
	};
	REQUIRE(fan_out_attach(stream->fan_out, &viewer->subscriber,
		    LITERAL(HEAD), &place.resume, play->now_ms) == 0);
	write_note(play, viewer, &place);
	play->n_gaps += place.has_gap;
	viewer->leave_at_ms = viewer->subscriber.leave_at_ms;
	if (max_age_ms == 0)
		REQUIRE(viewer->leave_at_ms == UINT64_MAX);
	else
		REQUIRE(viewer->leave_at_ms <= play->now_ms + max_age_ms &&
		    viewer->leave_at_ms >=
			play->now_ms + max_age_ms / 10 * 9 - max_age_ms / 100);
	if (!has_ended(play, s))
		return;
	viewer->stop_at = end_of(play, s);
	if (viewer->cursor > play->blocks[play->streams[s].n_blocks - 1].offset)
		viewer->cursor =
		    play->blocks[play->streams[s].n_blocks - 1].offset;
	if (viewer->cursor < ring_start(ring_of(play, s)))
		viewer->cursor = ring_start(ring_of(play, s));
}

static void
let_go(struct play *play, struct viewer *viewer)
{
	play->streams[viewer->stream].was_left = true;
	fan_out_detach(&viewer->subscriber);
	gunzip_fini(&viewer->gunzip);
	bytes_free(&viewer->got);
	bytes_free(&viewer->wanted);
	bytes_free(&viewer->note);
	*viewer = (struct viewer){0};
}

/* Whether bytes that are no text are still to be sent. */
static bool
is_amid_gzip(const struct viewer *viewer)
{
	return viewer->subscriber.note_n > 0 ||
	    gzip_member_is_in_block(&viewer->subscriber.gzip);
}

static void
move(struct play *play, struct viewer *viewer)
{
	size_t other = 1 - viewer->stream;
	struct fan_out *to = play->streams[other].stream->fan_out;
	struct place place = {0};
	bool can = !viewer->waits && viewer->note.n == 0 &&
	    viewer->stop_at == SIZE_MAX &&
	    held_from(viewer) == end_of(play, viewer->stream) &&
	    (!viewer->subscriber.is_gzip || !is_amid_gzip(viewer));

	find_sequence(play, other, events_before(play, viewer->cursor), &place);
	can = can && !place.has_gap;
	REQUIRE(fan_out_move(&viewer->subscriber, to,
		    place.resume.last_event_id) == can);
	if (!can)
		return;
	play->n_moved++;
	play->streams[viewer->stream].was_left = true;
	viewer->stream = other;
	viewer->cursor = place.offset;
	viewer->is_in_the_way = viewer->is_new = false;
	if (has_ended(play, other))
		viewer->stop_at = end_of(play, other);
}

static void
drain(struct play *play, size_t s)
{
	fan_out_drain(play->streams[s].stream->fan_out);
	for (size_t i = 0; i < N_VIEWERS; i++) {
		struct viewer *viewer = &play->viewers[i];

		if (!viewer->is_there || viewer->stream != s ||
		    viewer->stop_at != SIZE_MAX)
			continue;
		viewer->stop_at = end_of(play, s);
		viewer->farewell_ms = viewer->subscriber.farewell_ms;
		REQUIRE(viewer->farewell_ms < 2000);
	}
}

#endif
