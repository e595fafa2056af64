/* SPDX-License-Identifier: MIT */

#include "loop/descriptor.h"

#include "helpers.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int
listen_somewhere(struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t n = sizeof(*address);

	*address = (struct sockaddr_in){.sin_family = AF_INET};
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert_eq(bind(fd, (struct sockaddr *)address, n), 0);
	cr_assert(!descriptor_is_listening(fd), "it is only bound");
	cr_assert_eq(listen(fd, 5), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)address, &n), 0);
	return fd;
}

Test(descriptor, knows_a_socket_that_listens)
{
	struct sockaddr_in address;
	int fd = listen_somewhere(&address);

	cr_assert(descriptor_is_listening(fd));
	close(fd);
}

Test(descriptor, knows_what_does_not_listen)
{
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	cr_assert(!descriptor_is_listening(ends[0]));
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	cr_assert(!descriptor_is_listening(ends[0]));
	cr_assert(!descriptor_is_listening(open("/dev/null", O_RDWR)));
	cr_assert(!descriptor_is_listening(-1));
}

/* Such a connection has no peer any more, as a socket that listens has none. */
Test(descriptor, is_not_fooled_by_a_connection_that_was_reset)
{
	struct linger at_once = {1, 0};
	struct sockaddr_in address;
	int listener = listen_somewhere(&address);
	int client = socket(AF_INET, SOCK_STREAM, 0);
	int server;
	char c;

	cr_assert_eq(
	    connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
	server = accept(listener, NULL, NULL);
	cr_assert_geq(server, 0);
	cr_assert_eq(setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once,
			 sizeof(at_once)),
	    0);
	close(client);
	cr_assert_lt(read(server, &c, 1), 0);
	cr_assert(!descriptor_is_listening(server));
	close(server);
	close(listener);
}

Test(descriptor, makes_a_file_that_ends_with_it)
{
	int fd = descriptor_memory_file();
	struct stat status;
	char text[8];

	cr_assert_geq(fd, 0);
	cr_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	cr_assert_eq(fstat(fd, &status), 0);
	cr_assert_eq(status.st_size, 0);
	cr_assert_eq(status.st_nlink, 0);
	cr_assert_eq(write(fd, "abc", 3), 3);
	cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
	cr_assert_eq(read(fd, text, sizeof(text)), 3);
	cr_assert_arr_eq(text, "abc", 3);
	close(fd);
}
