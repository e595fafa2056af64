/* SPDX-License-Identifier: MIT */

/* In the order of its data: open, read, receive, stream, finish, close. */

#include "gateways/fastcgi_connection.h"

#include "gateways/fastcgi_decode.h"
#include "gateways/fastcgi_mistake.h"
#include "gateways/fastcgi_writer.h"
#include "loop/address.h"
#include "loop/descriptor.h"
#include "loop/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	READ_BYTES = 16384, /* taken from a connection at a time */
	REPLIES_MAX = 4096, /* bytes that a peer may ask for and not read */
	RECEIVE_MS = 10000, /* for a request to be complete */
	FINISH_MS = 10000,  /* for the rest of an answer to be taken */
	MISTAKEN_MS = 2000, /* for an HTTP client to take the explanation */
	KEPT_MS = 300000,   /* for the next request on a kept connection */
};

struct fastcgi_connection {
	struct client client; /* the first member */
	struct fastcgi *fastcgi;
	struct subscriber subscriber;
	struct fastcgi_writer writer;
	int fd;
	enum {
		KEPT,      /* no request yet after one that was answered */
		RECEIVING, /* a request is due */
		STREAMING, /* its fan-out writes */
		FINISHING, /* the rest of an answer goes out */
		MISTAKEN,  /* the peer speaks HTTP and was told so */
	} state;
	struct watch readable;
	struct watch writable;
	struct fastcgi_reader reader;
	struct buffer output; /* whole records, none of them the fan-out's */
	size_t output_sent;
	uint16_t replies_n; /* bytes of it that are replies */
	bool output_lost;   /* for want of memory */
};

static struct fastcgi_connection *
connection_of(struct client *client)
{
	return (struct fastcgi_connection *)client;
}

/* Closing. */

static void
unsubscribe(struct fastcgi_connection *connection)
{
	fan_out_detach(&connection->subscriber);
	admission_unsubscribed(connection->fastcgi->admission);
}

static void
close_connection(struct fastcgi_connection *connection)
{
	struct admission *admission = connection->fastcgi->admission;

	if (connection->state == STREAMING)
		unsubscribe(connection);
	if (connection->fastcgi->reading == connection)
		connection->fastcgi->reading = NULL;
	client_remove(&connection->client);
	watch_fini(&connection->readable);
	watch_fini(&connection->writable);
	fastcgi_reader_fini(&connection->reader);
	buffer_fini(&connection->output);
	close(connection->fd);
	free(connection);
	admission_disconnected(admission);
}

static void
close_because(struct fastcgi_connection *connection, const char *reason)
{
	log_line(LOG_INFO, "a FastCGI connection was closed: %s", reason);
	close_connection(connection);
}

static void
enter(struct fastcgi_connection *connection, int state, uint64_t within_ms)
{
	connection->state = state;
	client_set_deadline(&connection->client, within_ms);
}

/*
 * Output that does not come from a fan-out: replies, short answers, their ends.
 */

/* Returns 0 once all of it is sent, -EAGAIN, or another negative errno. */
static int
send_output(struct fastcgi_connection *connection)
{
	struct span output = buffer_span(&connection->output);

	while (connection->output_sent < output.n) {
		ssize_t sent = descriptor_write(connection->fd,
		    output.bytes + connection->output_sent,
		    output.n - connection->output_sent);

		if (sent < 0)
			return (int)sent;
		connection->output_sent += (size_t)sent;
	}
	buffer_fini(&connection->output);
	connection->output_sent = 0;
	connection->replies_n = 0;
	return 0;
}

static void
finish_request(struct fastcgi_connection *connection)
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
	struct fastcgi_connection *connection = ctx;

	if (buffer_append(
		&connection->output, (struct span){bytes, n}, SIZE_MAX) < 0)
		connection->output_lost = true;
}

/*
 * Sends the output, unless a record of the fan-out's is unfinished.  May close
 * the connection.
 */
