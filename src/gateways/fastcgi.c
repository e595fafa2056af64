/* SPDX-License-Identifier: MIT */

/*
 * The FastCGI gateway (FastCGI 1.0): all viewers in one thread.  A connection
 * is read record by record; its request, once whole, is decoded by libfcgi and
 * received; then the hub writes STDOUT records to it, until the end of the
 * stream or the peer's.  Whatever goes wrong costs that connection only.
 *
 * In the order of its data: accept, read, receive, stream, finish, close.
 */

#include "gateways/fastcgi_decode.h"
#include "gateways/fastcgi_reader.h"
#include "gateways/fastcgi_writer.h"
#include "gateways/gateway.h"
#include "gateways/web_servers.h"
#include "loop/listener.h"
#include "loop/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	READ_BYTES = 16384, /* taken from a connection at a time */
	REPLIES_MAX = 4096, /* bytes that a peer may ask for and not read */
	RECEIVE_MS = 10000, /* for a request to be complete */
	FINISH_MS = 10000,  /* for the rest of an answer to be taken */
	KEPT_MS = 300000,   /* for the next request on a kept connection */
	PATROL_MS = 1000,   /* how often all these are looked at */
};

struct fastcgi {
	struct loop *loop;
	struct reception *reception;
	struct listener listener;
	struct fastcgi_limits limits;
	struct timer patrol;
	bool patrolling;
	/* Those that have a deadline, and those that have a stream. */
	struct connection *waiting, *streaming;
	struct connection
	    *reading;            /* whose bytes are taken; NULL once closed */
	const char *web_servers; /* FCGI_WEB_SERVER_ADDRS, or NULL: all */
	bool draining;
};

struct connection {
	struct fastcgi *fastcgi;
	struct connection *prev, *next;
	struct subscriber subscriber;
	struct fastcgi_writer writer;
	int fd;
	enum {
		KEPT,      /* no request yet after one that was answered */
		RECEIVING, /* a request is due */
		STREAMING, /* the hub writes */
		FINISHING, /* the rest of an answer goes out */
	} state;
	uint64_t deadline_ms; /* unless streaming */
	struct watch readable;
	struct watch writable;
	struct fastcgi_reader reader;
	struct buffer output; /* whole records, none of them the hub's */
	size_t output_sent;
	uint16_t replies_n; /* bytes of it that are replies */
	bool output_lost;   /* for want of memory */
};

/* Closing. */

static struct connection **
list_of(const struct connection *connection)
{
	struct fastcgi *fastcgi = connection->fastcgi;

	return connection->state == STREAMING ? &fastcgi->streaming
					      : &fastcgi->waiting;
}

static void
unlink_connection(struct connection *connection)
{
	if (connection->prev)
		connection->prev->next = connection->next;
	else
		*list_of(connection) = connection->next;
	if (connection->next)
		connection->next->prev = connection->prev;
}

/* Looks at the deadlines from time to time as long as anybody has one. */
static void
patrol(struct fastcgi *fastcgi)
{
	if (!fastcgi->patrolling)
		timer_start(&fastcgi->patrol, PATROL_MS);
	fastcgi->patrolling = true;
}

static void
link_connection(struct connection *connection)
{
	struct connection **list = list_of(connection);

	connection->prev = NULL;
	connection->next = *list;
	if (*list)
		(*list)->prev = connection;
	*list = connection;
	if (connection->state != STREAMING)
		patrol(connection->fastcgi);
}

static void
enter(struct connection *connection, int state, uint64_t within_ms)
{
	unlink_connection(connection);
	connection->state = state;
	connection->deadline_ms = loop_now_ms() + within_ms;
	link_connection(connection);
}

static void
unsubscribe(struct connection *connection)
{
	hub_detach(&connection->subscriber);
	reception_unsubscribed(connection->fastcgi->reception);
}

static void
close_connection(struct connection *connection)
{
	struct reception *reception = connection->fastcgi->reception;

	if (connection->state == STREAMING)
		unsubscribe(connection);
	if (connection->fastcgi->reading == connection)
		connection->fastcgi->reading = NULL;
	unlink_connection(connection);
	watch_fini(&connection->readable);
	watch_fini(&connection->writable);
	fastcgi_reader_fini(&connection->reader);
	buffer_fini(&connection->output);
	close(connection->fd);
	free(connection);
	reception_disconnected(reception);
}

