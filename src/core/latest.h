/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_LATEST_H
#define PIPECAST_CORE_LATEST_H

/*
 * The event that one source of a stream of several sent last, kept for viewers
 * that come before its next one: the events of the other sources may have
 * evicted it from the ring.
 */

#include "core/buffer.h"
#include "core/channel.h"

/*
 * The largest data that is kept.  Each new viewer gets a copy, which takes
 * memory until it is sent.
 */
enum { LATEST_MAX = 16384 };

struct latest {
	struct buffer data;
	struct span type;
	uint64_t seq; /* its number in the stream, 0: nothing is kept */
};

/*
 * Keeps the event of that sequence number instead of the one before.  Its data
 * is copied; its type is borrowed as long as the event is kept.  If the data
 * is too large, or there is no memory, nothing is kept.
 */
void latest_set(struct latest *latest, const struct event *event, uint64_t seq);

/*
 * Writes the event for a new viewer, whose stream goes on right after that
 * sequence number; nothing if that leads to the event itself.  The event gets
 * the id of that place, for when the viewer comes back.
 */
void latest_write(const struct latest *latest,
    const struct channel_config *config, uint64_t seq, struct byte_sink sink);

/* Frees the memory.  Idempotent. */
void latest_fini(struct latest *latest);

#endif
