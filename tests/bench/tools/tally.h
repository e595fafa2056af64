/* SPDX-License-Identifier: MIT */
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

/*
 * The tally: what all viewers together have received, what was lost, came
 * twice or out of order, and how late it was.  Events are numbered from 1.
 *
 * Latencies go into a histogram of 32 steps a power of two, each about 3 %
 * wide.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LATENCY_STEPS = 32,
	LATENCY_BUCKETS = 64 * LATENCY_STEPS,
	/* How many events the fastest viewer may be ahead of the slowest. */
	MAX_SPREAD = 1 << 17,
	/* How late an event may come and be told from one that came before. */
	SEEN_BITS = 1024,
};

/* What one viewer has received. */
struct track {
	uint64_t next;  /* the number expected, 0 to begin with any */
	bool awaited;   /* the tally's low waits for this viewer */
	uint64_t order; /* a hash of all received, one after the other */
	/* Whether those before next were received: bit seq modulo its size. */
	uint64_t seen[SEEN_BITS / 64];
};

struct tally {
	uint64_t deliveries, lost, dup, ooo;
	uint64_t other; /* events without a number */
	uint64_t comments;
	uint64_t n_gzip; /* responses that were compressed */
	uint64_t late;   /* deliveries later than that: */
	uint64_t late_ns;
	uint64_t first_ns; /* when the first event was published */
	uint64_t last_ns;  /* when the last one was received */
	uint64_t max_seq;
	uint64_t low; /* every viewer awaited has events 1 to low */
	unsigned n_awaited;
	uint32_t passed[MAX_SPREAD]; /* by how many of them, above low */
	uint64_t latency[LATENCY_BUCKETS];
	uint64_t latency_max_ns;
};

/* From now on low waits for the viewer, who expects the first event. */
void tally_await(struct tally *tally, struct track *track);

/* The viewer has left: low waits for it no more. */
void tally_forgo(struct tally *tally, struct track *track);

/* The viewer has received the event. */
void tally_event(struct tally *tally, struct track *track, uint64_t seq,
    uint64_t published_ns, uint64_t now);

/* Moves low up to where it may be. */
void tally_advance(struct tally *tally);

/* No event after total will come: what the viewer has not got is lost. */
void tally_end(struct tally *tally, struct track *track, uint64_t total);

/* The latency that a part q (0 to 1) of the deliveries kept, in ns. */
uint64_t tally_quantile_ns(const struct tally *tally, double q);

#endif
