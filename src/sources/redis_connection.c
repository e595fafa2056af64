/* SPDX-License-Identifier: MIT */

/* In the order of what happens: connecting, sending, receiving, breaking. */

#include "sources/redis_connection.h"

#include "loop/descriptor.h"
#include "sources/redis_socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For a lookup, for a connection; and for a reply, or for more of it. */
enum { REDIS_CONNECT_MS = 5000, REDIS_REPLY_MS = 15000 };

/* At a time; then viewers get what that was. */
enum { REDIS_PIECE = 65536 };

/* More is not kept for later commands. */
enum { REDIS_OUT_KEPT = 1 << 20 };

/* A command that awaits its reply. */
struct redis_command {
	struct link link;
	const struct redis_reply_kind *kind;
	void *ctx;
};

static struct redis_command *
redis_command_first(const struct redis_connection *connection)
{
	struct link *first = list_first(&connection->commands);

	return first ? LIST_MEMBER(first, struct redis_command, link) : NULL;
}

/* Connecting. */

static void redis_connection_on_writable(void *ctx);
static void redis_connection_on_readable(void *ctx);

static void
redis_connection_unwatch(struct redis_connection *connection)
{
	lookup_stop(&connection->lookup);
	watch_fini(&connection->readable);
	watch_fini(&connection->writable);
	timer_stop(&connection->deadline);
}

/* Takes the descriptor, or a negative errno, and returns the like. */
static int
redis_connection_watch(struct redis_connection *connection, int fd)
{
	int rc;

	if (fd < 0)
		return fd;
	connection->fd = fd;
	rc = watch_init(&connection->readable, connection->loop, fd,
	    WATCH_READABLE, redis_connection_on_readable, connection);
	if (rc == 0)
		rc = watch_init(&connection->writable, connection->loop, fd,
		    WATCH_WRITABLE, redis_connection_on_writable, connection);
	if (rc < 0)
		return rc;
	watch_set(&connection->writable, true);
	return 0;
}

static void
redis_connection_on_found(
    void *ctx, const struct lookup_address *addresses, size_t n)
{
	struct redis_connection *connection = ctx;
	int rc = redis_connection_watch(connection,
	    redis_socket_connect(addresses, n, connection->n_attempts++));

	if (rc < 0)
		redis_connection_break(connection, redis_socket_error(rc));
}

/* A name is looked up by a child, a number at once. */
static int
redis_connection_connect(struct redis_connection *connection)
{
	const struct redis_url *url = connection->url;
	struct lookup_address addresses[LOOKUP_MAX];
	char port[8];
	size_t n;

	timer_start(&connection->deadline, REDIS_CONNECT_MS);
	if (*url->path)
		return redis_connection_watch(
		    connection, redis_socket_connect_path(url->path));
	snprintf(port, sizeof(port), "%u", (unsigned)url->port);
	n = lookup_now(addresses, url->host, port, AI_NUMERICHOST);
	if (n == 0)
		return lookup_start(&connection->lookup, connection->loop,
		    url->host, port, redis_connection_on_found, connection);
	redis_connection_on_found(connection, addresses, n);
	return 0;
}

static void redis_connection_take(void *ctx, const struct redis_token *token);
static bool redis_connection_take_end(void *ctx);

void
redis_connection_open(struct redis_connection *connection)
{
	const struct redis_wire_sink sink = {
	    redis_connection_take, redis_connection_take_end, connection};
	int rc = -ENOMEM;

	if (connection->state != REDIS_CLOSED)
		return;
	connection->state = REDIS_CONNECTING;
	connection->wire = redis_wire_create(&sink, connection->max_string);
	if (connection->wire)
		rc = redis_connection_connect(connection);
	if (rc < 0)
		redis_connection_break(connection, redis_socket_error(rc));
}

static void
redis_connection_on_connected(struct redis_connection *connection)
{
	int rc = redis_socket_result(connection->fd);

	if (rc < 0) {
		redis_connection_break(connection, redis_socket_error(rc));
		return;
	}
	connection->state = REDIS_OPEN;
	timer_stop(&connection->deadline);
	watch_set(&connection->writable, false);
	watch_set(&connection->readable, true);
	connection->on_open(connection->ctx);
}

/* Sending. */

struct redis_command_writer *
redis_connection_begin(struct redis_connection *connection, size_t n_words)
{
	redis_command_begin(&connection->writer, n_words);
	return &connection->writer;
}

void
redis_connection_end(struct redis_connection *connection,
    const struct redis_reply_kind *kind, void *ctx)
{
	struct redis_command *command = malloc(sizeof(*command));

	if (!command || connection->writer.rc < 0) {
		free(command);
		redis_connection_break(connection, "out of memory");
		kind->on_broken(ctx);
		return;
	}
	if (list_is_empty(&connection->commands))
		timer_start(&connection->deadline, REDIS_REPLY_MS);
	command->kind = kind;
	command->ctx = ctx;
	list_append(&connection->commands, &command->link);
	loop_defer(connection->loop, &connection->flush);
}

size_t
redis_connection_backlog(const struct redis_connection *connection)
{
	return connection->out.n - connection->n_sent;
}

static void
redis_connection_flush(void *ctx)
{
	struct redis_connection *connection = ctx;
	struct buffer *out = &connection->out;
	ssize_t n;

	if (connection->state != REDIS_OPEN)
		return;
	n = descriptor_write(connection->fd, out->bytes + connection->n_sent,
	    redis_connection_backlog(connection));
	if (n < 0 && n != -EAGAIN) {
		redis_connection_break(connection, redis_socket_error((int)n));
		return;
	}
	connection->n_sent += n > 0 ? (size_t)n : 0;
	watch_set(&connection->writable, connection->n_sent < out->n);
	if (connection->n_sent < out->n)
		return;
	out->n = connection->n_sent = 0;
	if (out->allocated > REDIS_OUT_KEPT)
		buffer_fini(out);
}

