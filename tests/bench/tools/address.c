/* SPDX-License-Identifier: MIT */

#include "address.h"

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BACKLOG = 4096, MAX_PORT = 65535 };

static bool
parse_unix(const char *path, struct address *address)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&address->storage;
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof(un->sun_path))
		return false;
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, n + 1);
	address->size = sizeof(*un);
	return true;
}

static bool
parse_ipv4(const char *text, struct address *address)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&address->storage;
	const char *colon = strrchr(text, ':');
	char host[INET_ADDRSTRLEN], *end;
	unsigned long port;
	size_t n;

	if (!colon || (n = (size_t)(colon - text)) >= sizeof(host))
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	port = strtoul(colon + 1, &end, 10);
	if (*end || port == 0 || port > MAX_PORT ||
	    inet_pton(AF_INET, host, &in->sin_addr) != 1)
		return false;
	in->sin_family = AF_INET;
	in->sin_port = htons((uint16_t)port);
	address->size = sizeof(*in);
	return true;
}

struct address
address_parse(const char *text)
{
	struct address address = {.size = 0};

	if (strncmp(text, "unix:", 5) == 0 ? !parse_unix(text + 5, &address)
					   : !parse_ipv4(text, &address))
		errx(2, "%s: not IPV4:PORT nor unix:PATH", text);
	return address;
}

int
address_listen(const struct address *address)
{
	const struct sockaddr *name =
	    (const struct sockaddr *)&address->storage;
	int fd = socket(
	    name->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	const struct sockaddr_un *un = (const struct sockaddr_un *)name;
	int one = 1;

	if (name->sa_family == AF_UNIX)
		unlink(un->sun_path);
	if (fd < 0)
		err(2, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, name, address->size) < 0 || listen(fd, BACKLOG) < 0)
		err(2, "cannot listen");
	return fd;
}
