/* SPDX-License-Identifier: MIT */

#include "config.h"

#include "loop/descriptor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the system has no list of them: more than servers leave open. */
enum { CLOSED_BY_NUMBER = 1024 };

int
descriptor_secure_standard(bool *had_output)
{
	*had_output = fcntl(STDOUT_FILENO, F_GETFD) >= 0;
	/* open gives the lowest free number, which is the one looked at. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
			return -errno;
	return 0;
}

int
descriptor_set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -errno;
	return fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

int
descriptor_reopen(int fd, int access)
{
	struct stat status;
	char path[32];
	int again;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISFIFO(status.st_mode) && !isatty(fd))
		return -EINVAL;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, access | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	return again < 0 ? -errno : again;
}

static struct rlimit old_limit;

size_t
descriptor_raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 0;
	old_limit = limit;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		limit = old_limit;
	return limit.rlim_cur < SIZE_MAX ? (size_t)limit.rlim_cur : SIZE_MAX;
}

void
descriptor_restore_limit(void)
{
	if (old_limit.rlim_max > 0)
		setrlimit(RLIMIT_NOFILE, &old_limit);
}

static bool
descriptor_is_among(int fd, const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fds[i] == fd)
			return true;
	return false;
}

/* All there may be: the limit may have been lowered since they were opened. */
static void
descriptor_close_by_number(const int *fds, size_t n)
{
	for (int fd = 0; fd < CLOSED_BY_NUMBER; fd++)
		if (!descriptor_is_among(fd, fds, n))
			close(fd);
}

void
descriptor_close_all_but(const int *fds, size_t n)
{
	DIR *numbers = opendir("/proc/self/fd");
	const struct dirent *entry;

	if (!numbers) {
		descriptor_close_by_number(fds, n);
		return;
	}
	while ((entry = readdir(numbers))) {
		int fd = (int)strtol(entry->d_name, NULL, 10);

		if (entry->d_name[0] != '.' && fd != dirfd(numbers) &&
		    !descriptor_is_among(fd, fds, n))
			close(fd);
	}
	closedir(numbers);
}

void
descriptor_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

ssize_t
descriptor_read(int fd, char *bytes, size_t n)
{
	ssize_t taken;

	do {
		taken = read(fd, bytes, n);
	} while (taken < 0 && errno == EINTR);
	if (taken >= 0)
		return taken;
	return errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

ssize_t
descriptor_write(int fd, const char *bytes, size_t n)
{
	ssize_t taken;

	do {
		taken = write(fd, bytes, n);
	} while (taken < 0 && errno == EINTR);
	if (taken >= 0)
		return taken;
	return errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

ssize_t
descriptor_write_parts(int fd, const struct iovec *parts, int n)
{
	ssize_t taken;

	/* Most viewers get one part in most turns; write costs less. */
	if (n == 1)
		return descriptor_write(fd, parts->iov_base, parts->iov_len);
	do {
		taken = writev(fd, parts, n);
	} while (taken < 0 && errno == EINTR);
	if (taken >= 0)
		return taken;
	return errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

int
descriptor_accept(int fd)
{
#ifdef HAVE_ACCEPT4
	int connection = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
	int connection = accept(fd, NULL, NULL);
#endif

	if (connection < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
#ifndef HAVE_ACCEPT4
	fcntl(connection, F_SETFD, FD_CLOEXEC);
	descriptor_set_nonblocking(connection);
#endif
	return connection;
}

bool
descriptor_peer_gone(int fd)
{
	struct pollfd poll_fd = {.fd = fd};

	return poll(&poll_fd, 1, 0) > 0 &&
	    (poll_fd.revents & (POLLERR | POLLHUP));
}

bool
descriptor_is_listening(int fd)
{
	int listens = 0;
	socklen_t n = sizeof(listens);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &n) == 0 &&
	    listens;
}

int
descriptor_pipe(int ends[2])
{
#ifdef HAVE_PIPE2
	return pipe2(ends, O_CLOEXEC) < 0 ? -errno : 0;
#else
	if (pipe(ends) < 0)
		return -errno;
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	return 0;
#endif
}

int
descriptor_memory_file(void)
{
#ifdef HAVE_MEMFD_CREATE
	int fd = memfd_create("pipecast", MFD_CLOEXEC);

	return fd < 0 ? -errno : fd;
#else
	char path[] = P_tmpdir "/pipecast-XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0)
		return -errno;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	unlink(path);
	return fd;
#endif
}
