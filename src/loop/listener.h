/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_LOOP_LISTENER_H
#define PIPECAST_LOOP_LISTENER_H

/*
 * A listener: a listening socket on a loop, which hands every connection to its
 * owner.  When its owner has no room for another connection, or the system no
 * descriptor or memory, it stops accepting for a moment instead of spinning;
 * new connections meanwhile wait in the socket's queue.
 */

#include "loop/loop.h"

struct listener {
	int fd; /* -1 once closed */
	struct watch watch;
	struct timer pause;
	bool short_of_room; /* until the queue is empty; logged once */
	bool is_shared;     /* it was handed over, and waits in accept */
	const struct listener_owner *owner;
	void *ctx;
};

struct listener_owner {
	/* Whether another connection may be accepted now. */
	bool (*has_room)(void *ctx);
	/* fd is non-blocking, close-on-exec and the owner's from here on. */
	void (*on_connection)(void *ctx, int fd);
};

/*
 * Accepts from fd, a listening socket, which becomes the listener's.  It is
 * non-blocking, or was handed over by a process that may use it as well.  The
 * owner is borrowed.  Returns 0 or -ENOMEM; fd is the listener's either way.
 */
int listener_init(struct listener *listener, struct loop *loop, int fd,
    const struct listener_owner *owner, void *ctx);

/*
 * Accepts the connections that are in the queue already, room or not, then
 * closes the socket.  For our own sockets: closing one would lose the
 * connections in its queue.
 */
void listener_drain(struct listener *listener);

/* Closes the socket.  Idempotent. */
void listener_fini(struct listener *listener);

#endif
