/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_REDIS_SOCKET_H
#define PIPECAST_SOURCES_REDIS_SOCKET_H

/* Sockets to a Redis server. */

#include "loop/lookup.h"

/*
 * Begins to connect, to a socket file or to one of those addresses: each
 * attempt takes the next.  Returns a descriptor that is writable once that is
 * settled, or a negative errno, of which -EADDRNOTAVAIL is that there is no
 * address.
 */
int redis_socket_connect_path(const char *path);
int redis_socket_connect(
    const struct lookup_address *addresses, size_t n, unsigned attempt);

/* How that ended: 0 or a negative errno. */
int redis_socket_result(int fd);

/* What the errno means, for people (static). */
const char *redis_socket_error(int error);

#endif