static void
close_because(struct connection *connection, const char *reason)
{
	log_line(LOG_INFO, "a FastCGI connection was closed: %s", reason);
	close_connection(connection);
}

/* Output that is not the hub's: replies, short answers, the end of each. */

/* Returns 0 once all of it is sent, -EAGAIN, or another negative errno. */
static int
send_output(struct connection *connection)
{
	struct span output = buffer_span(&connection->output);

	while (connection->output_sent < output.n) {
		ssize_t sent = write(connection->fd,
		    output.bytes + connection->output_sent,
		    output.n - connection->output_sent);

		if (sent < 0 && errno != EINTR)
			return errno == EWOULDBLOCK ? -EAGAIN : -errno;
		if (sent > 0)
			connection->output_sent += (size_t)sent;
	}
	buffer_fini(&connection->output);
	connection->output_sent = 0;
	connection->replies_n = 0;
	return 0;
}

static void
finish_request(struct connection *connection)
{
	struct fastcgi_reader *reader = &connection->reader;

	if (!reader->keep_connection || connection->fastcgi->draining) {
		close_connection(connection);
		return;
	}
	fastcgi_reader_finish(reader);
	enter(connection, KEPT, KEPT_MS);
}

static void
put_output(void *ctx, const char *bytes, size_t n)
{
	struct connection *connection = ctx;

	if (buffer_append(
		&connection->output, (struct span){bytes, n}, SIZE_MAX) < 0)
		connection->output_lost = true;
}

/*
 * Sends what there is, as far as that may go out now: not inside a record of
 * the hub's.  The connection may be closed by it.
 */
static void
advance_output(struct connection *connection)
{
	int rc;

	if (fastcgi_writer_in_record(&connection->writer))
		return;
	rc = connection->output_lost ? -ENOMEM : send_output(connection);
	if (rc == -EAGAIN)
		watch_set(&connection->writable, true);
	else if (rc < 0)
		close_because(connection, strerror(-rc));
	else if (connection->state == FINISHING)
		finish_request(connection);
}

/* The answer is complete but for its end. */
static void
finish(struct connection *connection, enum fastcgi_status status)
{
	char end[FASTCGI_END_SIZE];

	fastcgi_write_end(end, connection->writer.id, 0, status);
	put_output(connection, end, sizeof(end));
	enter(connection, FINISHING, FINISH_MS);
	advance_output(connection);
}

/* The stream: what the hub asks of us. */

