/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_REDIS_SOCKET_H
#define PIPECAST_SOURCES_REDIS_SOCKET_H

/* Sockets to a Redis server. */

#include "sources/redis_url.h"

/*
 * Begins to connect; if the host has several addresses, each attempt takes the
 * next one.  Returns a descriptor that is writable once that is settled, or a
 * negative errno, of which -EADDRNOTAVAIL is that the host is not known.
 */
int redis_socket_connect(const struct redis_url *url, unsigned attempt);

/* How that ended: 0 or a negative errno. */
int redis_socket_result(int fd);

/* What the errno means, for people (static). */
const char *redis_socket_error(int error);

#endif
