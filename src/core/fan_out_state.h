/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_FAN_OUT_STATE_H
#define PIPECAST_CORE_FAN_OUT_STATE_H

/*
 * The inside of a fan-out, for fan_out.c (subscribing) and fan_out_flush.c
 * (writing to subscribers) only.
 */

#include "core/group.h"
#include "core/fan_out.h"
#include "core/jitter.h"

struct fan_out {
	struct channel_reader reader; /* first */
	struct fan_out_config config;
	struct channel *channel;
	const struct channel_config *stream; /* the channel's */
	const struct ring *ring;             /* the same */

	/* Each subscriber is in one of these. */
	struct group caught_up; /* have everything; by quiet_since_ms */
	struct group newcomers; /* their first write is the next flush */
	struct group behind;    /* also written to by the next flush */
	struct group turn;      /* left for the current flush */
	struct group blocked;   /* wait was called */
	struct group laggards;  /* the same, and stalling the sources */
	size_t n_subscribers;
	uint64_t n_dropped; /* since the start */

	uint64_t leave_ms; /* no subscriber reaches max_age before */
	uint64_t drop_ms;  /* no laggard is dropped before */

	struct jitter jitter;
};

static inline uint64_t
fan_out_earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Whether the ring, up to that end, is full for a subscriber at that cursor. */
bool fan_out_is_full(
    const struct fan_out *fan_out, uint64_t end, uint64_t cursor);

/*
 * Lets every subscriber go that reaches max_age by then, once it has been sent
 * what is in the ring now.
 */
void fan_out_let_go(
    struct fan_out *fan_out, uint64_t until_ms, bool with_farewell);

/* Discards what is left of the note. */
void fan_out_drop_note(struct subscriber *subscriber);

#endif
