/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_VIEWER_H
#define PIPECAST_TESTS_UNIT_VIEWER_H

/* A stream of one channel, and viewers of it. */

#include "one_stream.h"
#include "viewer_transport.h"

static struct compression compression = {.max = 4};

static const struct stream_config usual = {
    .channel.identity = "id",
    .channel.gap_event = "gap",
    .channel.end_event = "end",
    .channel.retry_ms = 2000,
    .fan_out.heartbeat_ms = 15000,
    .fan_out.patience_ms = UINT64_MAX,
    .fan_out.compression = &compression,
    .channel.history = 1000,
    .fan_out.seed = 1,
};

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

/* Its transport can take more, and the turn ends. */
static inline void
viewer_writable(struct viewer *viewer, uint64_t now_ms)
{
	struct fan_out *fan_out = viewer->subscriber.fan_out;

	fan_out_writable(&viewer->subscriber);
	if (fan_out)
		fan_out_flush(fan_out, now_ms);
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
