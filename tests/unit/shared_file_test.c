/* SPDX-License-Identifier: MIT */

#include "loop/shared_file.h"

#include "helpers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A descriptor that is ready for poll only: another process was faster. */
static int lies;

int __real_poll(struct pollfd *fds, nfds_t n, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout);

int
__wrap_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	if (lies == 0)
		return __real_poll(fds, n, timeout);
	lies--;
	fds->revents = fds->events;
	return 1;
}

enum kind { A_PIPE, A_SOCKET };

static int reader, writer;

static void
open_both(enum kind kind)
{
	int ends[2];

	cr_assert_eq(kind == A_PIPE ? pipe(ends)
				    : socketpair(AF_UNIX, SOCK_STREAM, 0, ends),
	    0);
	reader = ends[0];
	writer = ends[1];
}

static void
close_both(void)
{
	cr_assert(!(fcntl(reader, F_GETFL) & O_NONBLOCK));
	cr_assert(!(fcntl(writer, F_GETFL) & O_NONBLOCK));
	close(reader);
	close(writer);
}

static void
assert_reads_what_is_there(enum kind kind)
{
	char bytes[16];

	open_both(kind);
	cr_assert_eq(shared_file_read(reader, bytes, sizeof(bytes)), -EAGAIN);
	cr_assert_eq(write(writer, "abc", 3), 3);
	cr_assert_eq(shared_file_read(reader, bytes, sizeof(bytes)), 3);
	cr_assert_arr_eq(bytes, "abc", 3);
	cr_assert_eq(shared_file_read(reader, bytes, sizeof(bytes)), -EAGAIN);
	close_both();
}

Test(shared_file, reads_what_is_there_and_does_not_wait)
{
	assert_reads_what_is_there(A_PIPE);
	assert_reads_what_is_there(A_SOCKET);
}

static void
assert_reads_the_end(enum kind kind)
{
	char byte;

	open_both(kind);
	close(writer);
	cr_assert_eq(shared_file_read(reader, &byte, 1), 0);
	close(reader);
}

Test(shared_file, reads_the_end)
{
	assert_reads_the_end(A_PIPE);
	assert_reads_the_end(A_SOCKET);
}

static char many[3 << 20];

/* In parts that end anywhere. */
static ssize_t
write_many(size_t from)
{
	size_t n = (sizeof(many) - from) / 3;
	const struct iovec parts[] = {
	    {many + from, n},
	    {many + from + n, 0},
	    {many + from + n, sizeof(many) - from - n},
	};

	return shared_file_write_parts(writer, parts, 3);
}

static size_t
read_some(size_t from)
{
	static char bytes[sizeof(many)];
	ssize_t n = shared_file_read(reader, bytes, sizeof(bytes));

	cr_assert_gt(n, 0);
	cr_assert_arr_eq(bytes, many + from, (size_t)n);
	return (size_t)n;
}

static void
assert_writes_what_fits(enum kind kind)
{
	size_t written = 0, seen = 0;
	ssize_t n;

	open_both(kind);
	for (size_t i = 0; i < sizeof(many); i++)
		many[i] = (char)(i * 7 + i / 251);
	while (written < sizeof(many)) {
		n = write_many(written);
		cr_assert_gt(n, 0);
		written += (size_t)n;
		if (written < sizeof(many))
			cr_assert_eq(write_many(written), -EAGAIN);
		while (seen < written)
			seen += read_some(seen);
	}
	close_both();
}

Test(shared_file, writes_what_fits_and_does_not_wait)
{
	assert_writes_what_fits(A_PIPE);
	assert_writes_what_fits(A_SOCKET);
}

static void
assert_tells_of_the_reader_that_left(enum kind kind)
{
	open_both(kind);
	close(reader);
	cr_assert_eq(write_many(0), -EPIPE);
	close(writer);
}

Test(shared_file, tells_of_the_reader_that_left)
{
	signal(SIGPIPE, SIG_IGN);
	assert_tells_of_the_reader_that_left(A_PIPE);
	assert_tells_of_the_reader_that_left(A_SOCKET);
}

/* Accepting. */

static int listener;

static void
listen_in_memory(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	/* An address that the system chooses. */
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	cr_assert_eq(
	    bind(listener, (struct sockaddr *)&name, sizeof(name.sun_family)),
	    0);
	cr_assert_eq(listen(listener, 5), 0);
	shared_file_prepare_to_accept();
}

static int
connect_to_it(void)
{
	struct sockaddr_un name;
	socklen_t n = sizeof(name);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	cr_assert_eq(getsockname(listener, (struct sockaddr *)&name, &n), 0);
	cr_assert_eq(connect(fd, (struct sockaddr *)&name, n), 0);
	return fd;
}

Test(shared_file, accepts_a_connection_and_does_not_wait)
{
	int client, accepted;

	listen_in_memory();
	cr_assert_eq(shared_file_accept(listener), -EAGAIN);
	client = connect_to_it();
	accepted = shared_file_accept(listener);
	cr_assert_geq(accepted, 0);
	cr_assert(fcntl(accepted, F_GETFL) & O_NONBLOCK);
	cr_assert(fcntl(accepted, F_GETFD) & FD_CLOEXEC);
	cr_assert_eq(write(client, "a", 1), 1);
	cr_assert_eq(shared_file_accept(listener), -EAGAIN);
	cr_assert(!(fcntl(listener, F_GETFL) & O_NONBLOCK));
}

Test(shared_file, does_not_wait_for_a_connection_that_another_accepted,
    .timeout = 20)
{
	listen_in_memory();
	lies = 3;
	for (int i = 0; i < 3; i++)
		cr_assert_eq(shared_file_accept(listener), -EAGAIN);
	connect_to_it();
	cr_assert_geq(shared_file_accept(listener), 0);
}
