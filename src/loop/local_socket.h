/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_LOOP_LOCAL_SOCKET_H
#define PIPECAST_LOOP_LOCAL_SOCKET_H

/*
 * Sockets between processes of one user on this machine, which pass whole
 * packets (SOCK_SEQPACKET) and descriptors with them.  A packet is received
 * whole or not at all.  Errors are negative errno values.
 */

#include "core/text.h"

#include <stdbool.h>
#include <sys/types.h>

/* More descriptors with a packet are refused. */
enum { PARCEL_MAX = 2 };

/* The descriptors that came with a packet. */
struct parcel {
	int fds[PARCEL_MAX];
	size_t n;
};

/*
 * Makes a listening socket at the path, non-blocking and closed on exec.
 * Returns the descriptor, or an error: -EADDRINUSE if the name is taken,
 * -ENAMETOOLONG.
 */
int local_socket_listen(const char *path);

/*
 * Connects.  While the queue there is full, it waits up to that time.  Returns
 * the descriptor, closed on exec, whose sends and receives wait; or an error:
 * -ENOENT or -ECONNREFUSED if no process listens, -EAGAIN if the queue stays
 * full, -EPERM if the process that listens belongs to another user.
 */
int local_socket_connect(const char *path, unsigned within_ms);

/* Whether the process at the other end belongs to our own user. */
bool local_socket_is_ours(int fd);

/*
 * Sends one packet with the descriptors of the parcel, which may be NULL.
 * Returns 0 or an error: -EPIPE or -ECONNRESET if the peer has closed, or has
 * shut its receiving side down; -ETOOMANYREFS if too many descriptors of this
 * user are on their way.
 */
int local_socket_send(int fd, struct span bytes, const struct parcel *parcel);

/*
 * Receives one packet, without waiting.  Its descriptors become the caller's,
 * closed on exec.  Returns how many bytes it has, 0 if the peer has closed,
 * -EAGAIN if there is none now, -EMSGSIZE (and the packet is dropped) if bytes
 * or descriptors are too many, -EMFILE (likewise) if this process has none left
 * for them, or another error.
 */
ssize_t local_socket_receive(
    int fd, void *bytes, size_t n, struct parcel *parcel);

/* Closes the descriptors that are left in it. */
void parcel_close(struct parcel *parcel);

/* Takes the i-th descriptor out of it; -1 if there is none. */
int parcel_take(struct parcel *parcel, size_t i);

#endif
