/* SPDX-License-Identifier: MIT */

#include "loop/local_socket.h"

#include "helpers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int ends[2];
static char bytes[64];
static struct parcel parcel;

static void
begin(void)
{
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
}

static void
end(void)
{
	close(ends[0]);
	close(ends[1]);
}

TestSuite(local_socket, .init = begin, .fini = end);

static ssize_t
receive(void)
{
	return local_socket_receive(ends[1], bytes, sizeof(bytes), &parcel);
}

Test(local_socket, passes_packets_whole_and_one_by_one)
{
	cr_assert_eq(local_socket_send(ends[0], LITERAL("one"), NULL), 0);
	cr_assert_eq(local_socket_send(ends[0], LITERAL("three"), NULL), 0);
	cr_assert_eq(receive(), 3);
	cr_assert_eq(receive(), 5);
	assert_span(((struct span){bytes, 5}), LITERAL("three"));
	cr_assert_eq(receive(), -EAGAIN);
	close(ends[0]);
	cr_assert_eq(receive(), 0);
	cr_assert_eq(local_socket_send(ends[1], LITERAL("x"), NULL), -EPIPE);
	ends[0] = open("/dev/null", O_RDONLY);
}

Test(local_socket, passes_descriptors)
{
	struct parcel sent = {.n = 2};
	int pipe_ends[2], fd;

	cr_assert_eq(pipe(pipe_ends), 0);
	sent.fds[0] = pipe_ends[1];
	sent.fds[1] = ends[0];
	cr_assert_eq(local_socket_send(ends[0], LITERAL("x"), &sent), 0);
	cr_assert_eq(receive(), 1);
	cr_assert_eq(parcel.n, 2);
	cr_assert(fcntl(parcel.fds[1], F_GETFD) & FD_CLOEXEC);
	fd = parcel_take(&parcel, 0);
	cr_assert_eq(parcel_take(&parcel, 0), -1);
	cr_assert_eq(parcel_take(&parcel, 2), -1);
	parcel_close(&parcel);
	close(pipe_ends[1]);
	cr_assert_eq(write(fd, "x", 1), 1);
	cr_assert_eq(read(pipe_ends[0], bytes, 2), 1);
	close(fd);
	cr_assert_eq(read(pipe_ends[0], bytes, 2), 0);
	close(pipe_ends[0]);
}

/* More of either than there is room for. */
Test(local_socket, drops_what_does_not_fit)
{
	char large[sizeof(bytes) + 1] = "";
	struct parcel sent = {.n = 1};
	int pipe_ends[2];

	cr_assert_eq(pipe(pipe_ends), 0);
	sent.fds[0] = pipe_ends[1];
	cr_assert_eq(local_socket_send(
			 ends[0], (struct span){large, sizeof(large)}, &sent),
	    0);
	cr_assert_eq(receive(), -EMSGSIZE);
	cr_assert_eq(parcel.n, 0);
	close(pipe_ends[1]);
	cr_assert_eq(read(pipe_ends[0], bytes, 1), 0, "it stayed open");
	close(pipe_ends[0]);
	cr_assert_eq(receive(), -EAGAIN);
}

/* An answer that comes too late is known not to have come. */
Test(local_socket, fails_once_the_peer_receives_no_more)
{
	cr_assert_eq(local_socket_send(ends[0], LITERAL("before"), NULL), 0);
	shutdown(ends[1], SHUT_RD);
	cr_assert_eq(
	    local_socket_send(ends[0], LITERAL("after"), NULL), -EPIPE);
	cr_assert_eq(receive(), 6);
	cr_assert_leq(receive(), 0);
}

Test(local_socket, listens_and_connects_by_a_path)
{
	char folder[] = "/tmp/pipecast-unit-XXXXXX", path[64], longer[128];
	int listening, fd;

	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/socket", folder);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	cr_assert_eq(local_socket_listen(longer), -ENAMETOOLONG);
	cr_assert_eq(local_socket_connect(path, 100), -ENOENT);
	listening = local_socket_listen(path);
	cr_assert_geq(listening, 0);
	cr_assert_eq(local_socket_listen(path), -EADDRINUSE);
	fd = local_socket_connect(path, 100);
	cr_assert_geq(fd, 0);
	cr_assert(local_socket_is_ours(fd));
	close(fd);
	close(listening);
	cr_assert_eq(local_socket_connect(path, 100), -ECONNREFUSED);
	unlink(path);
	rmdir(folder);
}
