/* SPDX-License-Identifier: MIT */

#include "gateways/handover.h"

#include "gateways/handover_errors.h"
#include "loop/loop.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Between two tries to send, while too many descriptors are on their way. */
enum { PAUSE_MS = 10 };

bool
handover_is_possible(int output)
{
	struct stat status;

	return fstat(output, &status) == 0 &&
	    (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

static int
handover_send_packet(
    int fd, struct span message, bool with_body, uint64_t until_ms)
{
	const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
	const struct parcel parcel = {
	    .fds = {STDOUT_FILENO, STDIN_FILENO},
	    .n = with_body ? 2 : 1,
	};
	int rc;

	while (
	    (rc = local_socket_send(fd, message, &parcel)) == -ETOOMANYREFS &&
	    loop_now_ms() < until_ms)
		nanosleep(&pause, NULL);
	return rc;
}

/* Returns 0 once an answer is there, or the hub has closed. */
static int
handover_wait(int fd, uint64_t until_ms)
{
	struct pollfd answer = {.fd = fd, .events = POLLIN};
	uint64_t now_ms;

	while ((now_ms = loop_now_ms()) < until_ms)
		if (poll(&answer, 1, (int)(until_ms - now_ms)) > 0)
			return 0;
	return -ETIMEDOUT;
}

/* What concerns all viewers must not get into the response of one. */
static void
handover_pass_errors_on(struct span text)
{
	ssize_t written = 0;

	if (text.n > 0 && !handover_errors_are_of_viewer())
		written = write(STDERR_FILENO, text.bytes, text.n);
	(void)written;
}

/* An answer that comes in the last moment counts; none comes after this. */
static int
handover_receive(int fd, int error)
{
	char answer[HANDOVER_ANSWER_MAX];
	struct parcel nothing;
	ssize_t n;

	if (error < 0)
		shutdown(fd, SHUT_RD);
	n = local_socket_receive(fd, answer, sizeof(answer), &nothing);
	if (n > 0)
		parcel_close(&nothing);
	if (n > 0 && answer[0] == HANDOVER_TAKEN) {
		handover_pass_errors_on(
		    (struct span){answer + 1, (size_t)n - 1});
		return 0;
	}
	if (n > 0 && answer[0] == HANDOVER_FULL)
		return -EMFILE;
	if (error < 0)
		return error;
	return n < 0 && n != -EAGAIN ? (int)n : -ECONNRESET;
}

int
handover_send(int fd, struct span message, bool with_body, unsigned within_ms)
{
	uint64_t until_ms = loop_now_ms() + within_ms;
	int rc = handover_send_packet(fd, message, with_body, until_ms);

	return rc < 0 ? rc : handover_receive(fd, handover_wait(fd, until_ms));
}
