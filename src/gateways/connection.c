/* SPDX-License-Identifier: MIT */

#include "gateways/connections.h"

#include "loop/descriptor.h"
#include "loop/log.h"
#include "loop/shared_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	READ_BYTES = 16384, /* taken from a connection at a time */
	RECEIVE_MS = 10000, /* for a request to be complete */
	ANSWER_MS = 10000,  /* for the rest of an answer to be taken */
	LINGER_MS = 2000,   /* for the peer to close after us */
};

static const struct connection_protocol *
connection_protocol_of(const struct connection *connection)
{
	return connection->connections->protocol;
}

/* States. */

static uint64_t
connection_deadline_of(const struct connection *connection)
{
	const uint64_t within_ms[] = {
	    [CONNECTION_RECEIVING] = RECEIVE_MS,
	    [CONNECTION_POSTING] = connection->connections->is_draining
		? CONNECTION_HURRY_MS
		: RECEIVE_MS,
	    [CONNECTION_ANSWERING] = ANSWER_MS,
	    [CONNECTION_IDLE] = connection_protocol_of(connection)->idle_ms,
	    [CONNECTION_LINGERING] = LINGER_MS,
	};

	if (connection->state == CONNECTION_STREAMING)
		return UINT64_MAX;
	return loop_now_ms() + within_ms[connection->state];
}

/* The memory stays for callbacks that are still running. */
static void
connection_release(struct connection *connection)
{
	struct connections *connections = connection->connections;

	watch_fini(&connection->readable);
	watch_fini(&connection->writable);
	if (connection_protocol_of(connection)->fini)
		connection_protocol_of(connection)->fini(connection);
	buffer_fini(&connection->output);
	close(connection->fd);
	connection->next = connections->closed;
	connections->closed = connection;
	loop_defer(connections->loop, &connections->free_closed);
	admission_disconnected(connections->admission);
}

void
connection_enter(struct connection *connection, enum connection_state state)
{
	enum connection_state old = (enum connection_state)connection->state;

	assert(old != CONNECTION_CLOSED);
	connections_unlink(connection);
	connection->state = (uint8_t)state;
	if (state != CONNECTION_CLOSED)
		connections_link(
		    connection, connection_deadline_of(connection));
	if (old == CONNECTION_STREAMING) {
		fan_out_detach(&connection->subscriber);
		admission_unsubscribed(connection->connections->admission);
	}
	if (state == CONNECTION_CLOSED)
		connection_release(connection);
}

/* While pipecast stops, the deadline stays the one that it set. */
void
connection_set_deadline(struct connection *connection, uint64_t deadline_ms)
{
	if (!connection->connections->is_draining)
		connection->deadline_ms = deadline_ms;
}

void
connection_close(struct connection *connection, const char *reason)
{
	if (connection->state == CONNECTION_CLOSED)
		return;
	if (reason)
		log_line(LOG_INFO, "%s connection was closed: %s",
		    connection_protocol_of(connection)->name, reason);
	connection_enter(connection, CONNECTION_CLOSED);
}

void
connection_linger(struct connection *connection)
{
	connection_enter(connection, CONNECTION_LINGERING);
	shutdown(connection->fd, SHUT_WR);
}

void
connection_discard(struct connection *connection, size_t n)
{
	connection->surplus_n += (uint32_t)n;
	if (connection->surplus_n > CONNECTION_SURPLUS_MAX)
		connection_close(connection, "it sends too much");
}

/* Output. */

static void
connection_put(void *ctx, const char *bytes, size_t n)
{
	struct connection *connection = ctx;

	if (buffer_append(
		&connection->output, (struct span){bytes, n}, UINT32_MAX) < 0)
		connection->output_lost = true;
}

struct byte_sink
connection_output(struct connection *connection)
{
	return (struct byte_sink){connection_put, connection};
}

static ssize_t
connection_write(const struct connection *connection, struct span bytes)
{
	const struct iovec part = {
	    .iov_base = (void *)(uintptr_t)bytes.bytes, .iov_len = bytes.n};

	return connection_protocol_of(connection)->is_output_only
	    ? shared_file_write_parts(connection->fd, &part, 1)
	    : descriptor_write(connection->fd, bytes.bytes, bytes.n);
}