static void
advance_output(struct fastcgi_connection *connection)
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
	/* If it were closed now, further bytes of the peer would reset it. */
	else if (connection->state == MISTAKEN)
		shutdown(connection->fd, SHUT_WR);
}

/* The answer is complete but for its end. */
static void
finish(struct fastcgi_connection *connection, enum fastcgi_status status)
{
	char end[FASTCGI_END_SIZE];

	fastcgi_write_end(end, connection->writer.id, 0, status);
	put_output(connection, end, sizeof(end));
	enter(connection, FINISHING, FINISH_MS);
	advance_output(connection);
}

/* The transport of the fan-out. */

static ssize_t
send_records(void *ctx, const struct iovec *content, int n)
{
	struct fastcgi_connection *connection = ctx;
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
	sent = descriptor_write_parts(connection->fd, parts, n);
	if (sent < 0)
		return sent;
	return (ssize_t)fastcgi_writer_account(writer, &headers, (size_t)sent);
}

static void
wait_writable(void *ctx)
{
	struct fastcgi_connection *connection = ctx;

	watch_set(&connection->writable, true);
}

static void
on_stream_done(void *ctx, int error)
{
	struct fastcgi_connection *connection = ctx;

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
	struct fastcgi_connection *connection = ctx;

	watch_set(&connection->writable, false);
	if (connection->state == STREAMING)
		fan_out_writable(&connection->subscriber);
	advance_output(connection);
}

/* Receiving. */

static int
receive(struct fastcgi_connection *connection, struct admission_answer *answer)
{
	struct fastcgi_reader *reader = &connection->reader;
	struct fastcgi_environment *environment;
	struct request request;
	int rc = fastcgi_decode(fastcgi_reader_params(reader), &environment);

	fastcgi_reader_release(reader);
	if (rc < 0)
		return rc;
	request_from_meta_variables(&request,
	    connection->fastcgi->admission->policy->base_path,
	    fastcgi_environment_lookup, environment);
	connection->subscriber.transport = &transport;
	connection->subscriber.ctx = connection;
	rc = admission_admit(connection->fastcgi->admission, &response_cgi,
	    &request, &connection->subscriber, answer);
	fastcgi_environment_free(environment);
	return rc;
}

static void
on_request(struct fastcgi_connection *connection)
{
	struct admission_answer answer;
	int rc;

	connection->writer = fastcgi_writer_of(connection->reader.request_id);
	rc = receive(connection, &answer);
	if (rc == 0 && answer.is_stream) {
		enter(connection, STREAMING, CLIENT_NO_DEADLINE);
		return;
	}
	if (rc < 0) {
		log_line(LOG_ERROR, "a FastCGI request was refused: %s",
		    rc == -EFBIG ? "the limit on the size of files "
				   "(LimitFSIZE=, ulimit -f) is too low for it"
				 : strerror(-rc));
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
on_abort(struct fastcgi_connection *connection)
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
on_reply(struct fastcgi_connection *connection)
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
		close_because(
		    connection, "it asked for a role other than responder");
		return;
	}
	advance_output(connection);
}

/* Logged once, because browsers try again. */
static void
log_mistake(struct fastcgi_connection *connection, enum fastcgi_mistake mistake)
{
	struct fastcgi *fastcgi = connection->fastcgi;
	char where[ADDRESS_TEXT_SIZE];

	if (!fastcgi->mistake_logged)
		log_line(LOG_WARNING,
		    "a client speaks %s to the FastCGI socket %s; browsers and "
		    "HTTP proxies need --http, or FileDescriptorName=http in "
		    "the systemd socket unit (further ones are not logged)",
		    mistake == FASTCGI_MISTAKE_TLS ? "TLS" : "HTTP",
		    address_of(connection->fd, where));
	fastcgi->mistake_logged = true;
}

