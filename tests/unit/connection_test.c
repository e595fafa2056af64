/* SPDX-License-Identifier: MIT */

#include "gateways/connection.h"

#include "helpers.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/* A gateway whose protocol notes what happens, a word each. */
static struct {
	struct loop *loop;
	struct admission admission;
	struct connections connections;
	int peer;
	struct bytes told;
	bool is_full;
	bool closes; /* a connection as soon as bytes come */
} gateway;

static void
tell(const char *what)
{
	sink_text(bytes_sink(&gateway.told), what);
}

static void
on_bytes(struct connection *connection, const char *bytes, size_t n)
{
	bytes_put(&gateway.told, bytes, n);
	tell(" ");
	if (gateway.closes) {
		connection_close(connection, NULL);
		connection_close(connection, NULL);
		cr_assert_eq(connection->state, CONNECTION_CLOSED);
	}
	loop_stop(gateway.loop);
}

static void
on_sent(struct connection *connection)
{
	tell("sent ");
	connection_enter(connection, CONNECTION_IDLE);
	loop_stop(gateway.loop);
}

static void
on_stream_end(struct connection *connection)
{
	tell("end ");
	connection_linger(connection);
}

static bool
is_full(const struct connection *connection)
{
	(void)connection;
	return gateway.is_full;
}

static void
fini(struct connection *connection)
{
	(void)connection;
	tell("fini ");
}

static const struct connection_protocol protocol = {
    .name = "a test's",
    .size = sizeof(struct connection) + 64,
    .idle_ms = 60000,
    .hurry_ms = 60000,
    .transport = {.wait = connection_await, .done = connection_done},
    .on_bytes = on_bytes,
    .on_sent = on_sent,
    .on_stream_end = on_stream_end,
    .is_full = is_full,
    .fini = fini,
};

static void
on_gone(void *ctx)
{
	(void)ctx;
	tell("gone ");
	loop_stop(gateway.loop);
}

static void
begin(void)
{
	memset(&gateway, 0, sizeof(gateway));
	gateway.peer = -1;
	gateway.admission.on_gone = on_gone;
	cr_assert_eq(loop_create(&gateway.loop), 0);
	cr_assert_eq(connections_init(&gateway.connections, gateway.loop,
			 &gateway.admission, &protocol),
	    0);
}

