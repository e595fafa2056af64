/* SPDX-License-Identifier: MIT */

#include "gateways/handover_errors.h"

#include "loop/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* What goes back with one request. */
enum { TEXT_MAX = 8192 };

static bool
handover_is_network_socket(int fd)
{
	struct sockaddr_storage address;
	socklen_t n = sizeof(address);

	/* A socket on this machine may be that of the system journal. */
	return getsockname(fd, (struct sockaddr *)&address, &n) == 0 &&
	    address.ss_family != AF_UNIX;
}

bool
handover_errors_are_of_viewer(void)
{
	struct stat errors, output;

	return handover_is_network_socket(STDERR_FILENO) ||
	    (fstat(STDERR_FILENO, &errors) == 0 &&
		fstat(STDOUT_FILENO, &output) == 0 &&
		errors.st_dev == output.st_dev &&
		errors.st_ino == output.st_ino);
}

/* Nobody waits for the end of these. */
static bool
handover_errors_may_stay(void)
{
	struct stat status;

	return fstat(STDERR_FILENO, &status) < 0 || S_ISREG(status.st_mode) ||
	    S_ISCHR(status.st_mode);
}

/* Takes everything that has been written so far. */
static void
handover_errors_read(struct handover_errors *errors)
{
	char bytes[2048];
	ssize_t n;

	while (errors->written >= 0 &&
	    (n = descriptor_read(errors->written, bytes, sizeof(bytes))) > 0)
		if (buffer_append(&errors->text,
			(struct span){bytes, (size_t)n}, TEXT_MAX) < 0)
			errors->lost_n += (size_t)n;
}

static void
handover_errors_on_readable(void *ctx)
{
	handover_errors_read(ctx);
}

/* The hub has started: the server may have the end of its file. */
static void
handover_errors_give_up(void *ctx)
{
	struct handover_errors *errors = ctx;

	descriptor_close(&errors->server);
}

static int
handover_errors_replace(struct handover_errors *errors)
{
	int ends[2];
	int rc = descriptor_pipe(ends);

	if (rc < 0)
		return rc;
	errors->written = ends[0];
	errors->server = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	rc = descriptor_set_nonblocking(ends[0]);
	if (rc == 0 && dup2(ends[1], STDERR_FILENO) < 0)
		rc = -errno;
	close(ends[1]);
	return rc;
}

int
handover_errors_init(struct handover_errors *errors, struct loop *loop)
{
	int rc;

	*errors = (struct handover_errors){.server = -1,
	    .written = -1,
	    .give_up = {.callback = handover_errors_give_up, .ctx = errors}};
	if (handover_errors_may_stay())
		return 0;
	rc = handover_errors_replace(errors);
	if (rc == 0)
		rc = watch_init(&errors->readable, loop, errors->written,
		    WATCH_READABLE, handover_errors_on_readable, errors);
	if (rc < 0)
		return rc;
	watch_set(&errors->readable, true);
	loop_defer(loop, &errors->give_up);
	return 0;
}

struct span
handover_errors_text(struct handover_errors *errors)
{
	char line[80];

	handover_errors_read(errors);
	if (errors->lost_n > 0) {
		int n = snprintf(line, sizeof(line),
		    "pipecast: %zu bytes of further messages were dropped\n",
		    errors->lost_n);

		buffer_append(&errors->text, (struct span){line, (size_t)n},
		    TEXT_MAX + sizeof(line));
		errors->lost_n = 0;
	}
	return buffer_span(&errors->text);
}

void
handover_errors_sent(struct handover_errors *errors)
{
	buffer_fini(&errors->text);
}

void
handover_errors_fini(struct handover_errors *errors)
{
	struct span text;
	ssize_t written = 0;

	if (!errors->give_up.callback)
		return;
	text = handover_errors_text(errors);
	if (errors->server >= 0 && text.n > 0)
		written = write(errors->server, text.bytes, text.n);
	(void)written;
	watch_fini(&errors->readable);
	descriptor_close(&errors->server);
	descriptor_close(&errors->written);
	buffer_fini(&errors->text);
}
