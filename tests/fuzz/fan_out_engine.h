/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_FUZZ_FAN_OUT_ENGINE_H
#define PIPECAST_TESTS_FUZZ_FAN_OUT_ENGINE_H

/*
 * Two channels of one stream with a fan-out each, of which the second gets its
 * events late, played by bytes against a model that looks at every viewer every
 * time: what each was sent and when, who was dropped, whether there is room,
 * and when the next flush is due.  libFuzzer chooses the bytes, or a seed.
 */

#include "core/event_id.h"
#include "core/gap.h"

#include "../unit/one_stream.h"
#include "fuzz.h"

#include <errno.h>

enum { MAX_BLOCKS = 2000, N_VIEWERS = 6, N_STREAMS = 2 };

#define HEAD "HEAD\r\n\r\n"

/* A viewer, and what is known about it without asking its fan-out. */
struct viewer {
	struct subscriber subscriber;
	struct bytes got;
	size_t room;    /* bytes it takes before -EAGAIN */
	size_t at_most; /* in one send */
	int error;      /* of its transport */
	unsigned n_sends, n_waits, n_done;
	int done_error;

	bool is_there;
	size_t stream;
	struct bytes wanted; /* what it should have got up to now */
	struct bytes note;   /* to be sent before the rest of the log */
	size_t cursor;       /* in the log */
	size_t stop_at;      /* SIZE_MAX: it stays */
	uint64_t leave_at_ms;
	uint32_t farewell_ms;
	bool is_new;   /* was not written to yet */
	bool waits;    /* to be told that it can take more */
	bool is_stuck; /* its last send left something */
	bool is_in_the_way;
	uint64_t quiet_since_ms;
	uint64_t spent_at_ms, spent; /* patience, in tenths of a ms */
	unsigned wants_sends, wants_waits, wants_done;
	int wants_error;
};

struct block {
	size_t offset; /* in the log */
	bool is_event, is_end;
	bool own_id;
	uint64_t n_lost; /* that it tells of; it is no event then */
	unsigned kind;   /* and size of the event */
};

struct play {
	struct stream_config config;
	struct input input;
	uint64_t now_ms;
	struct bytes log; /* everything published, as it is encoded */
	struct block blocks[MAX_BLOCKS + 1];
	size_t n_blocks;
	struct {
		struct stream *stream;
		size_t n_blocks; /* published there */
		bool was_left;   /* since its last flush */
		uint64_t n_dropped;
	} streams[N_STREAMS];
	struct viewer viewers[N_VIEWERS];
	/* How much happened, for a driver that wants to know. */
	unsigned n_dropped, n_moved, n_gaps, n_farewells;
};

/* The transport. */

static ssize_t
viewer_send(void *ctx, const struct iovec *iov, int n)
{
	struct viewer *viewer = ctx;
	size_t left =
	    viewer->room < viewer->at_most ? viewer->room : viewer->at_most;
	size_t taken = 0;

	REQUIRE(viewer->is_there && viewer->n_done == 0);
	REQUIRE(n >= 1 && n <= 3);
	viewer->n_sends++;
	if (viewer->error)
		return viewer->error;
	for (int i = 0; i < n; i++) {
		size_t part = iov[i].iov_len < left ? iov[i].iov_len : left;

		REQUIRE(iov[i].iov_len > 0);
		bytes_put(&viewer->got, iov[i].iov_base, part);
		taken += part;
		left -= part;
	}
	if (viewer->room != SIZE_MAX)
		viewer->room -= taken;
	return taken > 0 ? (ssize_t)taken : -EAGAIN;
}

static void
viewer_wait(void *ctx)
{
	struct viewer *viewer = ctx;

	viewer->n_waits++;
}

static void
viewer_done(void *ctx, int error)
{
	struct viewer *viewer = ctx;

	REQUIRE(viewer->subscriber.state == SUBSCRIBER_DETACHED);
	viewer->n_done++;
	viewer->done_error = error;
}

static const struct transport transport = {
    viewer_send, viewer_wait, viewer_done};

/* The log. */

static size_t
end_of(const struct play *play, size_t s)
{
	return play->blocks[play->streams[s].n_blocks].offset;
}

static bool
has_ended(const struct play *play, size_t s)
{
	size_t n = play->streams[s].n_blocks;

	return n > 0 && play->blocks[n - 1].is_end;
}

static uint64_t
events_before(const struct play *play, size_t offset)
{
	uint64_t n = 0;

	for (size_t b = 0; play->blocks[b].offset < offset; b++)
		n += play->blocks[b].is_event;
	return n;
}