static void
redis_connection_on_writable(void *ctx)
{
	struct redis_connection *connection = ctx;

	if (connection->state == REDIS_CONNECTING)
		redis_connection_on_connected(connection);
	else
		redis_connection_flush(connection);
}

/* Receiving. */

static void
redis_connection_take(void *ctx, const struct redis_token *token)
{
	struct redis_connection *connection = ctx;
	struct redis_command *command = redis_command_first(connection);

	if (!command || connection->state != REDIS_OPEN)
		return;
	if (token->depth == 0 && token->type == REDIS_TOKEN_ERROR)
		text_escape(
		    connection->error, sizeof(connection->error), token->text);
	else if (command->kind->on_token)
		command->kind->on_token(command->ctx, token);
}

static bool
redis_connection_take_end(void *ctx)
{
	struct redis_connection *connection = ctx;
	struct redis_command *command = redis_command_first(connection);
	char error[REDIS_ERROR_SIZE];

	if (connection->state != REDIS_OPEN)
		return false;
	if (!command) {
		redis_connection_break(
		    connection, "it sends replies that nothing asked for");
		return false;
	}
	memcpy(error, connection->error, sizeof(error));
	connection->error[0] = '\0';
	list_remove(&command->link);
	command->kind->on_end(command->ctx, *error ? error : NULL);
	free(command);
	return connection->state == REDIS_OPEN;
}

static void
redis_connection_on_readable(void *ctx)
{
	struct redis_connection *connection = ctx;
	char piece[REDIS_PIECE];
	ssize_t n = descriptor_read(connection->fd, piece, sizeof(piece));
	int rc;

	if (n == -EAGAIN)
		return;
	if (n <= 0) {
		redis_connection_break(connection,
		    n == 0 ? "it has closed the connection"
			   : redis_socket_error((int)n));
		return;
	}
	rc = redis_wire_feed(connection->wire, piece, (size_t)n);
	connection->is_overfull = rc == -EMSGSIZE;
	if (rc < 0 && rc != -ECANCELED)
		redis_connection_break(connection, redis_wire_why(rc));
	if (connection->state != REDIS_OPEN)
		return;
	if (list_is_empty(&connection->commands))
		timer_stop(&connection->deadline);
	else
		timer_start(&connection->deadline, REDIS_REPLY_MS);
}

/* Breaking. */

void
redis_connection_break(struct redis_connection *connection, const char *why)
{
	if (connection->state == REDIS_BREAKING ||
	    connection->state == REDIS_CLOSED)
		return;
	connection->state = REDIS_BREAKING;
	connection->why = why;
	redis_connection_unwatch(connection);
	loop_defer(connection->loop, &connection->ending);
}

static void
redis_connection_on_deadline(void *ctx)
{
	struct redis_connection *connection = ctx;

	redis_connection_break(connection,
	    connection->lookup.pid ? "the name of its host is not found in time"
				   : "it does not answer");
}

static void
redis_connection_close(struct redis_connection *connection)
{
	redis_connection_unwatch(connection);
	descriptor_close(&connection->fd);
	redis_wire_free(connection->wire);
	connection->wire = NULL;
	buffer_fini(&connection->out);
	connection->n_sent = 0;
	connection->writer.rc = 0;
	connection->error[0] = '\0';
	connection->state = REDIS_CLOSED;
}

static void
redis_connection_fail_commands(struct redis_connection *connection)
{
	struct link failed, *next;

	list_init(&failed);
	list_append_all(&failed, &connection->commands);
	for (struct link *at = list_first(&failed); at; at = next) {
		struct redis_command *command =
		    LIST_MEMBER(at, struct redis_command, link);

		next = list_next(&failed, at);
		command->kind->on_broken(command->ctx);
		free(command);
	}
}

static void
redis_connection_on_ending(void *ctx)
{
	struct redis_connection *connection = ctx;

	redis_connection_close(connection);
	redis_connection_fail_commands(connection);
	connection->is_overfull = false;
	connection->on_broken(connection->ctx, connection->why);
}

static void
redis_reply_ignore(void *ctx, const char *error)
{
	(void)ctx;
	(void)error;
}

static void
redis_reply_ignore_break(void *ctx)
{
	(void)ctx;
}

static const struct redis_reply_kind redis_reply_ignored = {
    .on_end = redis_reply_ignore, .on_broken = redis_reply_ignore_break};

void
redis_connection_forget(struct redis_connection *connection, void *ctx)
{
	for (struct link *at = list_first(&connection->commands); at;
	     at = list_next(&connection->commands, at)) {
		struct redis_command *command =
		    LIST_MEMBER(at, struct redis_command, link);

		if (command->ctx == ctx)
			command->kind = &redis_reply_ignored;
	}
}

int
redis_connection_init(struct redis_connection *connection)
{
	connection->fd = -1;
	connection->writer.out = &connection->out;
	list_init(&connection->commands);
	connection->flush = (struct deferral){
	    .callback = redis_connection_flush, .ctx = connection};
	connection->ending = (struct deferral){
	    .callback = redis_connection_on_ending, .ctx = connection};
	return timer_init(&connection->deadline, connection->loop,
	    redis_connection_on_deadline, connection);
}

void
redis_connection_fini(struct redis_connection *connection)
{
	if (!connection->loop)
		return;
	loop_forget(connection->loop, &connection->flush);
	loop_forget(connection->loop, &connection->ending);
	redis_connection_close(connection);
	redis_connection_fail_commands(connection);
	timer_fini(&connection->deadline);
}