static ssize_t
send_records(void *ctx, const struct iovec *content, int n)
{
	struct connection *connection = ctx;
	struct fastcgi_writer *writer = &connection->writer;
	struct fastcgi_headers headers;
	struct iovec parts[FASTCGI_WRITER_PARTS];
	ssize_t sent;

	if (connection->output.n > 0 && !fastcgi_writer_in_record(writer)) {
		int rc = send_output(connection);

		if (rc < 0)
			return rc;
	}
	n = fastcgi_writer_wrap(writer, content, n, &headers, parts);
	do {
		sent = writev(connection->fd, parts, n);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	return (ssize_t)fastcgi_writer_account(writer, &headers, (size_t)sent);
}

static void
wait_writable(void *ctx)
{
	struct connection *connection = ctx;

	watch_set(&connection->writable, true);
}

static void
on_stream_done(void *ctx, int error)
{
	struct connection *connection = ctx;

	if (error) {
		close_because(connection, strerror(-error));
		return;
	}
	unsubscribe(connection);
	finish(connection, FASTCGI_REQUEST_COMPLETE);
}

static const struct transport transport = {
    .send = send_records,
    .wait = wait_writable,
    .done = on_stream_done,
};

static void
on_writable(void *ctx)
{
	struct connection *connection = ctx;

	watch_set(&connection->writable, false);
	if (connection->state == STREAMING)
		hub_writable(&connection->subscriber);
	advance_output(connection);
}

/* Receiving. */

static int
receive(struct connection *connection, struct reception_answer *answer)
{
	struct fastcgi_reader *reader = &connection->reader;
	struct fastcgi_environment *environment;
	struct request request;
	int rc = fastcgi_decode(fastcgi_reader_params(reader), &environment);

	fastcgi_reader_release(reader);
	if (rc < 0)
		return rc;
	request_from_meta_variables(
	    &request, fastcgi_environment_lookup, environment);
	connection->subscriber.transport = &transport;
	connection->subscriber.ctx = connection;
	rc = reception_receive(connection->fastcgi->reception, RESPONSE_CGI,
	    &request, &connection->subscriber, answer);
	fastcgi_environment_free(environment);
	return rc;
}

static void
on_request(struct connection *connection)
{
	struct reception_answer answer;
	int rc;

	connection->writer = fastcgi_writer_of(connection->reader.request_id);
	rc = receive(connection, &answer);
	if (rc == 0 && answer.is_stream) {
		enter(connection, STREAMING, 0);
		return;
	}
	if (rc < 0) {
		log_line(LOG_ERROR, "a FastCGI request was refused: %s",
		    strerror(-rc));
		finish(connection, FASTCGI_OVERLOADED);
		return;
	}
	fastcgi_write_answer((struct byte_sink){put_output, connection},
	    connection->writer.id, (struct span){answer.bytes, answer.n});
	free(answer.bytes);
	enter(connection, FINISHING, FINISH_MS);
	advance_output(connection);
}

/*
 * The web server does not want the rest (5.4).  Inside a record there is no
 * way to say so.
 */
static void
on_abort(struct connection *connection)
{
	if (connection->state == FINISHING)
		return;
	if (fastcgi_writer_in_record(&connection->writer)) {
		close_connection(connection);
		return;
	}
	if (connection->state == STREAMING)
		unsubscribe(connection);
	connection->writer = fastcgi_writer_of(connection->reader.request_id);
	finish(connection, FASTCGI_REQUEST_COMPLETE);
}

static void
on_reply(struct connection *connection)
{
	const struct fastcgi_reader *reader = &connection->reader;
	char reply[FASTCGI_REPLY_MAX];
	size_t n =
	    fastcgi_reader_reply(reader, &connection->fastcgi->limits, reply);

	if (connection->replies_n + n > REPLIES_MAX) {
		close_because(connection, "it does not read our replies");
		return;
	}
	connection->replies_n += (uint16_t)n;
	put_output(connection, reply, n);
	if (reader->close_after_reply) {
		send_output(connection);
		close_because(connection, "it asked for another role");
		return;
	}
	advance_output(connection);
}

/* The connection may be closed by it. */
static void
take_news(struct connection *connection, enum fastcgi_news news)
{
	switch (news) {
	case FASTCGI_NOTHING:
		break;
	case FASTCGI_REQUEST:
		on_request(connection);
		break;
	case FASTCGI_REPLY:
		on_reply(connection);
		break;
	case FASTCGI_ABORT:
		on_abort(connection);
		break;
	case FASTCGI_ERROR:
		close_because(
		    connection, fastcgi_reader_reason(&connection->reader));
		break;
	}
}

/*
 * Who is closed is no longer fastcgi->reading, which clang-tidy cannot follow.
 * NOLINTBEGIN(clang-analyzer-unix.Malloc)
 */
static void
take_bytes(struct fastcgi *fastcgi, const char *bytes, size_t n)
{
	struct connection *connection;

	while (n > 0 && (connection = fastcgi->reading)) {
		size_t used;
		enum fastcgi_news news =
		    fastcgi_reader_feed(&connection->reader, bytes, n, &used);

		bytes += used;
		n -= used;
		take_news(connection, news);
	}
	connection = fastcgi->reading;
	fastcgi->reading = NULL;
	/* For the next request there is as much time as for the first. */
	if (connection && connection->state == KEPT &&
	    connection->reader.request_id != 0)
		enter(connection, RECEIVING, RECEIVE_MS);
}
/* NOLINTEND(clang-analyzer-unix.Malloc) */

static void
on_readable(void *ctx)
{
	struct connection *connection = ctx;
	char bytes[READ_BYTES];
	ssize_t n = read(connection->fd, bytes, sizeof(bytes));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* A web server that has closed wants no more; it has no other way. */
	if (n <= 0) {
		close_connection(connection);
		return;
	}
	connection->fastcgi->reading = connection;
	take_bytes(connection->fastcgi, bytes, (size_t)n);
}

/* Accepting. */

static bool
has_room(void *ctx)
{
	const struct fastcgi *fastcgi = ctx;

	return reception_has_room(fastcgi->reception);
}

static int
init_connection(struct connection *connection)
{
	struct loop *loop = connection->fastcgi->loop;
	int rc = watch_init(&connection->readable, loop, connection->fd,
	    WATCH_READABLE, on_readable, connection);

	fastcgi_reader_init(&connection->reader);
	if (rc == 0)
		rc = watch_init(&connection->writable, loop, connection->fd,
		    WATCH_WRITABLE, on_writable, connection);
	return rc;
}

static void
on_connection(void *ctx, int fd)
{
	struct fastcgi *fastcgi = ctx;
	struct connection *connection = NULL;

	if (web_servers_allow(fastcgi->web_servers, fd))
		connection = calloc(1, sizeof(*connection));
	if (!connection) {
		close(fd);
		return;
	}
	connection->fastcgi = fastcgi;
	connection->fd = fd;
	connection->state = RECEIVING;
	connection->deadline_ms = loop_now_ms() + RECEIVE_MS;
	link_connection(connection);
	reception_connected(fastcgi->reception);
	if (init_connection(connection) < 0)
		close_connection(connection);
	else
		watch_set(&connection->readable, true);
}

static const struct listener_owner listener_owner = {
    .has_room = has_room,
    .on_connection = on_connection,
};

/* Deadlines. */

static void
on_patrol(void *ctx)
{
	struct fastcgi *fastcgi = ctx;
	uint64_t now_ms = loop_now_ms();
	struct connection *next;

	for (struct connection *at = fastcgi->waiting; at; at = next) {
		next = at->next;
		if (now_ms >= at->deadline_ms)
			close_because(at,
			    at->state == KEPT ? "it was not used any more"
					      : "it took too long");
	}
	fastcgi->patrolling = false;
	if (fastcgi->waiting)
		patrol(fastcgi);
}

/* The gateway. */

static void
close_all(struct connection *first)
{
	struct connection *next;

	for (struct connection *at = first; at; at = next) {
		next = at->next;
		close_connection(at);
	}
}

static void
close_gateway(void *ctx)
{
	struct fastcgi *fastcgi = ctx;

	listener_fini(&fastcgi->listener);
	close_all(fastcgi->streaming);
	close_all(fastcgi->waiting);
	timer_fini(&fastcgi->patrol);
	free(fastcgi);
}

static void *
open_gateway(
    struct loop *loop, struct reception *reception, int fd, const char *host)
{
	struct fastcgi *fastcgi = calloc(1, sizeof(*fastcgi));
	int rc;

	(void)host;
	if (!fastcgi) {
		close(fd);
		return NULL;
	}
	fastcgi->loop = loop;
	fastcgi->reception = reception;
	fastcgi->limits.max_conns = fastcgi->limits.max_reqs =
	    (uint32_t)reception->max_clients;
	fastcgi->web_servers = getenv("FCGI_WEB_SERVER_ADDRS");
	rc = listener_init(
	    &fastcgi->listener, loop, fd, &listener_owner, fastcgi);
	if (rc == 0)
		rc = timer_init(&fastcgi->patrol, loop, on_patrol, fastcgi);
	if (rc == 0)
		rc = fastcgi_decode_init();
	if (rc < 0) {
		close_gateway(fastcgi);
		return NULL;
	}
	return fastcgi;
}

/* What has arrived and was not read yet is a request, which is waited for. */
static void
close_if_unused(struct connection *connection)
{
	char byte;

	if (connection->state != KEPT)
		return;
	if (recv(connection->fd, &byte, 1, MSG_PEEK) > 0)
		enter(connection, RECEIVING, RECEIVE_MS);
	else
		close_connection(connection);
}

static void
drain_gateway(void *ctx, bool queue_too)
{
	struct fastcgi *fastcgi = ctx;
	struct connection *next;

	fastcgi->draining = true;
	if (queue_too)
		listener_drain(&fastcgi->listener);
	else
		listener_fini(&fastcgi->listener);
	for (struct connection *at = fastcgi->waiting; at; at = next) {
		next = at->next;
		close_if_unused(at);
	}
}

const struct gateway_kind gateway_fastcgi = {
    .name = "FastCGI",
    .open = open_gateway,
    .drain = drain_gateway,
    .close = close_gateway,
};
