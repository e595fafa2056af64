/* SPDX-License-Identifier: MIT */

/*
 * In the order of its data: request, answer, stream, replies, the peer's bytes.
 */

#include "gateways/fastcgi_state.h"

#include "gateways/fastcgi_decode.h"
#include "gateways/fastcgi_mistake.h"
#include "gateways/gateway.h"
#include "http/date.h"
#include "loop/address.h"
#include "loop/descriptor.h"
#include "loop/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	REPLIES_MAX = 4096, /* bytes that a peer may ask for and not read */
	IDLE_MS = 300000,   /* for the next request on a kept connection */
	HURRY_MS = 10000,   /* for one, once pipecast stops */
};

static void
fastcgi_fini(struct connection *connection)
{
	fastcgi_free_body(fastcgi_of(connection));
	fastcgi_reader_fini(&fastcgi_of(connection)->reader);
}

/* Output goes between two records of the stream, not into one. */
static bool
fastcgi_holds_output(const struct connection *connection)
{
	const struct fastcgi_connection *fastcgi =
	    (const struct fastcgi_connection *)connection;

	return fastcgi_writer_in_record(&fastcgi->writer);
}

/* The end of an answer. */

/* All of it is sent. */
static void
fastcgi_on_sent(struct connection *connection)
{
	struct fastcgi_connection *fastcgi = fastcgi_of(connection);

	if (fastcgi->is_mistaken || fastcgi->is_late) {
		connection_linger(connection);
	} else if (!fastcgi->reader.keep_connection ||
	    connection->connections->is_draining) {
		connection_close(connection, NULL);
	} else {
		fastcgi_reader_finish(&fastcgi->reader);
		connection_enter(connection, CONNECTION_IDLE);
	}
}

/* Sends the answer as far as it is ready.  May close the connection. */
static void
fastcgi_advance(struct fastcgi_connection *fastcgi)
{
	if (connection_flush(&fastcgi->base) == 0 &&
	    fastcgi->base.state == CONNECTION_ANSWERING)
		fastcgi_on_sent(&fastcgi->base);
}

/* The answer is complete but for its end. */
static void
fastcgi_finish(struct fastcgi_connection *fastcgi, enum fastcgi_status status)
{
	struct byte_sink output = connection_output(&fastcgi->base);
	char end[FASTCGI_END_SIZE];

	fastcgi_write_end(end, fastcgi->writer.id, 0, status);
	output.put(output.ctx, end, sizeof(end));
	connection_enter(&fastcgi->base, CONNECTION_ANSWERING);
	fastcgi_advance(fastcgi);
}

/* The stream. */

static ssize_t
fastcgi_send(void *ctx, const struct iovec *content, int n)
{
	struct fastcgi_connection *fastcgi = ctx;
	struct fastcgi_writer *writer = &fastcgi->writer;
	struct fastcgi_headers headers;
	struct iovec parts[FASTCGI_WRITER_PARTS];
	ssize_t sent;

	if (fastcgi->base.output.n > 0 && !fastcgi_writer_in_record(writer)) {
		int rc = connection_send_output(&fastcgi->base);

		if (rc < 0)
			return rc;
	}
	n = fastcgi_writer_wrap(writer, content, n, &headers, parts);
	sent = descriptor_write_parts(fastcgi->base.fd, parts, n);
	if (sent < 0)
		return sent;
	return (ssize_t)fastcgi_writer_account(writer, &headers, (size_t)sent);
}

static void
fastcgi_on_stream_end(struct connection *connection)
{
	fastcgi_finish(fastcgi_of(connection), FASTCGI_REQUEST_COMPLETE);
}

/* Requests. */

int
fastcgi_answer(
    struct fastcgi_connection *fastcgi, struct admission_answer *answer)
{
	struct admission *admission = fastcgi->base.connections->admission;
	struct fastcgi_environment *environment;
	struct request request;
	int rc = fastcgi_decode(
	    fastcgi_reader_params(&fastcgi->reader), &environment);

