/* SPDX-License-Identifier: MIT */

#include "gateways/connections.h"

#include <stdlib.h>
#include <sys/socket.h>

enum { CHECK_MS = 1000 }; /* between two looks at the deadlines */

/* Lists and deadlines. */

static struct connection **
connection_list(const struct connection *connection)
{
	struct connections *connections = connection->connections;

	return connection->deadline_ms == UINT64_MAX ? &connections->streaming
						     : &connections->waiting;
}

void
connections_unlink(struct connection *connection)
{
	if (connection->prev)
		connection->prev->next = connection->next;
	else
		*connection_list(connection) = connection->next;
	if (connection->next)
		connection->next->prev = connection->prev;
}

static void
connections_check_later(struct connections *connections)
{
	if (!connections->is_checking)
		timer_start(&connections->check, CHECK_MS);
	connections->is_checking = true;
}

void
connections_link(struct connection *connection, uint64_t deadline_ms)
{
	struct connection **list;

	connection->deadline_ms = deadline_ms;
	list = connection_list(connection);
	connection->prev = NULL;
	connection->next = *list;
	if (*list)
		(*list)->prev = connection;
	*list = connection;
	if (deadline_ms != UINT64_MAX)
		connections_check_later(connection->connections);
}

static void
connection_late(struct connection *connection)
{
	const struct connection_protocol *protocol =
	    connection->connections->protocol;

	if (connection->state == CONNECTION_LINGERING)
		connection_close(connection, NULL);
	else if (connection->state == CONNECTION_IDLE)
		connection_close(connection, "it was idle");
	else if (protocol->on_late &&
	    (connection->state == CONNECTION_RECEIVING ||
		connection->state == CONNECTION_POSTING))
		protocol->on_late(connection);
	else
		connection_close(connection, "it took too long");
}

static void
connections_check(void *ctx)
{
	struct connections *connections = ctx;
	uint64_t now_ms = loop_now_ms();
	struct connection *next;

	connections->is_checking = false;
	for (struct connection *at = connections->waiting; at; at = next) {
		next = at->next;
		if (now_ms >= at->deadline_ms)
			connection_late(at);
	}
	if (connections->waiting)
		connections_check_later(connections);
}

/* All connections. */

static void
connections_free_closed(void *ctx)
{
	struct connections *connections = ctx;
	struct connection *connection;

	while ((connection = connections->closed)) {
		connections->closed = connection->next;
		free(connection);
	}
}

int
connections_init(struct connections *connections, struct loop *loop,
    struct admission *admission, const struct connection_protocol *protocol)
{
	*connections = (struct connections){
	    .loop = loop,
	    .admission = admission,
	    .protocol = protocol,
	    .free_closed = {.callback = connections_free_closed,
		.ctx = connections},
	};
	return timer_init(
	    &connections->check, loop, connections_check, connections);
}

void
connections_drain(struct connections *connections)
{
	uint64_t now_ms = loop_now_ms();
	struct connection *next;
	char byte;

	connections->is_draining = true;
	for (struct connection *at = connections->waiting; at; at = next) {
		next = at->next;
		if (at->state == CONNECTION_IDLE) {
			if (recv(at->fd, &byte, 1, MSG_PEEK) <= 0)
				connection_close(at, NULL);
			else
				connection_enter(at, CONNECTION_RECEIVING);
		}
		if (at->state == CONNECTION_RECEIVING)
			at->deadline_ms =
			    now_ms + connections->protocol->hurry_ms;
		if (at->state == CONNECTION_POSTING)
			at->deadline_ms = now_ms + CONNECTION_HURRY_MS;
	}
}

void
connections_fini(struct connections *connections)
{
	if (!connections->loop)
		return;
	while (connections->waiting)
		connection_close(connections->waiting, NULL);
	while (connections->streaming)
		connection_close(connections->streaming, NULL);
	connections_free_closed(connections);
	loop_forget(connections->loop, &connections->free_closed);
	timer_fini(&connections->check);
}
