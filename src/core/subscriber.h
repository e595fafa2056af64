/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_SUBSCRIBER_H
#define PIPECAST_CORE_SUBSCRIBER_H

/*
 * A subscriber: a cursor into a channel's ring and a transport to write to.  It
 * lives in its gateway's memory; between fan_out_attach and fan_out_detach the
 * fan-out holds a pointer to it.  Nothing in it grows with its backlog.
 *
 * Its note holds bytes that are not in the ring and go out between two events:
 * the response head with the first block, a heartbeat, or a farewell.
 */

#include "core/text.h"

#include <assert.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

struct fan_out;

/* How bytes reach a viewer; implemented by the gateways. */
struct transport {
	/*
	 * Writes without blocking.  Returns how many bytes were taken (which
	 * may be fewer than offered), -EAGAIN for none at the moment, or
	 * another negative errno if the viewer is gone.
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

/* A place in a group of subscribers (core/group.h). */
struct link {
	struct link *prev, *next;
};

/* Patience comes back by a tenth of the time, one of these a millisecond. */
enum { PATIENCE_TENTHS = 10 };

struct subscriber {
	struct link link; /* the fan-out's; first, as the groups rely on it */

	const struct transport *transport;
	void *ctx; /* the transport's */

	/*
	 * The fan-out's from here on, beginning with what every flush touches.
	 */
	uint64_t cursor;         /* offset of the next byte to send */
	uint64_t quiet_since_ms; /* nothing was sent; if stuck, nor taken */
	const char *note;        /* what is left of it, before the cursor */
	uint32_t note_n;
	bool blocked; /* wait was called */
	bool stuck;   /* the last send left something */
	bool leaving; /* done at stop_at, after the farewell */
	bool farewell_due;

	struct fan_out *fan_out;
	char *memory;         /* of the note, NULL if it is static */
	uint64_t stop_at;     /* if leaving: offset of the last byte plus one */
	uint64_t leave_at_ms; /* for max_age, UINT64_MAX for never */
	uint64_t spent_at_ms; /* when in_the_way changed, and this was so: */
	uint32_t spent;       /* patience, in PATIENCE_TENTHS of a ms */
	bool in_the_way;      /* it holds the sources up */
};

/* There are ten thousand of them. */
static_assert(sizeof(void *) > 8 || sizeof(struct subscriber) <= 128,
    "a subscriber has grown");

#endif
