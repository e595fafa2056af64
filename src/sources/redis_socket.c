/* SPDX-License-Identifier: MIT */

#include "sources/redis_socket.h"

#include "loop/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

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

int
redis_socket_connect_path(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	memcpy(address.sun_path, path, strlen(path) + 1);
	return redis_socket_begin(
	    AF_UNIX, (const struct sockaddr *)&address, sizeof(address));
}

int
redis_socket_connect(
    const struct lookup_address *addresses, size_t n, unsigned attempt)
{
	const struct lookup_address *chosen =
	    n ? &addresses[attempt % n] : NULL;

	return chosen
	    ? redis_socket_begin(chosen->address.ss_family,
		  (const struct sockaddr *)&chosen->address, chosen->n)
	    : -EADDRNOTAVAIL;
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
