/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_HUB_STATE_H
#define PIPECAST_CORE_HUB_STATE_H

/*
 * The inside of a hub, for hub.c (subscribing, publishing) and hub_flush.c
 * (writing to subscribers) only.
 */

#include "core/group.h"
#include "core/hub.h"
#include "core/ring.h"

struct hub {
	struct hub_config config;
	struct ring *ring;

	/* Each subscriber is in one of these. */
	struct group caught_up; /* have everything; by quiet_since_ms */
	struct group newcomers; /* their first write is the next flush */
	struct group behind;    /* also written to by the next flush */
	struct group turn;      /* left for the current flush */
	struct group blocked;   /* wait was called */
	struct group laggards;  /* the same, and stalling the sources */
	size_t n_subscribers;
	uint64_t n_dropped; /* since the start */
	uint64_t n_lost;    /* events not yet reported as lost */

	uint64_t leave_ms; /* no subscriber reaches max_age before */
	uint64_t drop_ms;  /* no laggard is dropped before */

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
 * Reports lost events to all viewers, including those that resume here later.
 * Returns 0, or -ENOMEM: a later call reports them.
 */
int hub_tell_losses(struct hub *hub);

/* No subscriber needs anything before this offset any more. */
uint64_t hub_slowest(const struct hub *hub);

/* Whether the ring, up to that end, is full for a subscriber at that cursor. */
bool hub_is_full(const struct hub *hub, uint64_t end, uint64_t cursor);

/*
 * Lets every subscriber go that reaches max_age by then, once it has been sent
 * what is in the ring now.
 */
void hub_let_go(struct hub *hub, uint64_t until_ms, bool with_farewell);

/* Discards what is left of the note. */
void hub_drop_note(struct subscriber *subscriber);

#endif
