/* SPDX-License-Identifier: MIT */

/* In the order of its data: head, answer, body, next request, stream. */

#include "gateways/http_connection.h"

#include "gateways/http_mistake.h"
#include "http/body.h"
#include "http/date.h"
#include "loop/address.h"
#include "loop/descriptor.h"
#include "loop/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	IDLE_MS = 15000,   /* for the next request on a connection */
	HURRY_MS = 1000,   /* for one, once pipecast stops */
	BODY_MAX = 65536,  /* bytes of a request body that are read */
	PIPELINE_MAX = 64, /* requests answered without reading again */
};

/* Reads requests; a connection with a stream has none. */
struct http_reader {
	struct http_head head;
	struct http_body body;
	struct buffer pending; /* bytes behind a request that is answered */
	uint32_t body_n;       /* bytes of the body, with its framing */
	uint8_t n_pipelined;   /* requests since bytes were last read */
	bool ends_connection;  /* the answer that goes out */
};

struct http_connection {
	struct connection base; /* the first member */
	struct http_reader *reader;
};

static struct http_connection *
http_of(struct connection *connection)
{
	return (struct http_connection *)connection;
}

static struct http_endpoint *
http_endpoint_of(const struct http_connection *http)
{
	return &((struct http_connections *)http->base.connections)->endpoint;
}

static void
http_free_reader(struct connection *connection)
{
	struct http_connection *http = http_of(connection);

	if (!http->reader)
		return;
	http_head_fini(&http->reader->head);
	buffer_fini(&http->reader->pending);
	free(http->reader);
	http->reader = NULL;
}

/* The body, which is dropped. */

static void
http_drop_content(void *ctx, const char *bytes, size_t n)
{
	(void)ctx;
	(void)bytes;
	(void)n;
}

/* Without bytes, tells whether the body has ended. */
static enum http_body_news
http_feed_body(struct http_reader *reader, struct span *input)
{
	static const struct byte_sink nowhere = {http_drop_content, NULL};
	size_t used;
	enum http_body_news news = http_body_feed(
	    &reader->body, input->bytes, input->n, &used, nowhere);

	input->bytes += used;
	input->n -= used;
	reader->body_n += (uint32_t)used;
	return news;
}

static bool
http_body_has_ended(struct http_reader *reader)
{
	struct span nothing = {"", 0};

	return http_feed_body(reader, &nothing) == HTTP_BODY_WHOLE;
}

/* The rest of the body is not read: the answer ends the connection. */
static void
http_give_up_body(struct http_reader *reader)
{
	reader->body = http_body_of_length(0);
	reader->ends_connection = true;
}

/* The answer. */

/* Answer and body have both ended. */
static void
http_next_request(struct http_connection *http)
{
	struct http_reader *reader = http->reader;

	if (reader->ends_connection || http->base.connections->is_draining) {
		connection_linger(&http->base);
		return;
	}
	reader->body_n = 0;
	connection_enter(&http->base, CONNECTION_IDLE);
}

/* May close the connection. */
static void
http_advance(struct http_connection *http)
{
	if (connection_flush(&http->base) == 0 &&
	    http_body_has_ended(http->reader))
		http_next_request(http);
}

static void
http_send_answer(struct http_connection *http, struct admission_answer *answer)
{
	struct byte_sink output = connection_output(&http->base);

	output.put(output.ctx, answer->bytes, answer->n);
	free(answer->bytes);
	http->reader->ends_connection |= answer->ends_connection;
	http_head_fini(&http->reader->head);
	connection_enter(&http->base, CONNECTION_ANSWERING);
	http_advance(http);
}

/* Refuses bytes that are no request.  May close the connection. */
static void
http_refuse(struct http_connection *http, int status, const char *reason)
{
	char date[HTTP_DATE_SIZE];
	const struct response_form form = {
	    .is_http = true, .date = http_date(date, time(NULL))};
	struct admission_answer answer;

	http_give_up_body(http->reader);
	if (http_request_refuse(
		http_endpoint_of(http), status, reason, &form, &answer) < 0)
		connection_close(&http->base, strerror(ENOMEM));
	else
		http_send_answer(http, &answer);
}

static void
http_refuse_mistake(
    struct http_connection *http, const struct http_mistake *mistake)
{
	struct http_endpoint *endpoint = http_endpoint_of(http);
	char where[ADDRESS_TEXT_SIZE];

	if (!endpoint->mistake_logged)
		log_line(LOG_WARNING,
		    "a client speaks %s to the HTTP socket %s; %s (further "
		    "ones are not logged)",
		    mistake->protocol, address_of(http->base.fd, where),
		    mistake->way_out);
	endpoint->mistake_logged = true;
	http_refuse(http, 400, mistake->text);
}

/*
 * A client that waits for 100 before its body gets its answer instead, and may
 * or may not send the body then, so the beginning of the next request would be
 * unknown (RFC 9110, 10.1.1).
 */
static void
http_expect_body(struct http_reader *reader)
{
	const struct http_head *head = &reader->head;

	reader->body = head->is_chunked ? http_body_chunked()
					: http_body_of_length(head->length);
	if (!http_body_has_ended(reader) &&
	    (head->expects_continue || head->length > BODY_MAX))
		http_give_up_body(reader);
}

static bool
http_keeps_open(const struct http_connection *http)
{
	struct http_reader *reader = http->reader;

	return !reader->ends_connection &&
	    http_head_keeps_open(&reader->head) &&
	    reader->n_pipelined < PIPELINE_MAX &&
	    !http->base.connections->is_draining &&
	    admission_has_room_to_spare(http->base.connections->admission);
}