/* The event of a block; id receives the one of its own, or the stream's. */
static struct event
event_of(const struct play *play, size_t b, bool with_id, char *id)
{
	static const char text[] = "data\nwith lines \xff and more of it";
	const struct block *block = &play->blocks[b];
	unsigned kind = block->kind, size = kind / 8;
	uint64_t seq = events_before(play, block->offset) + 1;
	struct event event = EVENT_NONE;

	if (kind % 8 == 0)
		event.comment = LITERAL("a comment");
	else if (kind % 8 == 1)
		event.retry_ms = kind;
	else
		event.data =
		    (struct span){text, size < sizeof(text) ? size : 0};
	if (block->own_id) {
		snprintf(id, EVENT_ID_SIZE, "own%llu", (unsigned long long)b);
		event.id = span_of(id);
	} else if (with_id && block->is_event) {
		event.id = event_id_of_sequence(id, "id", seq);
	}
	return event;
}

static void
write_block(struct play *play, size_t b)
{
	struct event event;
	char data[GAP_DATA_SIZE], id[EVENT_ID_SIZE];

	if (play->blocks[b].is_end) {
		event = EVENT_NONE;
		event.id = LITERAL("pipecast-end");
		event.type = LITERAL("end");
		event.data = LITERAL("{}");
	} else if (play->blocks[b].n_lost > 0) {
		event =
		    gap_event(data, "gap", LITERAL(""), play->blocks[b].n_lost);
	} else {
		event = event_of(play, b, true, id);
	}
	stream_write_event(
	    play->config.channel.dialect, &event, bytes_sink(&play->log));
	play->blocks[b + 1].offset = play->log.n;
}

/* Publishes the next block in one of the streams. */
static void
publish_in(struct play *play, size_t s)
{
	size_t b = play->streams[s].n_blocks++;
	struct channel *channel = play->streams[s].stream->channel;
	struct event event;
	char id[EVENT_ID_SIZE];

	if (play->blocks[b].is_end) {
		channel_end(channel, LITERAL("{}"));
		for (size_t i = 0; i < N_VIEWERS; i++)
			if (play->viewers[i].is_there &&
			    play->viewers[i].stream == s &&
			    play->viewers[i].stop_at == SIZE_MAX)
				play->viewers[i].stop_at = end_of(play, s);
	} else if (play->blocks[b].n_lost > 0) {
		channel_lose(channel, play->blocks[b].n_lost);
		REQUIRE(channel_tell_losses(channel) == 0);
	} else {
		event = event_of(play, b, false, id);
		REQUIRE(channel_publish(channel, &event) == 0);
	}
	REQUIRE(ring_end(channel_ring(channel)) == end_of(play, s));
}

/* The first stream gets a new block. */
static void
publish(struct play *play, struct block block)
{
	size_t b = play->n_blocks;

	if (b == MAX_BLOCKS || (b > 0 && play->blocks[b - 1].is_end))
		return;
	block.offset = play->log.n;
	play->blocks[b] = block;
	write_block(play, b);
	play->n_blocks++;
	publish_in(play, 0);
}

static void
publish_event(struct play *play)
{
	unsigned kind = take_byte(&play->input);
	bool is_event = kind % 8 > 1;

	publish(play,
	    (struct block){
		.kind = kind, .is_event = is_event, .own_id = kind % 8 == 7});
}

static void
publish_late(struct play *play)
{
	if (play->streams[1].n_blocks < play->n_blocks)
		publish_in(play, 1);
}

/* Resuming. */

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
	event.comment = LITERAL("pipecast");
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
	size_t s = take_byte(&play->input) % N_STREAMS;
	uint64_t max_age_ms = play->config.fan_out.max_age_ms;
	struct place place;
	struct stream *stream = play->streams[s].stream;

	choose_place(play, s, &place);
	REQUIRE(channel_can_resume(stream->channel,
		    place.resume.last_event_id) == !place.has_gap);
	*viewer = (struct viewer){
	    .subscriber = {.transport = &transport, .ctx = viewer},
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
}

static void
let_go(struct play *play, struct viewer *viewer)
{
	play->streams[viewer->stream].was_left = true;
	fan_out_detach(&viewer->subscriber);
	bytes_free(&viewer->got);
	bytes_free(&viewer->wanted);
	bytes_free(&viewer->note);
	*viewer = (struct viewer){0};
}