int
connection_send_output(struct connection *connection)
{
	struct span output = buffer_span(&connection->output);

	if (connection->output_lost)
		return -ENOMEM;
	while (connection->output_sent < output.n) {
		ssize_t sent = connection_write(connection,
		    (struct span){output.bytes + connection->output_sent,
			output.n - connection->output_sent});

		if (sent < 0)
			return (int)sent;
		connection->output_sent += (uint32_t)sent;
	}
	buffer_fini(&connection->output);
	connection->output_sent = 0;
	return 0;
}

int
connection_flush(struct connection *connection)
{
	const struct connection_protocol *protocol =
	    connection_protocol_of(connection);
	int rc;

	if (protocol->holds_output && protocol->holds_output(connection))
		return -EAGAIN;
	rc = connection_send_output(connection);
	if (rc == -EAGAIN)
		watch_set(&connection->writable, true);
	else if (rc < 0)
		connection_close(connection, strerror(-rc));
	return rc;
}

void
connection_await(void *ctx)
{
	struct connection *connection = ctx;

	watch_set(&connection->writable, true);
}

void
connection_done(void *ctx, int error)
{
	struct connection *connection = ctx;

	if (error)
		connection_close(connection, strerror(-error));
	else
		connection_protocol_of(connection)->on_stream_end(connection);
}

/* Events. */

void
connection_watch(struct connection *connection)
{
	const struct connection_protocol *protocol =
	    connection_protocol_of(connection);

	if (connection->state != CONNECTION_CLOSED)
		watch_set(&connection->readable,
		    !protocol->is_full || !protocol->is_full(connection));
}

/* It is only written to: its reader may have closed. */
static void
connection_on_hangup(void *ctx)
{
	struct connection *connection = ctx;

	if (descriptor_peer_gone(connection->fd))
		connection_close(connection, NULL);
}

static void
connection_on_readable(void *ctx)
{
	struct connection *connection = ctx;
	char bytes[READ_BYTES];
	ssize_t n;

	if (connection_protocol_of(connection)->on_readable) {
		connection_protocol_of(connection)->on_readable(connection);
		return;
	}
	n = descriptor_read(connection->fd, bytes, sizeof(bytes));
	if (n == -EAGAIN)
		return;
	if (n <= 0)
		connection_close(connection, NULL);
	else if (connection->state != CONNECTION_LINGERING)
		connection_protocol_of(connection)
		    ->on_bytes(connection, bytes, (size_t)n);
	connection_watch(connection);
}

static void
connection_on_writable(void *ctx)
{
	struct connection *connection = ctx;

	watch_set(&connection->writable, false);
	if (connection->state == CONNECTION_STREAMING)
		fan_out_writable(&connection->subscriber);
	if (connection->state != CONNECTION_CLOSED &&
	    connection_flush(connection) == 0 &&
	    connection->state == CONNECTION_ANSWERING)
		connection_protocol_of(connection)->on_sent(connection);
	connection_watch(connection);
}

static int
connection_init_watches(struct connection *connection, struct loop *loop)
{
	bool is_output_only =
	    connection_protocol_of(connection)->is_output_only;
	int fd = connection->fd;
	int rc = is_output_only
	    ? watch_init_hangup(&connection->readable, loop, fd,
		  connection_on_hangup, connection)
	    : watch_init(&connection->readable, loop, fd, WATCH_READABLE,
		  connection_on_readable, connection);

	if (rc < 0)
		return rc;
	return watch_init(&connection->writable, loop, fd,
	    is_output_only ? WATCH_DRAINED : WATCH_WRITABLE,
	    connection_on_writable, connection);
}

struct connection *
connection_open(struct connections *connections, int fd)
{
	struct connection *connection = calloc(1, connections->protocol->size);

	if (!connection) {
		close(fd);
		return NULL;
	}
	connection->connections = connections;
	connection->fd = fd;
	connection->subscriber.transport = &connections->protocol->transport;
	connection->subscriber.ctx = connection;
	connection->state = CONNECTION_RECEIVING;
	connections_link(connection, connection_deadline_of(connection));
	admission_connected(connections->admission);
	if (connection_init_watches(connection, connections->loop) < 0) {
		connection_close(connection, NULL);
		return NULL;
	}
	connection_watch(connection);
	return connection;
}