/* The head is whole.  May close the connection. */
static void
http_on_request(struct http_connection *http)
{
	struct http_reader *reader = http->reader;
	struct admission_answer answer;
	char date[HTTP_DATE_SIZE];
	struct response_form form = {
	    .is_http = true,
	    .to_http_1_0 = reader->head.minor_version == 0,
	    .date = http_date(date, time(NULL)),
	};
	int rc;

	reader->n_pipelined++;
	http_expect_body(reader);
	form.keeps_open = http_keeps_open(http);
	rc = http_request_answer(http_endpoint_of(http), http->base.fd,
	    &reader->head, &form, &http->base.subscriber, &answer);
	if (rc < 0) {
		log_line(LOG_ERROR, "an HTTP request was refused: %s",
		    strerror(-rc));
		connection_close(&http->base, NULL);
	} else if (answer.is_stream) {
		http_free_reader(&http->base);
		connection_enter(&http->base, CONNECTION_STREAMING);
	} else {
		http_send_answer(http, &answer);
	}
}

/* The peer's bytes. */

static void
http_take_head(struct http_connection *http, struct span *input)
{
	struct http_head *head = &http->reader->head;
	const struct http_mistake *mistake =
	    http_head_has_begun(head) ? NULL : http_mistake_of(*input->bytes);
	size_t used;
	enum http_head_news news =
	    http_head_feed(head, input->bytes, input->n, &used);

	input->bytes += used;
	input->n -= used;
	if (news == HTTP_HEAD_WHOLE)
		http_on_request(http);
	else if (mistake)
		http_refuse_mistake(http, mistake);
	else if (news == HTTP_HEAD_ERROR)
		http_refuse(http, head->refusal->status, head->refusal->reason);
}

static void
http_take_body(struct http_connection *http, struct span *input)
{
	struct http_reader *reader = http->reader;
	enum http_body_news news = http_feed_body(reader, input);

	if (news == HTTP_BODY_ERROR || reader->body_n > BODY_MAX)
		http_give_up_body(reader);
	http_advance(http);
}

/* Takes some of the input.  Returns whether it can take more. */
static bool
http_take(struct http_connection *http, struct span *input)
{
	switch ((enum connection_state)http->base.state) {
	case CONNECTION_IDLE:
		connection_enter(&http->base, CONNECTION_RECEIVING);
		/* fall through */
	case CONNECTION_RECEIVING:
		http_take_head(http, input);
		return true;
	case CONNECTION_ANSWERING:
		if (http_body_has_ended(http->reader))
			return false;
		http_take_body(http, input);
		return true;
	case CONNECTION_STREAMING:
	case CONNECTION_LINGERING:
	case CONNECTION_CLOSED:
		break;
	}
	return false;
}

/*
 * Bytes behind a request wait until its answer is sent; behind the last request
 * of a connection they are dropped.
 */
static void
http_take_all(struct http_connection *http, struct span input)
{
	if (http->reader)
		http->reader->n_pipelined = 0;
	while (http->reader && input.n > 0 && http_take(http, &input))
		continue;
	if (!http->reader || http->base.state != CONNECTION_ANSWERING)
		connection_discard(&http->base, input.n);
	else if (buffer_append(&http->reader->pending, input, SIZE_MAX) < 0)
		connection_close(&http->base, strerror(ENOMEM));
}

static void
http_on_bytes(struct connection *connection, const char *bytes, size_t n)
{
	http_take_all(http_of(connection), (struct span){bytes, n});
}

/* No more is read before the bytes that wait have been taken. */
static bool
http_is_full(const struct connection *connection)
{
	const struct http_connection *http =
	    (const struct http_connection *)connection;

	return connection->state == CONNECTION_ANSWERING &&
	    http_body_has_ended(http->reader);
}

static void
http_on_sent(struct connection *connection)
{
	struct http_connection *http = http_of(connection);
	struct buffer pending = http->reader->pending;

	http->reader->pending = (struct buffer){0};
	http_advance(http);
	http_take_all(http, buffer_span(&pending));
	buffer_fini(&pending);
}

/* The stream. */

static ssize_t
http_send(void *ctx, const struct iovec *iov, int n)
{
	struct connection *connection = ctx;

	if (connection->output.n > 0) {
		int rc = connection_send_output(connection);

		if (rc < 0)
			return rc;
	}
	return descriptor_write_parts(connection->fd, iov, n);
}

static void
http_on_late(struct connection *connection)
{
	struct http_connection *http = http_of(connection);

	if (http_head_has_begun(&http->reader->head))
		http_refuse(http, 408, "The request did not come in time.");
	else
		connection_close(connection, "it took too long");
}

const struct connection_protocol http_protocol = {
    .name = "an HTTP",
    .size = sizeof(struct http_connection),
    .idle_ms = IDLE_MS,
    .hurry_ms = HURRY_MS,
    .transport =
	{
	    .send = http_send,
	    .wait = connection_await,
	    .done = connection_done,
	},
    .on_bytes = http_on_bytes,
    .on_sent = http_on_sent,
    .on_stream_end = connection_linger,
    .is_full = http_is_full,
    .on_late = http_on_late,
    .fini = http_free_reader,
};

void
http_connection_open(struct http_connections *connections, int fd)
{
	struct connection *connection =
	    connection_open(&connections->connections, fd);

	if (!connection)
		return;
	http_of(connection)->reader = calloc(1, sizeof(struct http_reader));
	if (!http_of(connection)->reader)
		connection_close(connection, strerror(ENOMEM));
}
