/* SPDX-License-Identifier: MIT */

#include "gateways/web_servers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

union peer_name {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* The address as in the list, an IPv4 one of an IPv6 socket as IPv4. */
static const char *
address_text(const union peer_name *name, char text[INET6_ADDRSTRLEN])
{
	const struct in6_addr *v6 = &name->v6.sin6_addr;

	if (name->any.sa_family == AF_INET)
		return inet_ntop(
		    AF_INET, &name->v4.sin_addr, text, INET6_ADDRSTRLEN);
	if (IN6_IS_ADDR_V4MAPPED(v6))
		return inet_ntop(
		    AF_INET, v6->s6_addr + 12, text, INET6_ADDRSTRLEN);
	return inet_ntop(AF_INET6, v6, text, INET6_ADDRSTRLEN);
}

static bool
is_in_list(const char *list, const char *text)
{
	size_t length = strlen(text);

	while (*list) {
		size_t n;

		list += strspn(list, ", ");
		n = strcspn(list, ", ");
		if (n == length && memcmp(list, text, n) == 0)
			return true;
		list += n;
	}
	return false;
}

bool
web_servers_allow(const char *list, int fd)
{
	union peer_name name = {0};
	socklen_t n = sizeof(name);
	char text[INET6_ADDRSTRLEN];

	if (!list)
		return true;
	if (getpeername(fd, &name.any, &n) < 0)
		return false;
	if (name.any.sa_family != AF_INET && name.any.sa_family != AF_INET6)
		return true;
	return address_text(&name, text) && is_in_list(list, text);
}
