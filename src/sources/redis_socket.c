/* SPDX-License-Identifier: MIT */

#include "sources/redis_socket.h"

#include "loop/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* How far its list of addresses is looked through; a common multiple of many. */
enum { REDIS_ADDRESSES_MAX = 5040 };

static int
redis_socket_begin(int family, const struct sockaddr *address, socklen_t n)
{
	int fd = socket(family, SOCK_STREAM, 0), rc, on = 1;

	if (fd < 0)
		return -errno;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	rc = descriptor_set_nonblocking(fd);
	if (family != AF_UNIX) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	}
	if (rc == 0 && connect(fd, address, n) < 0 && errno != EINPROGRESS)
		rc = -errno;
	if (rc == 0)
		return fd;
	descriptor_close(&fd);
	return rc;
}

static int
redis_socket_connect_path(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	memcpy(address.sun_path, path, strlen(path) + 1);
	return redis_socket_begin(
	    AF_UNIX, (const struct sockaddr *)&address, sizeof(address));
}

static const struct addrinfo *
redis_socket_choose(const struct addrinfo *all, unsigned attempt)
{
	const struct addrinfo *at = all;

	for (unsigned i = 0; i < attempt % REDIS_ADDRESSES_MAX; i++)
		at = at->ai_next ? at->ai_next : all;
	return at;
}

int
redis_socket_connect(const struct redis_url *url, unsigned attempt)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	const struct addrinfo *chosen;
	struct addrinfo *all;
	char port[8];
	int fd;

	if (*url->path)
		return redis_socket_connect_path(url->path);
	snprintf(port, sizeof(port), "%u", (unsigned)url->port);
	if (getaddrinfo(url->host, port, &hints, &all) != 0)
		return -EADDRNOTAVAIL;
	chosen = redis_socket_choose(all, attempt);
	fd = redis_socket_begin(
	    chosen->ai_family, chosen->ai_addr, chosen->ai_addrlen);
	freeaddrinfo(all);
	return fd;
}

int
redis_socket_result(int fd)
{
	int error = 0;
	socklen_t n = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
		return -errno;
	return -error;
}

const char *
redis_socket_error(int error)
{
	switch (error) {
	case -EADDRNOTAVAIL:
		return "the name of its host is not known";
	case -EAGAIN: /* of a socket file: too many wait already */
		return "it does not accept connections";
	default:
		return strerror(-error);
	}
}
