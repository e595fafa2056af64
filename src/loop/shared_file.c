/* SPDX-License-Identifier: MIT */

#include "loop/shared_file.h"

#include "loop/descriptor.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* How long to wait for a connection that another process has accepted. */
enum { GUARD_US = 1000 };

static bool
shared_file_is_ready(int fd, short what)
{
	struct pollfd poll_fd = {.fd = fd, .events = what};

	return poll(&poll_fd, 1, 0) > 0;
}

static ssize_t
shared_file_result(ssize_t taken)
{
	if (taken >= 0)
		return taken;
	return errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

/* Reading. */

ssize_t
shared_file_read(int fd, char *bytes, size_t n)
{
	ssize_t taken;

	do {
		taken = recv(fd, bytes, n, MSG_DONTWAIT);
	} while (taken < 0 && errno == EINTR);
	if (taken >= 0 || errno != ENOTSOCK)
		return shared_file_result(taken);
	return shared_file_is_ready(fd, POLLIN) ? descriptor_read(fd, bytes, n)
						: -EAGAIN;
}

/* Writing. */

/* A pipe that is ready has room for PIPE_BUF bytes. */
static ssize_t
shared_file_write_while_ready(int fd, const char *bytes, size_t n)
{
	size_t done = 0;

	while (done < n) {
		size_t piece = n - done < PIPE_BUF ? n - done : PIPE_BUF;
		ssize_t taken = -EAGAIN;

		if (shared_file_is_ready(fd, POLLOUT))
			taken = descriptor_write(fd, bytes + done, piece);
		if (taken < 0)
			return done > 0 ? (ssize_t)done : taken;
		done += (size_t)taken;
	}
	return (ssize_t)done;
}

static ssize_t
shared_file_write_parts_while_ready(int fd, const struct iovec *parts, int n)
{
	size_t done = 0;

	for (int i = 0; i < n; i++) {
		ssize_t taken = shared_file_write_while_ready(
		    fd, parts[i].iov_base, parts[i].iov_len);

		if (taken < 0)
			return done > 0 ? (ssize_t)done : taken;
		done += (size_t)taken;
		if ((size_t)taken < parts[i].iov_len)
			break;
	}
	return (ssize_t)done;
}

ssize_t
shared_file_write_parts(int fd, const struct iovec *parts, int n)
{
	struct msghdr message = {
	    .msg_iov = (struct iovec *)(uintptr_t)parts,
	    .msg_iovlen = (size_t)n,
	};
	ssize_t taken;

	do {
		taken = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (taken < 0 && errno == EINTR);
	if (taken >= 0 || errno != ENOTSOCK)
		return shared_file_result(taken);
	return shared_file_write_parts_while_ready(fd, parts, n);
}

/* Accepting. */

static void
on_alarm(int number)
{
	(void)number;
}

/* Without SA_RESTART, so that it interrupts accept. */
void
shared_file_prepare_to_accept(void)
{
	struct sigaction action = {.sa_handler = on_alarm};

	sigaction(SIGALRM, &action, NULL);
}

/*
 * No flag makes accept alone not wait.  Between poll and accept another process
 * may take the connection, which a timer then notices; it goes off again and
 * again, because the first time may come before accept.
 */
int
shared_file_accept(int fd)
{
	const struct itimerval none = {0};
	const struct itimerval guard = {
	    .it_interval.tv_usec = GUARD_US,
	    .it_value.tv_usec = GUARD_US,
	};
	int connection;

	if (!shared_file_is_ready(fd, POLLIN))
		return -EAGAIN;
	setitimer(ITIMER_REAL, &guard, NULL);
	connection = descriptor_accept(fd);
	setitimer(ITIMER_REAL, &none, NULL);
	return connection == -EINTR ? -EAGAIN : connection;
}
