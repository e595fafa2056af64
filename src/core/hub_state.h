/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_HUB_STATE_H
#define PIPECAST_CORE_HUB_STATE_H

/*
 * A hub from within, for hub.c (who subscribes, what is published) and
 * hub_flush.c (what is written to whom) alone.
 */

#include "core/group.h"
#include "core/hub.h"
#include "core/ring.h"

struct hub {
	struct hub_config config;
	struct ring *ring;

	/* Each subscriber is in one of these. */
	struct group caught_up; /* has everything; by quiet_since_ms */
	struct group newcomers; /* the next flush is the first to write to */
	struct group behind;    /* the next flush writes to as well */
	struct group turn;      /* this flush has still to deal with */
	struct group blocked;   /* wait was called */
	struct group laggards;  /* the same, and in the way */
	size_t n_subscribers;
	uint64_t n_dropped; /* in all */
	uint64_t n_lost;    /* events that are still to be told of */

	uint64_t leave_ms; /* nobody reaches max_age before */
	uint64_t drop_ms;  /* patience runs out with no laggard before */

	uint64_t end_event; /* its offset, once ended */
	bool ended;
	uint32_t random;
};

static inline uint64_t
hub_earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Jitter: a number from 0 to n - 1; 0 for n = 0. */
uint32_t hub_random_below(struct hub *hub, uint32_t n);

/*
 * Tells everybody of the events that were lost, those included who come back to
 * this place later.  Returns 0 or -ENOMEM: they are told of another time.
 */
int hub_tell_losses(struct hub *hub);

/* No subscriber has still to be sent anything before this offset. */
uint64_t hub_slowest(const struct hub *hub);

/* Whether the ring is full to that end for who still is at the cursor. */
bool hub_is_full(const struct hub *hub, uint64_t end, uint64_t cursor);

/*
 * Lets everyone go who reaches max_age by then, once they have been sent what
 * is in the ring now.
 */
void hub_let_go(struct hub *hub, uint64_t until_ms, bool with_farewell);

/* What is left of the note is not to be sent any more. */
void hub_drop_note(struct subscriber *subscriber);

#endif
