/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_SUBSCRIBER_H
#define PIPECAST_CORE_SUBSCRIBER_H

/*
 * A subscriber: a cursor into a channel's ring and a transport to write to.  It
 * lives in its gateway's memory; between fan_out_attach and fan_out_detach the
 * fan-out holds a pointer to it.  Nothing in it grows with its backlog.
 *
 * Its note holds bytes that are not in the ring and go out between two events:
 * the response head with the first block, a heartbeat, how many subscribers
 * there are, or a farewell.
 *
 * If is_gzip is set, it gets all but the response head as a gzip member.
 */

#include "core/gzip_member.h"
#include "core/list.h"

#include <assert.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

struct fan_out;

/* The most parts that a fan-out offers at once. */
enum { SUBSCRIBER_PARTS = 5 };

/* How bytes reach a viewer; implemented by the gateways. */
struct transport {
	/*
	 * Writes without blocking.  Returns how many bytes were taken (which
	 * may be fewer than offered), -EAGAIN for none at the moment, or
	 * another negative errno if the viewer is gone.  The bytes offered next
	 * begin with those that were not taken.
	 */
	ssize_t (*send)(void *ctx, const struct iovec *iov, int n);
	/* Call fan_out_writable once more bytes can be taken. */
	void (*wait)(void *ctx);
	/*
	 * The last call for this subscriber, which is detached by then: the
	 * stream was sent to its end (error 0), patience with the viewer
	 * has run out (-ETIMEDOUT), or the viewer is gone.
	 */
	void (*done)(void *ctx, int error);
};

/*
 * The state of a subscriber says which group of its fan-out it is in, and what
 * became of the last write to it.
 *
 *   state              group     last write
 *   DETACHED           none      the subscriber belongs to no fan-out
 *   NEW                new       none yet; the sources do not wait for it
 *   CURRENT            current   took everything; there is no note
 *   READY              ready     took everything; the next flush writes or ends
 *   BLOCKED            blocked   left something; transport->wait was called
 *   LAGGARD            laggards  the same, and the sources wait for it
 *   UNBLOCKED          ready     left something; the transport can take more
 *   UNBLOCKED_LAGGARD  ready     the same, and the sources wait for it
 *
 * A subscriber begins as NEW, or as READY if it was moved.  A flush first takes
 * those that are to be written to from their groups; each keeps its state until
 * its turn comes, and is CURRENT, BLOCKED, LAGGARD or DETACHED afterwards.  A
 * BLOCKED one becomes a LAGGARD when the channel is full for it.
 * fan_out_writable turns these two into their unblocked selves.  A CURRENT
 * one that is to leave is READY.  Every state can become DETACHED.
 */
enum subscriber_state {
	SUBSCRIBER_DETACHED,
	SUBSCRIBER_NEW,
	SUBSCRIBER_CURRENT,
	SUBSCRIBER_READY,
	SUBSCRIBER_BLOCKED,
	SUBSCRIBER_LAGGARD,
	SUBSCRIBER_UNBLOCKED,
	SUBSCRIBER_UNBLOCKED_LAGGARD,
};

/* Patience comes back by a tenth of the time, one of these a millisecond. */
enum { PATIENCE_TENTHS = 10 };

/* It leaves without a farewell, or it stays. */
#define NO_FAREWELL UINT32_MAX
#define STAYS UINT64_MAX

struct subscriber {
	struct link link; /* the fan-out's; first, as the groups rely on it */

	const struct transport *transport;
	void *ctx; /* the transport's */

	/*
	 * The fan-out's from here on, beginning with what every flush touches.
	 */
	uint64_t cursor; /* offset of the next byte to send */
	uint64_t
	    quiet_since_ms; /* nothing was sent; if it was left, nor taken */
	const char *note;   /* what is left of it, before the cursor */
	uint32_t note_n;
	enum subscriber_state state : 7;
	uint32_t is_gzip : 1;     /* the caller's, too */
	uint32_t count_told : 24; /* the fan-out's count_number then */

	struct fan_out *fan_out;
	char *memory;         /* of the note, NULL if it is static */
	uint64_t stop_at;     /* the offset at which it leaves, or STAYS */
	uint64_t leave_at_ms; /* for max_age, UINT64_MAX for never */
	uint64_t spent_at_ms; /* when the following was so: */
	uint32_t spent;       /* patience, in PATIENCE_TENTHS of a ms */
	uint32_t farewell_ms; /* the jitter of its farewell, or NO_FAREWELL */
	struct gzip_member gzip;
};

/* There are ten thousand of them. */
static_assert(sizeof(void *) > 8 || sizeof(struct subscriber) <= 136,
    "a subscriber has grown");

#endif
