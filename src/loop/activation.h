/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_LOOP_ACTIVATION_H
#define PIPECAST_LOOP_ACTIVATION_H

/*
 * The interface of a service manager: listening sockets that it holds open for
 * a service (sd_listen_fds(3)), and notifications of the service's state
 * (sd_notify(3)).
 */

#include <stdbool.h>

/* More sockets than these are not used. */
enum { ACTIVATION_MAX = 16 };

struct activation {
	int n; /* of sockets; they have descriptors from fds[0] on */
	int fds[ACTIVATION_MAX];
	bool is_http[ACTIVATION_MAX]; /* the socket's name is "http" */
	char notify[108];             /* socket to tell, "" for none */
};

/*
 * Reads these variables and removes them from the environment, so that no
 * command takes them for its own.  Commands do not get the descriptors either,
 * used or not: they are closed on exec.  Those that are not listening sockets
 * are left out, with a warning, and so are all after one that is not open.
 */
void activation_take(struct activation *activation);

/* Tells the service manager, "READY=1" say, if there is one. */
void activation_notify(const struct activation *activation, const char *state);

#endif
