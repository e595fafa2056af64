/* SPDX-License-Identifier: MIT */

#include "loop/activation.h"

#include "core/quantity.h"
#include "loop/descriptor.h"
#include "loop/log.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The first descriptor that is handed over (sd_listen_fds(3)). */
enum { FIRST_FD = 3 };

static uint64_t
activation_number_of(const char *name)
{
	const char *text = getenv(name);
	uint64_t number;

	if (!text || quantity_parse(QUANTITY_COUNT, text, &number))
		return 0;
	return number;
}

/* Names are separated by colons; returns where the next one begins. */
static const char *
activation_take_name(const char *names, bool *is_http)
{
	size_t n = strcspn(names, ":");

	*is_http = n == 4 && strncmp(names, "http", n) == 0;
	return names + n + (names[n] == ':');
}

static void
activation_add_socket(struct activation *activation, int fd, bool is_http)
{
	if (activation->n == ACTIVATION_MAX)
		return;
	activation->is_http[activation->n] = is_http;
	activation->fds[activation->n++] = fd;
}

static void
activation_take_sockets(struct activation *activation)
{
	const char *names = getenv("LISTEN_FDNAMES");
	uint64_t n = activation_number_of("LISTEN_FDS");
	bool is_open = true, is_http;

	/*
	 * Meant for the program that started us, unless it names our process.
	 */
	if (activation_number_of("LISTEN_PID") != (uint64_t)getpid())
		return;
	if (!names)
		names = "";
	for (int fd = FIRST_FD; n > 0 && is_open; fd++, n--) {
		names = activation_take_name(names, &is_http);
		is_open = fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
		if (descriptor_is_listening(fd))
			activation_add_socket(activation, fd, is_http);
		else
			log_line(LOG_WARNING,
			    "descriptor %d of LISTEN_FDS is not a listening "
			    "socket",
			    fd);
	}
}

void
activation_take(struct activation *activation)
{
	const char *notify = getenv("NOTIFY_SOCKET");

	*activation = (struct activation){0};
	activation_take_sockets(activation);
	if (notify && strlen(notify) < sizeof(activation->notify))
		memcpy(activation->notify, notify, strlen(notify) + 1);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	unsetenv("NOTIFY_SOCKET");
}

/* A path, or behind "@" a name in Linux's abstract namespace. */
void
activation_notify(const struct activation *activation, const char *state)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	size_t n = strlen(activation->notify);
	int fd;

	if (n == 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	memcpy(name.sun_path, activation->notify, n);
	if (name.sun_path[0] == '@')
		name.sun_path[0] = '\0';
	sendto(fd, state, strlen(state), MSG_NOSIGNAL,
	    (const struct sockaddr *)&name,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}
