/* SPDX-License-Identifier: MIT */

/*
 * bare - the physical limit: holds the sockets of all viewers and sends them
 * what comes in on standard input, line by line, or what is posted.  Nothing is
 * checked, parsed or kept; what a socket does not take at once is lost.
 *
 *	send      one send() an event and viewer
 *	coalesce  one send() a viewer for all that one read() brought
 */

#include "config.h"
#include "../tools/address.h"

#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	MAX_DESCRIPTORS = 20000,
	READ_BYTES = 65536,
	MAX_LINE = 65536,
	MAX_RECORD = 65535,
	FCGI_HEADER = 8,
	UNIX_SEND_BUFFER = 1 << 20,
};

enum state { FREE, WAITING, VIEWER };

struct bare {
	bool coalesce;
	bool fastcgi;
	int epoll;
	int listener;
	int n_viewers;
	int viewers[MAX_DESCRIPTORS]; /* their descriptors */
	int place[MAX_DESCRIPTORS];   /* of a descriptor in viewers */
	enum state state[MAX_DESCRIPTORS];
	unsigned long refused; /* sends that were not taken whole */
	size_t in_n;
	char in[MAX_LINE + READ_BYTES];
	/* A header, and a line is no shorter than its newline. */
	char out[FCGI_HEADER + 8 * (MAX_LINE + READ_BYTES)];
};

static void
watch(const struct bare *bare, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	if (epoll_ctl(bare->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		err(2, "epoll_ctl");
}

static void
drop(struct bare *bare, int fd)
{
	if (bare->state[fd] == VIEWER) {
		int last = bare->viewers[--bare->n_viewers];

		bare->viewers[bare->place[fd]] = last;
		bare->place[last] = bare->place[fd];
	}
	bare->state[fd] = FREE;
	close(fd);
}

/* Sends what stands in out, behind room for a header. */
static void
send_to_all(struct bare *bare, size_t n)
{
	char *begin = bare->out + FCGI_HEADER;

	if (bare->fastcgi) {
		const uint8_t header[FCGI_HEADER] = {
		    1, 6, 0, 1, (uint8_t)(n >> 8), (uint8_t)n};

		begin = bare->out;
		memcpy(begin, header, sizeof(header));
		n += sizeof(header);
	}
	for (int i = 0; i < bare->n_viewers; i++)
		if (send(bare->viewers[i], begin, n,
			MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)n)
			bare->refused++;
}

static size_t
put_event(char *out, const char *line, size_t n)
{
	memcpy(out, "data: ", 6);
	memcpy(out + 6, line, n);
	memcpy(out + 6 + n, "\n\n", 2);
	return n + 8;
}

static void
send_lines(struct bare *bare)
{
	char *at = bare->in, *end = bare->in + bare->in_n, *lf;
	size_t n = 0;

	while ((lf = memchr(at, '\n', (size_t)(end - at)))) {
		size_t line_n = (size_t)(lf - at);

		if (n > 0 && (!bare->coalesce || n + line_n + 8 > MAX_RECORD)) {
			send_to_all(bare, n);
			n = 0;
		}
		n += put_event(bare->out + FCGI_HEADER + n, at, line_n);
		at = lf + 1;
	}
	if (n > 0)
		send_to_all(bare, n);
	bare->in_n = (size_t)(end - at);
	memmove(bare->in, at, bare->in_n);
}

/* Returns false at the end of the input. */
static bool
on_input(struct bare *bare)
{
	ssize_t n = read(STDIN_FILENO, bare->in + bare->in_n, READ_BYTES);

	if (n <= 0)
		return n < 0 && errno == EINTR;
	bare->in_n += (size_t)n;
	send_lines(bare);
	if (bare->in_n > MAX_LINE)
		errx(1, "a line of more than %d bytes", MAX_LINE);
	return true;
}

static void
on_knock(struct bare *bare)
{
	int fd, one = 1, size = UNIX_SEND_BUFFER;

	while ((fd = accept4(bare->listener, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		if (fd >= MAX_DESCRIPTORS)
			errx(1, "too many viewers");
		/* Whichever of them the socket knows. */
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
		bare->state[fd] = WAITING;
		watch(bare, fd);
	}
}

/* Sends the body to all and answers. */
static void
on_post(struct bare *bare, int fd, const char *request, size_t n)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\n"
				     "Content-Length: 0\r\n\r\n";
	const char *body = memmem(request, n, "\r\n\r\n", 4);

	if (!body)
		errx(1, "a request in pieces");
	body += 4;
	send_to_all(bare,
	    put_event(
		bare->out + FCGI_HEADER, body, n - (size_t)(body - request)));
	if (send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL) < 0 ||
	    memmem(request, n, "\r\nConnection: close", 19))
		drop(bare, fd);
}

/* A request as small as ours comes in one piece. */
static void
on_request(struct bare *bare, int fd)
{
	static const char cgi[] = "Content-Type: text/event-stream\r\n"
				  "Cache-Control: no-cache\r\n\r\n";
	static const char http[] = "HTTP/1.1 200 OK\r\n"
				   "Content-Type: text/event-stream\r\n"
				   "Cache-Control: no-cache\r\n"
				   "Connection: close\r\n\r\n";
	char bytes[8192],
	    head[FCGI_HEADER + sizeof(cgi)] = {1, 6, 0, 1, 0, sizeof(cgi) - 1};
	ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

	if (n <= 0) {
		drop(bare, fd);
		return;
	}
	if (bare->state[fd] != WAITING)
		return;
	if (bytes[0] == 'P') {
		on_post(bare, fd, bytes, (size_t)n);
		return;
	}
	memcpy(head + FCGI_HEADER, cgi, sizeof(cgi));
	if (bare->fastcgi)
		n = send(fd, head, sizeof(head) - 1, MSG_NOSIGNAL);
	else
		n = send(fd, http, sizeof(http) - 1, MSG_NOSIGNAL);
	if (n < 0) {
		drop(bare, fd);
		return;
	}
	bare->state[fd] = VIEWER;
	bare->place[fd] = bare->n_viewers;
	bare->viewers[bare->n_viewers++] = fd;
}

static void
run(struct bare *bare)
{
	struct epoll_event ready[512];

	for (;;) {
		int n = epoll_wait(bare->epoll, ready, 512, -1);

		for (int i = 0; i < n; i++) {
			int fd = ready[i].data.fd;

			if (fd == bare->listener)
				on_knock(bare);
			else if (fd != STDIN_FILENO)
				on_request(bare, fd);
			else if (!on_input(bare))
				return;
		}
	}
}

int
main(int argc, char **argv)
{
	const struct rlimit limit = {MAX_DESCRIPTORS, MAX_DESCRIPTORS};
	static struct bare bare;
	struct address address;

	if (argc != 4)
		errx(2, "usage: bare send|coalesce http|fastcgi ADDRESS");
	bare.coalesce = strcmp(argv[1], "coalesce") == 0;
	bare.fastcgi = strcmp(argv[2], "fastcgi") == 0;
	address = address_parse(argv[3]);
	setrlimit(RLIMIT_NOFILE, &limit);
	signal(SIGPIPE, SIG_IGN);
	bare.listener = address_listen(&address);
	bare.epoll = epoll_create1(EPOLL_CLOEXEC);
	watch(&bare, bare.listener);
	watch(&bare, STDIN_FILENO);
	run(&bare);
	if (bare.refused > 0)
		warnx("%lu times a viewer did not take all", bare.refused);
	return 0;
}
