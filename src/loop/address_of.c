/* SPDX-License-Identifier: MIT */

/* The addresses of open sockets. */

#include "loop/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

union socket_name {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un path;
};

static void
address_name_of(int fd, union socket_name *name)
{
	socklen_t n = sizeof(*name);

	/* A path may fill its field without a NUL. */
	memset(name, 0, sizeof(*name));
	if (getsockname(fd, &name->any, &n) < 0)
		name->any.sa_family = AF_UNSPEC;
}

char *
address_of(int fd, char out[ADDRESS_TEXT_SIZE])
{
	union socket_name name;
	char host[INET6_ADDRSTRLEN];

	address_name_of(fd, &name);
	switch (name.any.sa_family) {
	case AF_INET:
		inet_ntop(AF_INET, &name.v4.sin_addr, host, sizeof(host));
		snprintf(out, ADDRESS_TEXT_SIZE, "%s:%u", host,
		    (unsigned)ntohs(name.v4.sin_port));
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, &name.v6.sin6_addr, host, sizeof(host));
		snprintf(out, ADDRESS_TEXT_SIZE, "[%s]:%u", host,
		    (unsigned)ntohs(name.v6.sin6_port));
		break;
	case AF_UNIX:
		snprintf(out, ADDRESS_TEXT_SIZE, "unix:%.*s",
		    (int)sizeof(name.path.sun_path), name.path.sun_path);
		break;
	default:
		snprintf(out, ADDRESS_TEXT_SIZE, "descriptor %d", fd);
	}
	return out;
}

char *
address_of_peer(int fd, char out[ADDRESS_TEXT_SIZE])
{
	union socket_name name = {0};
	socklen_t n = sizeof(name);

	out[0] = '\0';
	if (getpeername(fd, &name.any, &n) < 0)
		return out;
	if (name.any.sa_family == AF_INET)
		inet_ntop(AF_INET, &name.v4.sin_addr, out, ADDRESS_TEXT_SIZE);
	else if (name.any.sa_family == AF_INET6)
		inet_ntop(AF_INET6, &name.v6.sin6_addr, out, ADDRESS_TEXT_SIZE);
	return out;
}

bool
address_is_loopback(int fd)
{
	union socket_name name;
	const uint8_t *v6 = name.v6.sin6_addr.s6_addr;

	address_name_of(fd, &name);
	if (name.any.sa_family == AF_INET)
		return ntohl(name.v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	if (name.any.sa_family != AF_INET6)
		return false;
	return IN6_IS_ADDR_LOOPBACK(&name.v6.sin6_addr) ||
	    (IN6_IS_ADDR_V4MAPPED(&name.v6.sin6_addr) &&
		v6[12] == IN_LOOPBACKNET);
}

bool
address_is_wildcard(int fd)
{
	union socket_name name;

	address_name_of(fd, &name);
	if (name.any.sa_family == AF_INET)
		return name.v4.sin_addr.s_addr == htonl(INADDR_ANY);
	return name.any.sa_family == AF_INET6 &&
	    IN6_IS_ADDR_UNSPECIFIED(&name.v6.sin6_addr);
}

char *
address_url(int fd, char out[ADDRESS_TEXT_SIZE])
{
	union socket_name name;
	char where[ADDRESS_TEXT_SIZE];

	address_name_of(fd, &name);
	out[0] = '\0';
	if (name.any.sa_family != AF_INET && name.any.sa_family != AF_INET6)
		return out;
	if (!address_is_wildcard(fd))
		snprintf(out, ADDRESS_TEXT_SIZE, "http://%.*s/",
		    ADDRESS_TEXT_SIZE - 10, address_of(fd, where));
	else
		snprintf(out, ADDRESS_TEXT_SIZE, "http://%s:%u/",
		    name.any.sa_family == AF_INET ? "127.0.0.1" : "[::1]",
		    (unsigned)ntohs(name.any.sa_family == AF_INET
			    ? name.v4.sin_port
			    : name.v6.sin6_port));
	return out;
}
