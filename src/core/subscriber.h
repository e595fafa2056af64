/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_SUBSCRIBER_H
#define PIPECAST_CORE_SUBSCRIBER_H

/*
 * A subscriber: a cursor into a hub's ring and a transport to write to.  It
 * lives in its gateway's memory; between hub_attach and hub_detach the hub
 * holds a pointer to it.  Nothing in it grows with its backlog.
 *
 * What is not in the ring is its note: bytes of its own that go out between
 * two events, namely the response head with the first block, a heartbeat, or
 * a farewell.
 */

#include "core/text.h"

#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

struct hub;

/* How bytes reach a viewer; implemented by the gateways. */
struct transport {
	/*
	 * Writes without blocking.  Returns how many bytes were taken (which
	 * may be fewer than offered), -EAGAIN for none at the moment, or
	 * another negative errno if the viewer is gone.
	 */
	ssize_t (*send)(void *ctx, const struct iovec *iov, int n);
	/* Call hub_writable once more bytes can be taken. */
	void (*wait)(void *ctx);
	/*
	 * The last call for this subscriber, which is detached by then: the
	 * stream was sent to its end (error 0), or the viewer is gone.
	 */
	void (*done)(void *ctx, int error);
};

struct subscriber {
	const struct transport *transport;
	void *ctx; /* the transport's */

	/* The hub's from here on. */
	struct hub *hub;
	struct subscriber *prev, *next;
	uint64_t cursor;  /* offset of the next byte to send */
	uint64_t stop_at; /* if leaving: offset of the last byte plus one */
	struct span note; /* what is left of it to send, before the cursor */
	char *prologue;   /* memory of the first note, NULL once it is sent */
	char farewell[40];
	uint64_t last_sent_ms;
	uint64_t leave_at_ms; /* for max_age, UINT64_MAX for never */
	bool blocked;         /* wait was called */
	bool leaving;         /* done at stop_at, after the farewell */
	bool farewell_due;
};

#endif
