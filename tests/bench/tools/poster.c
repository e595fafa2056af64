/* SPDX-License-Identifier: MIT */

#include "poster.h"

#include "address.h"

#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { HEAD_BYTES = 1024, MAX_EVENT = 65536 + 64 };

static void
connection_open(struct connection *connection, const char *text)
{
	struct address address = address_parse(text);
	int one = 1;

	connection->fd = socket(address.storage.ss_family, SOCK_STREAM, 0);
	if (connection->fd < 0 ||
	    connect(connection->fd, (const struct sockaddr *)&address.storage,
		address.size) < 0)
		err(1, "%s", text);
	setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static void
connection_write(
    const struct connection *connection, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t written = write(connection->fd, bytes, n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			err(1, "cannot post");
		bytes += written;
		n -= (size_t)written;
	}
}

void
poster_open(struct poster *poster, const char *address)
{
	if (poster->reconnect)
		poster->depth = 1;
	poster->address = address;
	for (uint64_t i = 0; i < poster->n_connections; i++)
		connection_open(&poster->connections[i], address);
}

/* Counts the answers by their first lines; nothing else that servers answer
   looks like one. */
static void
count_answers(struct poster *poster, struct connection *connection,
    const char *bytes, size_t n)
{
	static const char begin[] = "HTTP/1.1 ";

	for (size_t i = 0; i < n; i++) {
		if (connection->matched == sizeof(begin) - 1) {
			connection->matched = 0;
			connection->unanswered--;
			poster->unanswered--;
			if (bytes[i] != '2')
				poster->refused++;
		} else if (bytes[i] == begin[connection->matched]) {
			connection->matched++;
		} else {
			connection->matched = bytes[i] == begin[0];
		}
	}
}

static void
read_answers(struct poster *poster, struct connection *connection)
{
	char bytes[4096];
	ssize_t n;

	do {
		n = recv(connection->fd, bytes, sizeof(bytes), 0);
		if (n > 0)
			count_answers(poster, connection, bytes, (size_t)n);
	} while (n > 0 && poster->reconnect);
	if (n < 0 || (n == 0 && connection->unanswered > 0))
		errx(1, "the server does not take POST requests any more");
	if (n == 0) {
		close(connection->fd);
		connection_open(connection, poster->address);
	}
}

static void
wait_for_answers(struct poster *poster)
{
	struct pollfd watched[MAX_CONNECTIONS];
	nfds_t n = poster->n_connections;

	for (nfds_t i = 0; i < n; i++)
		watched[i] = (struct pollfd){
		    .fd = poster->connections[i].fd, .events = POLLIN};
	if (poll(watched, n, -1) < 0 && errno != EINTR)
		err(1, "poll");
	for (nfds_t i = 0; i < n; i++)
		if (watched[i].revents)
			read_answers(poster, &poster->connections[i]);
}

/* A connection that may take one more request, NULL if there is none. */
static struct connection *
find_free(struct poster *poster)
{
	for (uint64_t i = 0; i < poster->n_connections; i++) {
		struct connection *connection =
		    &poster
			 ->connections[poster->next++ % poster->n_connections];

		if (connection->unanswered < poster->depth)
			return connection;
	}
	return NULL;
}

void
poster_send(struct poster *poster, const char *event, size_t n)
{
	char request[HEAD_BYTES + MAX_EVENT];
	struct connection *connection;
	int head_n = snprintf(request, HEAD_BYTES,
	    "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s"
	    "Content-Type: text/plain\r\nContent-Length: %zu\r\n\r\n",
	    poster->path, poster->reconnect ? "Connection: close\r\n" : "", n);

	if (head_n >= HEAD_BYTES || n > MAX_EVENT)
		errx(2, "%s: too long a path or event", poster->path);
	memcpy(request + head_n, event, n);
	while (!(connection = find_free(poster)))
		wait_for_answers(poster);
	connection_write(connection, request, (size_t)head_n + n);
	connection->unanswered++;
	poster->unanswered++;
}

void
poster_finish(struct poster *poster)
{
	while (poster->unanswered > 0)
		wait_for_answers(poster);
}
