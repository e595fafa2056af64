/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_FUZZ_FAN_OUT_LOG_H
#define PIPECAST_TESTS_FUZZ_FAN_OUT_LOG_H

/*
 * What the engine of the fan-out knows: its viewers, and the log of all that
 * was published, as it is encoded.
 */

#include "core/event_id.h"
#include "core/gap.h"

#include "core/deflater.h"

#include "../unit/gunzip.h"
#include "../unit/one_stream.h"
#include "fuzz.h"

#include <errno.h>

enum { MAX_BLOCKS = 2000, N_VIEWERS = 6, N_STREAMS = 2 };

#define HEAD "HEAD\r\n\r\n"

/* A viewer, and what is known about it without asking its fan-out. */
struct viewer {
	struct subscriber subscriber;
	struct gunzip gunzip;
	struct bytes got; /* as text */
	size_t n_taken;   /* bytes, as they were sent, */
	size_t had_taken; /* and before this flush */
	size_t room;      /* bytes it takes before -EAGAIN */
	size_t at_most;   /* in one send */
	int error;        /* of its transport */
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
	struct compression compression;
	/* How much happened, for a driver that wants to know. */
	unsigned n_dropped, n_moved, n_gaps, n_farewells, n_shares;
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
	REQUIRE(n >= 1 && n <= SUBSCRIBER_PARTS);
	viewer->n_sends++;
	if (viewer->error)
		return viewer->error;
	for (int i = 0; i < n; i++) {
		size_t part = iov[i].iov_len < left ? iov[i].iov_len : left;

		REQUIRE(iov[i].iov_len > 0);
		if (viewer->subscriber.is_gzip)
			gunzip_put(&viewer->gunzip, iov[i].iov_base, part,
			    &viewer->got);
		else
			bytes_put(&viewer->got, iov[i].iov_base, part);
		taken += part;
		left -= part;
	}
	if (viewer->room != SIZE_MAX)
		viewer->room -= taken;
	viewer->n_taken += taken;
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

/*
 * From where the channel keeps the log for the viewer.  Of a compressed chunk,
 * all is kept until the viewer has all.
 */
static size_t
held_from(const struct viewer *viewer)
{
	size_t from = viewer->cursor;

	if (viewer->subscriber.is_gzip) {
		REQUIRE(viewer->subscriber.cursor <= from);
		from = viewer->subscriber.cursor;
	}
	return from;
}

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

#endif