/* The other end becomes gateway.peer. */
static struct connection *
connect_one(void)
{
	struct connection *connection;
	int ends[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	gateway.peer = ends[1];
	connection = connection_open(&gateway.connections, ends[0]);
	cr_assert_not_null(connection);
	cr_assert_eq(connection->state, CONNECTION_RECEIVING);
	return connection;
}

static void
end(void)
{
	connections_fini(&gateway.connections);
	connections_fini(&gateway.connections);
	loop_destroy(gateway.loop);
	if (gateway.peer >= 0)
		close(gateway.peer);
	cr_assert_eq(gateway.admission.n_connections, 0);
	bytes_free(&gateway.told);
}

TestSuite(connection, .init = begin, .fini = end);

#define ASSERT_TOLD(TEXT) assert_span(bytes_span(&gateway.told), LITERAL(TEXT))

Test(connection, hands_bytes_to_its_protocol)
{
	connect_one();
	cr_assert_eq(write(gateway.peer, "hello", 5), 5);
	loop_run(gateway.loop);
	ASSERT_TOLD("hello ");
}

Test(connection, is_closed_with_its_peer)
{
	connect_one();
	shutdown(gateway.peer, SHUT_WR);
	loop_run(gateway.loop);
	ASSERT_TOLD("fini gone ");
	cr_assert_null(gateway.connections.waiting);
}

Test(connection, is_unlinked_at_once_and_freed_when_the_turn_ends)
{
	char byte;

	gateway.closes = true;
	connect_one();
	cr_assert_eq(write(gateway.peer, "a", 1), 1);
	loop_run(gateway.loop);
	ASSERT_TOLD("a fini gone ");
	cr_assert_null(gateway.connections.waiting);
	cr_assert_null(gateway.connections.closed);
	cr_assert_eq(read(gateway.peer, &byte, 1), 0);
}

Test(connection, keeps_its_memory_until_then)
{
	struct connection *connection = connect_one();

	connection_close(connection, NULL);
	cr_assert_eq(gateway.connections.closed, connection);
	cr_assert_eq(connection->state, CONNECTION_CLOSED);
}

Test(connection, sends_output_as_its_peer_takes_it)
{
	enum { SIZE = 1 << 20 };
	struct connection *connection = connect_one();
	char *output = calloc(1, SIZE), piece[4096];
	struct byte_sink sink;
	size_t received = 0;

	sink = connection_output(connection);
	sink.put(sink.ctx, output, SIZE);
	connection_enter(connection, CONNECTION_ANSWERING);
	cr_assert_eq(connection_flush(connection), -EAGAIN);
	while (received < SIZE) {
		ssize_t n = read(gateway.peer, piece, sizeof(piece));

		cr_assert_gt(n, 0);
		received += (size_t)n;
		if (gateway.told.n == 0 && received % (1 << 16) == 0)
			connection_flush(connection);
	}
	loop_run(gateway.loop);
	ASSERT_TOLD("sent ");
	cr_assert_eq(connection->state, CONNECTION_IDLE);
	cr_assert_null(connection->output.bytes);
	free(output);
}

Test(connection, does_not_read_while_its_protocol_is_full)
{
	struct connection *connection;

	gateway.is_full = true;
	connection = connect_one();
	cr_assert_not(connection->readable.started);
}

Test(connection, leaves_its_stream_by_one_way)
{
	static const enum connection_state next[] = {
	    CONNECTION_ANSWERING, CONNECTION_LINGERING, CONNECTION_CLOSED};

	for (size_t i = 0; i < LENGTH(next); i++) {
		struct connection *connection;

		end();
		begin();
		connection = connect_one();
		gateway.admission.n_viewers = 1;
		connection_enter(connection, CONNECTION_STREAMING);
		cr_assert_eq(gateway.connections.streaming, connection);
		cr_assert_null(gateway.connections.waiting);
		connection_enter(connection, next[i]);
		cr_assert_eq(gateway.admission.n_viewers, 0);
		cr_assert_null(gateway.connections.streaming);
	}
}

Test(connection, ends_its_stream_by_the_fan_outs_word)
{
	static const struct {
		int error;
		enum connection_state state;
	} ends[] = {{0, CONNECTION_LINGERING}, {-EPIPE, CONNECTION_CLOSED}};

	for (size_t i = 0; i < LENGTH(ends); i++) {
		struct connection *connection;

		end();
		begin();
		connection = connect_one();
		gateway.admission.n_viewers = 1;
		connection_enter(connection, CONNECTION_STREAMING);
		connection_done(connection, ends[i].error);
		cr_assert_eq(connection->state, ends[i].state);
		cr_assert_eq(gateway.admission.n_viewers, 0);
	}
}

Test(connection, is_closed_for_bytes_that_nobody_asked_for)
{
	struct connection *connection = connect_one();

	connection_discard(connection, CONNECTION_SURPLUS_MAX);
	cr_assert_eq(connection->state, CONNECTION_RECEIVING);
	connection_discard(connection, 1);
	cr_assert_eq(connection->state, CONNECTION_CLOSED);
}

Test(connection, is_closed_when_pipecast_stops_if_idle)
{
	struct connection *receiving, *idle, *asked;
	int peers[2];

	receiving = connect_one();
	peers[0] = gateway.peer;
	idle = connect_one();
	peers[1] = gateway.peer;
	asked = connect_one();
	connection_enter(idle, CONNECTION_IDLE);
	connection_enter(asked, CONNECTION_IDLE);
	cr_assert_eq(write(gateway.peer, "a", 1), 1);
	connections_drain(&gateway.connections);
	cr_assert_eq(receiving->state, CONNECTION_RECEIVING);
	cr_assert_eq(idle->state, CONNECTION_CLOSED);
	cr_assert_eq(asked->state, CONNECTION_RECEIVING);
	close(peers[0]);
	close(peers[1]);
}
