/* SPDX-License-Identifier: MIT */

#include "config.h"

#include "loop/local_socket.h"

#include "loop/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 4096 };

#ifndef MSG_CMSG_CLOEXEC
#define MSG_CMSG_CLOEXEC 0
#endif

/* Opening. */

static int
local_socket_name(struct sockaddr_un *name, const char *path)
{
	size_t n = strlen(path);

	*name = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (n >= sizeof(name->sun_path))
		return -ENAMETOOLONG;
	memcpy(name->sun_path, path, n);
	return 0;
}

static int
local_socket_open(void)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	if (fd < 0)
		return -errno;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

static int
local_socket_close_with(int fd, int error)
{
	close(fd);
	return error;
}

int
local_socket_listen(const char *path)
{
	struct sockaddr_un name;
	int rc = local_socket_name(&name, path);
	int fd = rc < 0 ? rc : local_socket_open();

	if (fd < 0)
		return fd;
	descriptor_set_nonblocking(fd);
	if (bind(fd, (const struct sockaddr *)&name, sizeof(name)) < 0 ||
	    listen(fd, BACKLOG) < 0)
		return local_socket_close_with(fd, -errno);
	return fd;
}

int
local_socket_connect(const char *path, unsigned within_ms)
{
	const struct timeval within = {
	    .tv_sec = within_ms / 1000, .tv_usec = within_ms % 1000 * 1000};
	struct sockaddr_un name;
	int rc = local_socket_name(&name, path);
	int fd = rc < 0 ? rc : local_socket_open();

	if (fd < 0)
		return fd;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &within, sizeof(within));
	if (connect(fd, (const struct sockaddr *)&name, sizeof(name)) < 0)
		return local_socket_close_with(fd, -errno);
	if (!local_socket_is_ours(fd))
		return local_socket_close_with(fd, -EPERM);
	return fd;
}

bool
local_socket_is_ours(int fd)
{
#ifdef SO_PEERCRED
	struct ucred peer = {.uid = (uid_t)-1};
	socklen_t n = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 &&
	    peer.uid == geteuid();
#else
	uid_t user;
	gid_t group;

	return getpeereid(fd, &user, &group) == 0 && user == geteuid();
#endif
}

/* Packets. */

int
local_socket_send(int fd, struct span bytes, const struct parcel *parcel)
{
	union {
		struct cmsghdr header; /* for its alignment */
		char bytes[CMSG_SPACE(PARCEL_MAX * sizeof(int))];
	} control = {0};
	struct iovec part = {
	    .iov_base = (void *)(uintptr_t)bytes.bytes, .iov_len = bytes.n};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	if (parcel && parcel->n > 0) {
		size_t n = parcel->n * sizeof(int);

		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(n);
		memcpy(CMSG_DATA(&control.header), parcel->fds, n);
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(n);
	}
	while (sendmsg(fd, &message, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	return 0;
}

/* Adds the descriptors of a control message; returns whether all had room. */
static bool
parcel_add(struct parcel *parcel, struct cmsghdr *header)
{
	size_t n = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	bool fit = true;

	for (size_t i = 0; i < n; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(fd));
		if (!MSG_CMSG_CLOEXEC)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
		if (parcel->n < PARCEL_MAX) {
			parcel->fds[parcel->n++] = fd;
			continue;
		}
		close(fd);
		fit = false;
	}
	return fit;
}

static bool
parcel_fill(struct parcel *parcel, struct msghdr *message)
{
	bool fit = true;

	for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at;
	     at = CMSG_NXTHDR(message, at))
		if (at->cmsg_level == SOL_SOCKET && at->cmsg_type == SCM_RIGHTS)
			fit &= parcel_add(parcel, at);
	return fit;
}

ssize_t
local_socket_receive(int fd, void *bytes, size_t n, struct parcel *parcel)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(PARCEL_MAX * sizeof(int))];
	} control;
	struct iovec part = {.iov_base = bytes, .iov_len = n};
	struct msghdr message = {
	    .msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control),
	};
	ssize_t taken;
	bool fit, is_short;

	parcel->n = 0;
	do {
		taken = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (taken < 0 && errno == EINTR);
	if (taken < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	fit = parcel_fill(parcel, &message);
	if (fit && !(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		return taken;
	/* Fewer than had room: the kernel could not install the next one. */
	is_short = (message.msg_flags & MSG_CTRUNC) && parcel->n < PARCEL_MAX;
	parcel_close(parcel);
	return is_short ? -EMFILE : -EMSGSIZE;
}

void
parcel_close(struct parcel *parcel)
{
	for (size_t i = 0; i < parcel->n; i++)
		descriptor_close(&parcel->fds[i]);
	parcel->n = 0;
}

int
parcel_take(struct parcel *parcel, size_t i)
{
	int fd = i < parcel->n ? parcel->fds[i] : -1;

	if (i < parcel->n)
		parcel->fds[i] = -1;
	return fd;
}
