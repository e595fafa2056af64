/* SPDX-License-Identifier: MIT */

#include "loop/address.h"

#include "core/quantity.h"
#include "core/text.h"
#include "loop/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 4096, SOCKET_MODE = 0660 };

static const char wanted[] =
    "PORT, HOST:PORT, [V6]:PORT or unix:PATH, with a port from 0 to 65535";

static const char too_long[] = "unix:PATH with at most 107 bytes of PATH";

static const char wanted_file[] =
    "unix:PATH, unix:PATH,mode=0660 or unix:PATH,mode=0660,group=GROUP, with a "
    "PATH without commas";

static const char wanted_mode[] = "unix:PATH,mode=OCTAL with a mode up to 0777";

static const char wanted_group[] =
    "unix:PATH,group=GROUP with the name or number of a group of this machine";

/* Parsing. */

static bool
address_parse_port(struct address *address, const char *text)
{
	uint64_t port;

	if (quantity_parse(QUANTITY_COUNT, text, &port) || port > UINT16_MAX)
		return false;
	address->port = (uint16_t)port;
	return true;
}

static const char *
address_parse_mode(struct address *address, const char *text)
{
	size_t n = strlen(text);
	unsigned mode = 0;

	if (n == 0 || n > 4 || strspn(text, "01234567") < n)
		return wanted_mode;
	for (; *text; text++)
		mode = mode << 3 | (unsigned)(*text - '0');
	address->mode = (uint16_t)mode;
	return mode <= 0777 ? NULL : wanted_mode;
}

static const char *
address_parse_group(struct address *address, const char *text)
{
	const struct group *group = getgrnam(text);
	uint64_t number;

	if (!group && quantity_parse(QUANTITY_COUNT, text, &number))
		return wanted_group;
	/* The greatest stands for no group (chown(2)). */
	if (!group && number >= UINT32_MAX)
		return wanted_group;
	address->group = group ? group->gr_gid : (gid_t)number;
	address->has_group = true;
	return NULL;
}

/* "KEY=VALUE", each key once. */
static const char *
address_parse_setting(
    struct address *address, struct span setting, bool *has_mode)
{
	char text[64];

	if (setting.n >= sizeof(text))
		return wanted_file;
	memcpy(text, setting.bytes, setting.n);
	text[setting.n] = '\0';
	if (strncmp(text, "mode=", 5) == 0 && !*has_mode) {
		*has_mode = true;
		return address_parse_mode(address, text + 5);
	}
	if (strncmp(text, "group=", 6) == 0 && !address->has_group)
		return address_parse_group(address, text + 6);
	return wanted_file;
}

static const char *
address_parse_path(struct address *address, const char *path)
{
	size_t n = strcspn(path, ",");
	const char *wrong = NULL;
	bool has_mode = false;

	if (n == 0)
		return wanted;
	if (n >= sizeof(address->path))
		return too_long;
	memcpy(address->path, path, n);
	address->path[n] = '\0';
	address->mode = SOCKET_MODE;
	while (path[n] && !wrong) {
		path += n + 1;
		n = strcspn(path, ",");
		wrong = address_parse_setting(
		    address, (struct span){path, n}, &has_mode);
	}
	return wrong;
}

const char *
address_parse(struct address *address, const char *text)
{
	const char *colon = strrchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;

	*address = (struct address){.host = "127.0.0.1"};
	if (strncmp(text, "unix:", 5) == 0) {
		address->host[0] = '\0';
		return address_parse_path(address, text + 5);
	}
	if (!colon)
		return address_parse_port(address, text) ? NULL : wanted;
	if (n > 2 && text[0] == '[' && text[n - 1] == ']') {
		text++;
		n -= 2;
	} else if (strcspn(text, "[]:") < n) {
		return wanted;
	}
	if (n == 0 || n >= sizeof(address->host))
		return wanted;
	memcpy(address->host, text, n);
	address->host[n] = '\0';
	return address_parse_port(address, colon + 1) ? NULL : wanted;
}

/* Listening. */

