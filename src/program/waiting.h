/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_WAITING_H
#define PIPECAST_PROGRAM_WAITING_H

/*
 * Viewers that wait until the sources of their stream have read their past: in
 * the middle of that, neither the events they are to be sent nor a gap are
 * known yet.  Meanwhile each gets the head, the first block and heartbeats,
 * from a channel and a fan-out of its own.
 */

#include "program/stream.h"

/* Each has a channel, so further viewers are asked to retry. */
enum { WAITING_MAX = 64 };

/* All of them. */
struct waitings {
	struct link list;
	size_t n;
	struct scheduler *scheduler; /* borrowed */
	/*
	 * Upward: lets the subscriber begin in the stream, whose past was read.
	 * Returns whether that is possible now, as fan_out_transfer.
	 */
	bool (*take_in)(void *ctx, struct stream *stream,
	    struct subscriber *subscriber, const struct channel_resume *resume);
	void *ctx;
};

/*
 * Adds a viewer, as it wants to begin in the stream (resume is copied).
 * *fan_out receives where the subscriber is to be attached before the turn
 * ends, without resuming.  Returns 0, -EBUSY if there are too many already, or
 * -ENOMEM.
 */
int waiting_start(struct waitings *waitings, struct stream *stream,
    struct subscriber *subscriber, const struct channel_resume *resume,
    struct fan_out **fan_out);

/* The past of the stream was read. */
void waitings_wake(struct waitings *waitings, const struct stream *stream);

/* As fan_out_drain of each. */
void waitings_drain(struct waitings *waitings);

/* Ends all of them; the viewers must have been detached. */
void waitings_fini(struct waitings *waitings);

#endif