static void
move(struct play *play, struct viewer *viewer)
{
	size_t other = 1 - viewer->stream;
	struct fan_out *to = play->streams[other].stream->fan_out;
	struct place place = {0};
	bool can = !viewer->waits && viewer->note.n == 0 &&
	    viewer->stop_at == SIZE_MAX &&
	    viewer->cursor == end_of(play, viewer->stream);

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

/* Flushing. */

static bool
is_full_for(const struct play *play, const struct viewer *viewer)
{
	size_t unsent = end_of(play, viewer->stream) - viewer->cursor;

	return unsent > 0 && unsent >= play->config.channel.history;
}

static void
check_room(const struct play *play, size_t s)
{
	bool has_room = true;

	for (size_t i = 0; i < N_VIEWERS; i++) {
		const struct viewer *viewer = &play->viewers[i];

		if (viewer->is_there && viewer->stream == s &&
		    !viewer->is_new && is_full_for(play, viewer))
			has_room = false;
	}
	if (has_room && play->streams[s].was_left)
		return; /* the next flush will see that */
	REQUIRE(channel_has_room(play->streams[s].stream->channel) == has_room);
}

static uint64_t
patience_left(const struct play *play, const struct viewer *viewer)
{
	uint64_t patience_ms = play->config.fan_out.patience_ms;
	uint64_t spent_ms = play->now_ms - viewer->quiet_since_ms;

	if (patience_ms == UINT64_MAX)
		return UINT64_MAX;
	if (viewer->spent / 10 > spent_ms)
		spent_ms = viewer->spent / 10;
	return spent_ms < patience_ms ? patience_ms - spent_ms : 0;
}

static void
spend(const struct play *play, struct viewer *viewer)
{
	uint64_t passed_ms = play->now_ms - viewer->spent_at_ms;

	viewer->spent_at_ms = play->now_ms;
	if (viewer->is_in_the_way)
		viewer->spent += 10 * passed_ms;
	else
		viewer->spent -=
		    passed_ms < viewer->spent ? passed_ms : viewer->spent;
}

/* Where its next send ends in the log. */
static size_t
offer_end(const struct play *play, const struct viewer *viewer)
{
	size_t end = end_of(play, viewer->stream);

	return viewer->stop_at < end ? viewer->stop_at : end;
}

/* A note for a viewer that has everything.  Returns whether there is one. */
static bool
add_note(struct play *play, struct viewer *viewer)
{
	const struct fan_out_config *config = &play->config.fan_out;
	struct event retry = EVENT_NONE;

	if (viewer->stop_at == SIZE_MAX && config->heartbeat_ms > 0 &&
	    play->now_ms - viewer->quiet_since_ms >= config->heartbeat_ms) {
		sink_span(bytes_sink(&viewer->note),
		    stream_heartbeat(play->config.channel.dialect));
	} else if (viewer->stop_at < SIZE_MAX &&
	    viewer->farewell_ms != NO_FAREWELL) {
		retry.retry_ms = 2000 + (int64_t)viewer->farewell_ms;
		viewer->farewell_ms = NO_FAREWELL;
		play->n_farewells++;
		stream_write_event(play->config.channel.dialect, &retry,
		    bytes_sink(&viewer->note));
	}
	return viewer->note.n > 0;
}

/* One send, and what the viewer takes of it. */
static void
take(struct play *play, struct viewer *viewer, size_t *room)
{
	size_t to = offer_end(play, viewer);
	size_t offered = viewer->note.n + to - viewer->cursor, n = offered;
	size_t of_note;

	viewer->wants_sends++;
	if (n > *room)
		n = *room;
	if (n > viewer->at_most)
		n = viewer->at_most;
	if (*room != SIZE_MAX)
		*room -= n;
	if (n > 0 || !viewer->is_stuck)
		viewer->quiet_since_ms = play->now_ms;
	of_note = n < viewer->note.n ? n : viewer->note.n;
	bytes_put(&viewer->wanted, viewer->note.at, of_note);
	if (n > of_note)
		bytes_put(&viewer->wanted, play->log.at + viewer->cursor,
		    n - of_note);
	viewer->note.n -= of_note;
	if (viewer->note.n > 0)
		memmove(
		    viewer->note.at, viewer->note.at + of_note, viewer->note.n);
	viewer->cursor += n - of_note;
	viewer->waits = viewer->is_stuck = n < offered;
	viewer->wants_waits += viewer->waits;
}

static void
be_done(struct viewer *viewer, int error)
{
	viewer->wants_done = 1;
	viewer->wants_error = error;
}

/* Before the flush: all that it is to do for the viewer. */
static void
expect(struct play *play, struct viewer *viewer)
{
	size_t room = viewer->room;

	spend(play, viewer);
	if (viewer->stop_at == SIZE_MAX && play->now_ms >= viewer->leave_at_ms)
		viewer->stop_at = end_of(play, viewer->stream);
	while (!viewer->waits && viewer->wants_done == 0) {
		if (viewer->note.n > 0 ||
		    viewer->cursor < offer_end(play, viewer) ||
		    add_note(play, viewer)) {
			if (viewer->error) {
				viewer->wants_sends++;
				be_done(viewer, viewer->error);
			} else {
				take(play, viewer, &room);
			}
		} else if (viewer->stop_at < SIZE_MAX) {
			be_done(viewer, 0);
		} else {
			break;
		}
	}
	viewer->is_new = false;
	viewer->is_in_the_way = viewer->waits && is_full_for(play, viewer);
	if (viewer->is_in_the_way && patience_left(play, viewer) == 0)
		be_done(viewer, -ETIMEDOUT);
}

/* After the flush: whether it did.  Returns when the next one is due. */
static uint64_t
check_viewer(struct play *play, struct viewer *viewer)
{
	uint64_t heartbeat_ms = play->config.fan_out.heartbeat_ms;
	uint64_t due_ms = UINT64_MAX;

	REQUIRE(
	    span_equal(bytes_span(&viewer->got), bytes_span(&viewer->wanted)));
	REQUIRE(viewer->n_sends == viewer->wants_sends);
	REQUIRE(viewer->n_waits == viewer->wants_waits);
	REQUIRE(viewer->n_done == viewer->wants_done);
	if (viewer->n_done > 0) {
		REQUIRE(viewer->done_error == viewer->wants_error);
		if (viewer->done_error == -ETIMEDOUT) {
			play->n_dropped++;
			play->streams[viewer->stream].n_dropped++;
		}
		let_go(play, viewer);
		return due_ms;
	}
	if (viewer->stop_at == SIZE_MAX && viewer->leave_at_ms < UINT64_MAX)
		due_ms = viewer->leave_at_ms - play->now_ms;
	if (viewer->is_in_the_way && patience_left(play, viewer) < due_ms)
		due_ms = patience_left(play, viewer);
	if (!viewer->waits && heartbeat_ms > 0 &&
	    viewer->quiet_since_ms + heartbeat_ms - play->now_ms < due_ms)
		due_ms = viewer->quiet_since_ms + heartbeat_ms - play->now_ms;
	return due_ms;
}

/* Of a stream that forgets, only the blocks that a viewer needs are left. */
static void
check_forgotten(const struct play *play, size_t s)
{
	size_t start = ring_start(ring_of(play, s)), from = SIZE_MAX, b = 0;

	for (size_t i = 0; i < N_VIEWERS; i++)
		if (play->viewers[i].is_there && play->viewers[i].stream == s &&
		    play->viewers[i].cursor < from)
			from = play->viewers[i].cursor;
	if (from == SIZE_MAX || start == end_of(play, s))
		return;
	while (play->blocks[b].offset <= start)
		b++;
	REQUIRE(play->blocks[b].offset > from);
}

static void
check_counts(const struct play *play, size_t s)
{
	const struct fan_out *fan_out = play->streams[s].stream->fan_out;
	size_t n_there = 0;

	for (size_t i = 0; i < N_VIEWERS; i++)
		n_there +=
		    play->viewers[i].is_there && play->viewers[i].stream == s;
	REQUIRE(fan_out_n_subscribers(fan_out) == n_there);
	REQUIRE(fan_out_n_dropped(fan_out) == play->streams[s].n_dropped);
}

static void
flush(struct play *play, size_t s)
{
	struct fan_out *fan_out = play->streams[s].stream->fan_out;
	uint64_t next_ms, wanted_ms = UINT64_MAX;
	bool is_full = false;

	for (size_t i = 0; i < N_VIEWERS; i++)
		if (play->viewers[i].is_there && play->viewers[i].stream == s)
			expect(play, &play->viewers[i]);
	next_ms = fan_out_flush(fan_out, play->now_ms);
	for (size_t i = 0; i < N_VIEWERS; i++) {
		struct viewer *viewer = &play->viewers[i];
		uint64_t due_ms;

		if (!viewer->is_there || viewer->stream != s)
			continue;
		due_ms = check_viewer(play, viewer);
		wanted_ms = due_ms < wanted_ms ? due_ms : wanted_ms;
		is_full =
		    is_full || (viewer->is_there && viewer->is_in_the_way);
	}
	play->streams[s].was_left = false;
	check_room(play, s);
	REQUIRE(next_ms > 0 && next_ms <= wanted_ms);
	/* a laggard may have gained time, and one that was to leave has left */
	if (!is_full && play->config.fan_out.max_age_ms == 0)
		REQUIRE(next_ms == wanted_ms);
	REQUIRE(next_ms == fan_out_next_flush(fan_out));
	check_counts(play, s);
	if (play->config.channel.forget)
		check_forgotten(play, s);
}

/* Operations. */

static void
make_room(struct play *play, struct viewer *viewer)
{
	unsigned how = take_byte(&play->input);

	viewer->room = how % 3 == 0 ? SIZE_MAX : take_number(&play->input, 400);
	viewer->at_most = how % 5 == 0 ? 1 + how : SIZE_MAX;
	if (how & 64)
		return; /* and does not say so */
	fan_out_writable(&viewer->subscriber);
	viewer->waits = false;
}

static void
operate_on(struct play *play, struct viewer *viewer, unsigned what)
{
	if (!viewer->is_there)
		attach(play, viewer);
	else if (what == 0)
		let_go(play, viewer);
	else if (what == 1)
		viewer->error = -EPIPE;
	else if (what < 4)
		move(play, viewer);
	else
		make_room(play, viewer);
}

static void
operate(struct play *play)
{
	unsigned operation = take_byte(&play->input);
	unsigned what = operation % 16, which = operation / 16;

	if (what < 7) {
		operate_on(play, &play->viewers[which % N_VIEWERS], what);
	} else if (what == 7) {
		play->now_ms += take_number(&play->input, 2000);
	} else if (what < 11) {
		flush(play, which % N_STREAMS);
	} else if (what == 11) {
		for (unsigned n = 0; n <= which; n++)
			publish_late(play);
	} else if (what == 12) {
		publish(play,
		    (struct block){.n_lost = 1 + take_number(&play->input, 3)});
	} else if (what == 13 && which == 0) {
		if (take_byte(&play->input) < 16)
			drain(play, take_byte(&play->input) % N_STREAMS);
		else if (take_byte(&play->input) < 2)
			publish(play,
			    (struct block){.is_event = true, .is_end = true});
	} else {
		publish_event(play);
	}
	check_room(play, 0);
	check_room(play, 1);
}

static void
configure(struct play *play)
{
	unsigned how = take_byte(&play->input);

	play->config = (struct stream_config){
	    .channel.dialect =
		how & 1 ? DIALECT_DOM_EVENT_STREAM : DIALECT_EVENT_STREAM,
	    .channel.identity = "id",
	    .channel.gap_event = "gap",
	    .channel.end_event = "end",
	    .channel.retry_ms = 2000,
	    .channel.history = take_number(&play->input, 3000),
	    .channel.forget = how & 8,
	    .fan_out.heartbeat_ms = how & 2 ? 1000 : 0,
	    .fan_out.max_age_ms = how & 4 ? 5000 : 0,
	    .fan_out.patience_ms = UINT64_MAX,
	    .fan_out.seed = how,
	};
	if (how & 16)
		play->config.fan_out.patience_ms =
		    take_number(&play->input, 3000);
}

/* Everybody can take all there is, and so gets it. */
static void
finish(struct play *play)
{
	publish(play, (struct block){.is_event = true, .is_end = true});
	while (play->streams[1].n_blocks < play->n_blocks)
		publish_late(play);
	for (size_t i = 0; i < N_VIEWERS; i++) {
		struct viewer *viewer = &play->viewers[i];

		viewer->room = viewer->at_most = SIZE_MAX;
		viewer->waits = false;
		if (viewer->is_there)
			fan_out_writable(&viewer->subscriber);
	}
	for (size_t s = 0; s < N_STREAMS; s++)
		flush(play, s);
	for (size_t i = 0; i < N_VIEWERS; i++)
		REQUIRE(
		    play->n_blocks == MAX_BLOCKS || !play->viewers[i].is_there);
}

/* Plays all of the bytes; the caller's play tells what happened. */
static void
play_bytes(struct play *play, const uint8_t *data, size_t size)
{
	*play = (struct play){.input = {data, size}};
	configure(play);
	for (size_t s = 0; s < N_STREAMS; s++)
		play->streams[s].stream = stream_create(&play->config);
	while (play->input.n > 0)
		operate(play);
	finish(play);
	for (size_t i = 0; i < N_VIEWERS; i++)
		if (play->viewers[i].is_there)
			let_go(play, &play->viewers[i]);
	for (size_t s = 0; s < N_STREAMS; s++)
		stream_destroy(play->streams[s].stream);
	bytes_free(&play->log);
}

#endif