	fastcgi_reader_release(&fastcgi->reader);
	if (rc < 0)
		return rc;
	request_from_meta_variables(&request, admission->policy->base_path,
	    fastcgi_environment_lookup, environment);
	request.way.gateway = gateway_fastcgi.name;
	if (fastcgi->body)
		fastcgi->body->left = request.length;
	rc = admission_admit(admission, &response_cgi, &request,
	    &fastcgi->base.subscriber, answer);
	fastcgi_environment_free(environment);
	return rc;
}

void
fastcgi_refuse(struct fastcgi_connection *fastcgi, int error)
{
	log_line(LOG_ERROR, "a FastCGI request was refused: %s",
	    error == -EFBIG ? "the limit on the size of files (LimitFSIZE=, "
			      "ulimit -f) is too low for it"
			    : strerror(-error));
	fastcgi_finish(fastcgi, FASTCGI_OVERLOADED);
}

void
fastcgi_send_answer(
    struct fastcgi_connection *fastcgi, struct admission_answer *answer)
{
	fastcgi_write_answer(connection_output(&fastcgi->base),
	    fastcgi->writer.id, (struct span){answer->bytes, answer->n});
	free(answer->bytes);
	connection_enter(&fastcgi->base, CONNECTION_ANSWERING);
	fastcgi_advance(fastcgi);
}

static void
fastcgi_on_request(struct fastcgi_connection *fastcgi)
{
	struct admission_answer answer;
	int rc;

	fastcgi->writer = fastcgi_writer_of(fastcgi->reader.request_id);
	rc = fastcgi_answer(fastcgi, &answer);
	if (rc < 0) {
		fastcgi_refuse(fastcgi, rc);
	} else if (answer.is_stream) {
		connection_enter(&fastcgi->base, CONNECTION_STREAMING);
	} else {
		fastcgi_send_answer(fastcgi, &answer);
	}
}

/*
 * The web server does not want the rest (5.4).  Inside a record there is no
 * way to say so.
 */
static void
fastcgi_on_abort(struct fastcgi_connection *fastcgi)
{
	if (fastcgi->base.state == CONNECTION_ANSWERING)
		return;
	if (fastcgi_writer_in_record(&fastcgi->writer)) {
		connection_close(&fastcgi->base, NULL);
		return;
	}
	fastcgi_free_body(fastcgi);
	fastcgi->writer = fastcgi_writer_of(fastcgi->reader.request_id);
	fastcgi_finish(fastcgi, FASTCGI_REQUEST_COMPLETE);
}

static void
fastcgi_on_reply(struct fastcgi_connection *fastcgi)
{
	const struct fastcgi_reader *reader = &fastcgi->reader;
	struct byte_sink output = connection_output(&fastcgi->base);
	char reply[FASTCGI_REPLY_MAX];
	size_t n = fastcgi_reader_reply(
	    reader, &fastcgi_connections_of(fastcgi)->limits, reply);

	if (fastcgi->base.output.n == 0)
		fastcgi->replies_n = 0;
	if (fastcgi->replies_n + n > REPLIES_MAX) {
		connection_close(
		    &fastcgi->base, "it does not read our replies");
		return;
	}
	fastcgi->replies_n += (uint16_t)n;
	output.put(output.ctx, reply, n);
	if (reader->close_after_reply) {
		connection_send_output(&fastcgi->base);
		connection_close(
		    &fastcgi->base, "it asked for a role other than responder");
		return;
	}
	fastcgi_advance(fastcgi);
}

/* Errors. */

/* Logged once, because browsers try again. */
static void
fastcgi_log_mistake(
    struct fastcgi_connection *fastcgi, enum fastcgi_mistake mistake)
{
	struct fastcgi_connections *connections =
	    fastcgi_connections_of(fastcgi);
	char where[ADDRESS_TEXT_SIZE];

	if (!connections->mistake_logged)
		log_line(LOG_WARNING,
		    "a client speaks %s to the FastCGI socket %s; browsers and "
		    "HTTP proxies need --http, or FileDescriptorName=http in "
		    "the systemd socket unit (further ones are not logged)",
		    mistake == FASTCGI_MISTAKE_TLS ? "TLS" : "HTTP",
		    address_of(fastcgi->base.fd, where));
	connections->mistake_logged = true;
}

