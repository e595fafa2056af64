/* SPDX-License-Identifier: MIT */
#ifndef BENCH_VIEWERS_H
#define BENCH_VIEWERS_H

/*
 * The viewers of the load client: they knock, a few at a time, and read what
 * comes.  Some may be slow: they stop reading after the response head.  Some
 * may be guests, who go and come back whenever they are told to.  One thread
 * serves them all.
 */

#include "address.h"
#include "request.h"
#include "stream.h"

enum { MAX_ADDRESSES = 8 };

struct viewers_config {
	struct address addresses[MAX_ADDRESSES]; /* one after the other */
	unsigned n_addresses;
	const char *path;
	bool fastcgi;
	bool gzip;       /* viewers accept it */
	bool resume;     /* guests bring their last event ID along */
	unsigned n;      /* of them all; slow ones or guests are spread */
	unsigned n_slow; /* evenly among them */
	unsigned n_guests;
	unsigned max_knocking;   /* connections being opened at a time */
	int slow_receive_buffer; /* SO_RCVBUF of the slow ones, 0 for default */
};

struct viewer;

struct viewers {
	struct viewers_config config;
	struct tally *tally;
	struct viewer *all;
	struct viewer *queue, **queue_end; /* to be opened, in this order */
	int epoll;
	unsigned knocking;
	unsigned opened; /* streams, not counting a guest's coming back */
	unsigned failed; /* never opened, or refused */
	unsigned ended;  /* by the server */
	unsigned slow_ended;
	uint64_t visits; /* of guests, after the first one */
	uint64_t bytes;  /* received */
	int first_error; /* errno of the first that failed */
	struct request request;
};

/* Ends the program if there is no memory.  Opens none yet. */
void viewers_init(struct viewers *viewers, const struct viewers_config *config,
    struct tally *tally);

/* Opens what may be opened, waits up to so long, reads what has come. */
void viewers_turn(struct viewers *viewers, int timeout_ms);

/* Lets one guest, who is drawn by lot, go and come back. */
void viewers_swap_guest(struct viewers *viewers);

/* Whether every guest has had all events up to total. */
bool viewers_guests_have(const struct viewers *viewers, uint64_t total);

/* Whoever has not been answered yet has failed. */
void viewers_give_up(struct viewers *viewers);

/* How many got the events in another order than the first viewer, or others. */
unsigned viewers_count_reordered(const struct viewers *viewers);

/* Counts as lost what has not come by now; returns how many lack something. */
unsigned viewers_end(struct viewers *viewers, uint64_t total);

#endif