/* The first bytes of a connection may be those of another protocol. */
static void
on_reader_error(struct fastcgi_connection *connection)
{
	struct fastcgi_reader *reader = &connection->reader;
	enum fastcgi_mistake mistake = FASTCGI_MISTAKE_NONE;
	struct span answer = {NULL, 0};

	if (connection->state == RECEIVING && reader->request_id == 0)
		mistake = fastcgi_mistake_of((struct span){
		    (const char *)reader->header, sizeof(reader->header)});
	if (mistake != FASTCGI_MISTAKE_NONE)
		log_mistake(connection, mistake);
	if (mistake == FASTCGI_MISTAKE_HTTP)
		answer.bytes = fastcgi_mistake_answer(&answer.n);
	if (!answer.bytes) {
		close_because(connection, fastcgi_reader_reason(reader));
		return;
	}
	put_output(connection, answer.bytes, answer.n);
	free((void *)(uintptr_t)answer.bytes);
	enter(connection, MISTAKEN, MISTAKEN_MS);
	connection->fastcgi->reading = NULL;
	advance_output(connection);
}

/* May close the connection. */
static void
take_news(struct fastcgi_connection *connection, enum fastcgi_news news)
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
		on_reader_error(connection);
		break;
	}
}

/*
 * A closed connection is no longer fastcgi->reading, which clang-tidy cannot
 * see.  NOLINTBEGIN(clang-analyzer-unix.Malloc)
 */
static void
take_bytes(struct fastcgi *fastcgi, const char *bytes, size_t n)
{
	struct fastcgi_connection *connection;

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
	/* The next request has as much time as the first. */
	if (connection && connection->state == KEPT &&
	    connection->reader.request_id != 0)
		enter(connection, RECEIVING, RECEIVE_MS);
}
/* NOLINTEND(clang-analyzer-unix.Malloc) */

static void
on_readable(void *ctx)
{
	struct fastcgi_connection *connection = ctx;
	char bytes[READ_BYTES];
	ssize_t n = read(connection->fd, bytes, sizeof(bytes));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* Closing is a web server's only way to say that it wants no more. */
	if (n <= 0) {
		close_connection(connection);
		return;
	}
	if (connection->state == MISTAKEN)
		return;
	connection->fastcgi->reading = connection;
	take_bytes(connection->fastcgi, bytes, (size_t)n);
}

/* Called by the gateway. */

static int
watch_connection(struct fastcgi_connection *connection)
{
	struct loop *loop = connection->fastcgi->loop;
	int rc = watch_init(&connection->readable, loop, connection->fd,
	    WATCH_READABLE, on_readable, connection);

	if (rc == 0)
		rc = watch_init(&connection->writable, loop, connection->fd,
		    WATCH_WRITABLE, on_writable, connection);
	if (rc == 0)
		watch_set(&connection->readable, true);
	return rc;
}

void
fastcgi_connection_open(struct fastcgi *fastcgi, int fd)
{
	struct fastcgi_connection *connection = calloc(1, sizeof(*connection));

	if (!connection) {
		close(fd);
		return;
	}
	connection->fastcgi = fastcgi;
	connection->fd = fd;
	connection->state = RECEIVING;
	fastcgi_reader_init(&connection->reader);
	client_add(&connection->client, &fastcgi->clients, RECEIVE_MS);
	admission_connected(fastcgi->admission);
	if (watch_connection(connection) < 0)
		close_connection(connection);
}

void
fastcgi_connection_late(struct client *client)
{
	struct fastcgi_connection *connection = connection_of(client);

	close_because(connection,
	    connection->state == KEPT ? "it was idle" : "it took too long");
}

/*
 * If bytes have arrived and were not read yet, a request is under way; wait for
 * it.
 */
void
fastcgi_connection_drain(struct client *client)
{
	struct fastcgi_connection *connection = connection_of(client);
	char byte;

	if (connection->state != KEPT)
		return;
	if (recv(connection->fd, &byte, 1, MSG_PEEK) > 0)
		enter(connection, RECEIVING, RECEIVE_MS);
	else
		close_connection(connection);
}

void
fastcgi_connection_close(struct client *client)
{
	close_connection(connection_of(client));
}