static int
address_open_socket(int family)
{
	int fd = socket(family, SOCK_STREAM, 0);

	if (fd < 0)
		return -errno;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	descriptor_set_nonblocking(fd);
	return fd;
}

/* Returns the descriptor, or closes it and returns a negative errno. */
static int
address_bind_and_listen(int fd, const struct sockaddr *name, socklen_t n)
{
	if (bind(fd, name, n) < 0 || listen(fd, BACKLOG) < 0) {
		int rc = -errno;

		close(fd);
		return rc;
	}
	return fd;
}

/*
 * Removes a stale socket file.  Returns 0, -EADDRINUSE if a program listens
 * there, -EEXIST if it is no socket.
 */
static int
address_remove_stale(const struct sockaddr_un *name)
{
	struct stat status;
	int fd, rc;

	if (lstat(name->sun_path, &status) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(status.st_mode))
		return -EEXIST;
	fd = address_open_socket(AF_UNIX);
	if (fd < 0)
		return fd;
	rc = connect(fd, (const struct sockaddr *)name, sizeof(*name));
	rc = rc < 0 && errno == ECONNREFUSED ? 0 : -EADDRINUSE;
	close(fd);
	if (rc == 0 && unlink(name->sun_path) < 0 && errno != ENOENT)
		rc = -errno;
	return rc;
}

static void
address_note_file(struct address *address)
{
	struct stat status;

	if (lstat(address->path, &status) < 0)
		return;
	address->device = status.st_dev;
	address->inode = status.st_ino;
}

void
address_adopt(struct address *address, const char *path)
{
	*address = (struct address){0};
	snprintf(address->path, sizeof(address->path), "%s", path);
	address_note_file(address);
}

/*
 * The mode applies regardless of the umask, and from the beginning: until the
 * socket listens, no client can connect.
 */
static int
address_make_socket_file(
    struct address *address, int fd, const struct sockaddr_un *name)
{
	mode_t mask = umask(0777 & ~(mode_t)address->mode);
	int rc = bind(fd, (const struct sockaddr *)name, sizeof(*name)) < 0
	    ? -errno
	    : 0;

	umask(mask);
	if (rc < 0)
		return rc;
	address_note_file(address);
	if (address->has_group &&
	    lchown(address->path, (uid_t)-1, address->group) < 0)
		return -errno;
	return listen(fd, BACKLOG) < 0 ? -errno : 0;
}

static int
address_listen_on_path(struct address *address)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd, rc;

	memcpy(name.sun_path, address->path, strlen(address->path) + 1);
	rc = address_remove_stale(&name);
	if (rc < 0)
		return rc;
	fd = address_open_socket(AF_UNIX);
	if (fd < 0)
		return fd;
	rc = address_make_socket_file(address, fd, &name);
	if (rc == 0)
		return fd;
	address_forget(address);
	close(fd);
	return rc;
}

static int
address_listen_on_host(const char *host, uint16_t port)
{
	const struct addrinfo hints = {
	    .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found;
	char service[8];
	int on = 1, rc = -EADDRNOTAVAIL;

	snprintf(service, sizeof(service), "%u", (unsigned)port);
	if (getaddrinfo(host, service, &hints, &found) != 0)
		return rc;
	for (struct addrinfo *at = found; at && rc < 0; at = at->ai_next) {
		int fd = rc = address_open_socket(at->ai_family);

		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		rc = address_bind_and_listen(fd, at->ai_addr, at->ai_addrlen);
	}
	freeaddrinfo(found);
	return rc;
}

int
address_listen(struct address *address)
{
	return address->path[0]
	    ? address_listen_on_path(address)
	    : address_listen_on_host(address->host, address->port);
}

bool
address_is_there(const struct address *address)
{
	struct stat status;

	return address->inode != 0 && lstat(address->path, &status) == 0 &&
	    status.st_dev == address->device && status.st_ino == address->inode;
}

void
address_forget(struct address *address)
{
	if (address_is_there(address))
		unlink(address->path);
	address->inode = 0;
}
