/* SPDX-License-Identifier: MIT */

#include "loop/listener.h"

#include "loop/descriptor.h"
#include "loop/log.h"
#include "loop/shared_file.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

/* Limited, so that a flood of connections does not keep viewers waiting. */
enum { ACCEPTS_A_TURN = 64 };

/* The same in the last turn: as long as a queue. */
enum { LAST_ACCEPTS = 4096 };

/* How long to stop accepting when there is no room. */
enum { PAUSE_MS = 100 };

static int
listener_accept_one(const struct listener *listener)
{
	int connection, on = 1;

	do {
		connection = listener->is_shared
		    ? shared_file_accept(listener->fd)
		    : descriptor_accept(listener->fd);
		/* The latter: the client has left before we accepted it. */
	} while (connection == -EINTR || connection == -ECONNABORTED);
	if (connection < 0)
		return connection;
	/* Sends each event at once; without effect on a socket file. */
	setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return connection;
}

/* The queue cannot be emptied now, so do not let it wake us. */
static void
listener_pause(struct listener *listener, int error)
{
	if (!listener->short_of_room)
		log_line(LOG_WARNING, "cannot accept connections for now: %s",
		    strerror(error));
	listener->short_of_room = true;
	watch_set(&listener->watch, false);
	timer_start(&listener->pause, PAUSE_MS);
}

/* Returns whether there may be more. */
static bool
listener_accept_next(struct listener *listener)
{
	const struct listener_owner *owner = listener->owner;
	int fd = owner->has_room(listener->ctx) ? listener_accept_one(listener)
						: -EMFILE;

	if (fd == -EAGAIN) {
		listener->short_of_room = false;
		return false;
	}
	if (fd < 0) {
		listener_pause(listener, -fd);
		return false;
	}
	owner->on_connection(listener->ctx, fd);
	return listener->fd >= 0;
}

static void
on_readable(void *ctx)
{
	struct listener *listener = ctx;
	int n = ACCEPTS_A_TURN;

	while (n > 0 && listener_accept_next(listener))
		n--;
}

static void
on_pause_over(void *ctx)
{
	struct listener *listener = ctx;

	watch_set(&listener->watch, true);
}

int
listener_init(struct listener *listener, struct loop *loop, int fd,
    const struct listener_owner *owner, void *ctx)
{
	int rc;

	*listener = (struct listener){.fd = fd, .owner = owner, .ctx = ctx};
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	listener->is_shared = !(fcntl(fd, F_GETFL) & O_NONBLOCK);
	if (listener->is_shared)
		shared_file_prepare_to_accept();
	rc = watch_init(
	    &listener->watch, loop, fd, WATCH_READABLE, on_readable, listener);
	if (rc == 0)
		rc =
		    timer_init(&listener->pause, loop, on_pause_over, listener);
	if (rc < 0)
		listener_fini(listener);
	else
		watch_set(&listener->watch, true);
	return rc;
}

void
listener_drain(struct listener *listener)
{
	for (int n = LAST_ACCEPTS; n > 0 && listener->fd >= 0; n--) {
		int fd = listener_accept_one(listener);

		if (fd < 0)
			break;
		listener->owner->on_connection(listener->ctx, fd);
	}
	listener_fini(listener);
}

void
listener_fini(struct listener *listener)
{
	watch_fini(&listener->watch);
	timer_fini(&listener->pause);
	descriptor_close(&listener->fd);
}
