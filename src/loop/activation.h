/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_LOOP_ACTIVATION_H
#define PIPECAST_LOOP_ACTIVATION_H

/*
 * What a service manager agrees with the services it starts: listening sockets
 * that it holds open for them (sd_listen_fds(3)), and word of their state
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
 * Takes what the environment says and removes it there, so that no command of
 * ours believes to be meant; nor does it get the descriptors, used or not,
 * which are closed on exec.  Those that are not listening sockets are left
 * out, with a warning, and so are all after one that is not open.
 */
void activation_take(struct activation *activation);

/* Tells the service manager, "READY=1" say, if there is one. */
void activation_notify(const struct activation *activation, const char *state);

#endif