/* The first bytes of a connection may be those of another protocol. */
static enum fastcgi_mistake
fastcgi_mistake_on(const struct fastcgi_connection *fastcgi)
{
	const struct fastcgi_reader *reader = &fastcgi->reader;

	if (fastcgi->base.state != CONNECTION_RECEIVING ||
	    reader->request_id != 0)
		return FASTCGI_MISTAKE_NONE;
	return fastcgi_mistake_of((struct span){
	    (const char *)reader->header, sizeof(reader->header)});
}

static void
fastcgi_on_error(struct fastcgi_connection *fastcgi)
{
	struct byte_sink output = connection_output(&fastcgi->base);
	enum fastcgi_mistake mistake = fastcgi_mistake_on(fastcgi);
	char date[HTTP_DATE_SIZE], *text = NULL;
	size_t n;

	if (mistake != FASTCGI_MISTAKE_NONE)
		fastcgi_log_mistake(fastcgi, mistake);
	if (mistake == FASTCGI_MISTAKE_HTTP)
		text = fastcgi_mistake_answer(http_date(date, time(NULL)), &n);
	if (!text) {
		connection_close(
		    &fastcgi->base, fastcgi_reader_reason(&fastcgi->reader));
		return;
	}
	output.put(output.ctx, text, n);
	free(text);
	fastcgi->is_mistaken = true;
	connection_enter(&fastcgi->base, CONNECTION_ANSWERING);
	fastcgi_advance(fastcgi);
}

/* The peer's bytes. */

static void
fastcgi_take_result(
    struct fastcgi_connection *fastcgi, enum fastcgi_result result)
{
	switch (result) {
	case FASTCGI_NOTHING:
	case FASTCGI_BODY:
		break;
	case FASTCGI_PARAMS_END:
		fastcgi_begin_body(fastcgi);
		break;
	case FASTCGI_REQUEST:
		if (!fastcgi_finish_body(fastcgi) &&
		    fastcgi->base.state != CONNECTION_ANSWERING)
			fastcgi_on_request(fastcgi);
		break;
	case FASTCGI_REPLY:
		fastcgi_on_reply(fastcgi);
		break;
	case FASTCGI_ABORT:
		fastcgi_on_abort(fastcgi);
		break;
	case FASTCGI_ERROR:
		fastcgi_on_error(fastcgi);
		break;
	}
}

static bool
fastcgi_can_take(const struct fastcgi_connection *fastcgi)
{
	return fastcgi->base.state != CONNECTION_CLOSED &&
	    !fastcgi->is_mistaken && !fastcgi->is_late &&
	    !fastcgi_is_full(&fastcgi->base);
}

void
fastcgi_on_bytes(struct connection *connection, const char *bytes, size_t n)
{
	struct fastcgi_connection *fastcgi = fastcgi_of(connection);

	while (n > 0 && fastcgi_can_take(fastcgi)) {
		size_t used;
		enum fastcgi_result result =
		    fastcgi_reader_feed(&fastcgi->reader, bytes, n, &used);

		if (result == FASTCGI_BODY)
			used +=
			    fastcgi_take_body(fastcgi, bytes + used, n - used);
		bytes += used;
		n -= used;
		fastcgi_take_result(fastcgi, result);
	}
	fastcgi_keep_bytes(fastcgi, (struct span){bytes, n});
	/* The next request has as much time as the first. */
	if (connection->state == CONNECTION_IDLE &&
	    fastcgi->reader.request_id != 0)
		connection_enter(connection, CONNECTION_RECEIVING);
}

const struct connection_protocol fastcgi_protocol = {
    .name = "a FastCGI",
    .size = sizeof(struct fastcgi_connection),
    .idle_ms = IDLE_MS,
    .hurry_ms = HURRY_MS,
    .transport =
	{
	    .send = fastcgi_send,
	    .wait = connection_await,
	    .done = connection_done,
	},
    .on_bytes = fastcgi_on_bytes,
    .on_sent = fastcgi_on_sent,
    .on_stream_end = fastcgi_on_stream_end,
    .is_full = fastcgi_is_full,
    .holds_output = fastcgi_holds_output,
    .on_late = fastcgi_on_late,
    .fini = fastcgi_fini,
};
