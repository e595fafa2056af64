/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_VIEWER_H
#define PIPECAST_TESTS_UNIT_VIEWER_H

/*
 * A viewer for the tests of streams: a transport that takes as much as it is
 * told to and keeps what it took.
 */

#include "helpers.h"
#include "one_stream.h"

#include <errno.h>

#define FIRST_BLOCK ": pipecast\nretry: 2000\n\n"

static const struct stream_config usual = {
    .channel.identity = "id",
    .channel.gap_event = "gap",
    .channel.end_event = "end",
    .channel.retry_ms = 2000,
    .fan_out.heartbeat_ms = 15000,
    .fan_out.patience_ms = UINT64_MAX,
    .channel.history = 1000,
    .fan_out.seed = 1,
};

/* A viewer whose transport takes as much as it is told to. */
struct viewer {
	struct subscriber subscriber;
	struct bytes got;
	size_t room;    /* bytes it takes before -EAGAIN */
	size_t at_most; /* in one send */
	int error;
	unsigned n_sends, n_waits, n_done;
	int done_error;
	struct viewer *detaches;                  /* when it is done */
	void (*on_done)(struct viewer *, void *); /* the same, if set */
	void *ctx;
	bool frees_itself;
};

static inline ssize_t
viewer_send(void *ctx, const struct iovec *iov, int n)
{
	struct viewer *viewer = ctx;
	size_t left =
	    viewer->room < viewer->at_most ? viewer->room : viewer->at_most;
	size_t taken = 0;

	cr_assert_eq(viewer->n_done, 0);
	cr_assert_gt(n, 0);
	viewer->n_sends++;
	if (viewer->error)
		return viewer->error;
	for (int i = 0; i < n; i++) {
		size_t part = iov[i].iov_len < left ? iov[i].iov_len : left;

		cr_assert_gt(iov[i].iov_len, 0);
		if (part == 0)
			break; /* or bytes_put would allocate */
		bytes_put(&viewer->got, iov[i].iov_base, part);
		taken += part;
		left -= part;
	}
	if (viewer->room != SIZE_MAX)
		viewer->room -= taken;
	return taken > 0 ? (ssize_t)taken : -EAGAIN;
}

static inline void
viewer_wait(void *ctx)
{
	struct viewer *viewer = ctx;

	viewer->n_waits++;
}

static inline void
viewer_done(void *ctx, int error)
{
	struct viewer *viewer = ctx;

	cr_assert_null(viewer->subscriber.fan_out);
	viewer->n_done++;
	viewer->done_error = error;
	fan_out_detach(&viewer->subscriber);
	if (viewer->detaches)
		fan_out_detach(&viewer->detaches->subscriber);
	if (viewer->on_done)
		viewer->on_done(viewer, viewer->ctx);
	if (viewer->frees_itself) {
		bytes_free(&viewer->got);
		free(viewer);
	}
}

static const struct transport transport = {
    viewer_send, viewer_wait, viewer_done};

static inline void
viewer_init(struct viewer *viewer)
{
	*viewer = (struct viewer){
	    .subscriber = {.transport = &transport, .ctx = viewer},
	    .room = SIZE_MAX,
	    .at_most = SIZE_MAX,
	};
}

static inline void
attach_at(struct stream *stream, struct viewer *viewer, struct span head,
    struct span last_event_id, uint64_t replay, uint64_t now_ms)
{
	struct channel_resume resume = {
	    .last_event_id = last_event_id, .replay = replay};
	char *copy = copy_of(head);

	viewer_init(viewer);
	cr_assert_eq(fan_out_attach(stream->fan_out, &viewer->subscriber,
			 (struct span){copy, head.n}, &resume, now_ms),
	    0);
	free(copy);
}

static inline void
attach(struct stream *stream, struct viewer *viewer)
{
	attach_at(stream, viewer, ABSENT, ABSENT, 0, 0);
}

static inline void
attach_after(
    struct stream *stream, struct viewer *viewer, struct span last_event_id)
{
	attach_at(stream, viewer, ABSENT, last_event_id, 0, 0);
}

static inline void
viewer_fini(struct viewer *viewer)
{
	fan_out_detach(&viewer->subscriber);
	bytes_free(&viewer->got);
}

/* Its transport can take more, and the turn ends. */
static inline void
viewer_writable(struct viewer *viewer, uint64_t now_ms)
{
	struct fan_out *fan_out = viewer->subscriber.fan_out;

	fan_out_writable(&viewer->subscriber);
	if (fan_out)
		fan_out_flush(fan_out, now_ms);
}

/* What the viewer got since the last look. */
static inline void
check_got(struct viewer *viewer, struct span wanted)
{
	assert_span(bytes_span(&viewer->got), wanted);
	viewer->got.n = 0;
}

static inline void
publish_data(struct stream *stream, const char *data)
{
	struct event event = EVENT_NONE;

	event.data = span_of(data);
	cr_assert_eq(channel_publish(stream->channel, &event), 0);
}

static inline void
publish_with_id(struct stream *stream, const char *id, const char *data)
{
	struct event event = EVENT_NONE;

	event.data = span_of(data);
	event.id = span_of(id);
	cr_assert_eq(channel_publish(stream->channel, &event), 0);
}

#endif
