/* SPDX-License-Identifier: MIT */

#include "gateways/web_servers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static const char separators[] = ", ";

/* An IPv4 address as IPv6 sockets have it (RFC 4291, 2.5.5.2). */
static struct in6_addr
web_servers_mapped(const struct in_addr *v4)
{
	struct in6_addr v6 = {.s6_addr = {[10] = 0xff, [11] = 0xff}};

	memcpy(v6.s6_addr + 12, v4, sizeof(*v4));
	return v6;
}

static bool
web_servers_parse(const char *text, size_t n, struct in6_addr *v6)
{
	char item[INET6_ADDRSTRLEN];
	struct in_addr v4;

	if (n >= sizeof(item))
		return false;
	memcpy(item, text, n);
	item[n] = '\0';
	if (inet_pton(AF_INET, item, &v4) != 1)
		return inet_pton(AF_INET6, item, v6) == 1;
	*v6 = web_servers_mapped(&v4);
	return true;
}

static bool
web_servers_includes(const char *list, const struct in6_addr *address)
{
	struct in6_addr listed;

	while (*(list += strspn(list, separators))) {
		size_t n = strcspn(list, separators);

		if (web_servers_parse(list, n, &listed) &&
		    memcmp(&listed, address, sizeof(listed)) == 0)
			return true;
		list += n;
	}
	return false;
}

bool
web_servers_include(const char *list, const struct sockaddr *address)
{
	struct in6_addr v6;

	if (!list || !*list)
		return true;
	switch (address->sa_family) {
	case AF_INET:
		v6 = web_servers_mapped(
		    &((const struct sockaddr_in *)address)->sin_addr);
		return web_servers_includes(list, &v6);
	case AF_INET6:
		return web_servers_includes(
		    list, &((const struct sockaddr_in6 *)address)->sin6_addr);
	default:
		return true;
	}
}

bool
web_servers_allow(const char *list, int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} peer = {0};
	socklen_t n = sizeof(peer);

	return getpeername(fd, &peer.any, &n) == 0 &&
	    web_servers_include(list, &peer.any);
}
