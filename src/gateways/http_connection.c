/* SPDX-License-Identifier: MIT */

/* In the order of its data: head, upload, body, next request, stream. */

#include "gateways/http_state.h"

#include "loop/descriptor.h"
#include "loop/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	IDLE_MS = 15000, /* for the next request on a connection */
	HURRY_MS = 1000, /* for one, once pipecast stops */
};

static void
http_free_reader(struct connection *connection)
{
	struct http_connection *http = http_of(connection);

	if (!http->reader)
		return;
	admission_close_upload(http_admission_of(http), http->reader->upload);
	http->reader->upload = NULL;
	http_reader_fini(http->reader);
	free(http->reader);
	http->reader = NULL;
}

/* Uploads. */

/* What is left of the body is dropped, if that is soon done. */
static void
http_answer_upload(struct http_connection *http)
{
	struct http_reader *reader = http->reader;
	struct upload *upload = reader->upload;
	char date[HTTP_DATE_SIZE];
	struct response_form form;
	struct admission_answer answer;

	if (reader->body.left > HTTP_DROP_MAX)
		http_reader_give_up(reader);
	form = http_form(http, date);
	reader->upload = NULL;
	if (admission_answer_upload(
		http_admission_of(http), &form, upload, &answer) < 0)
		connection_close(&http->base, strerror(ENOMEM));
	else
		http_send_answer(http, &answer);
}

/* May close the connection. */
static void
http_advance_upload(struct http_connection *http)
{
	const struct upload *upload = http->reader->upload;

	if (upload->is_answered)
		http_answer_upload(http);
	else
		connection_set_deadline(&http->base, upload->due_ms);
}

static void http_take_pending(struct http_connection *http);

static void
http_on_upload_change(void *ctx)
{
	struct http_connection *http = ctx;

	http_advance_upload(http);
	if (http->base.state == CONNECTION_POSTING ||
	    http->base.state == CONNECTION_IDLE)
		http_take_pending(http);
	connection_watch(&http->base);
}

static void
http_begin_upload(struct http_connection *http, struct upload *upload)
{
	struct http_reader *reader = http->reader;
	struct byte_sink output = connection_output(&http->base);

	reader->upload = upload;
	upload->on_change = http_on_upload_change;
	upload->ctx = http;
	connection_enter(&http->base, CONNECTION_POSTING);
	if (http_reader_body_has_ended(reader))
		upload->kind->finish(upload);
	else if (reader->head.expects_continue && upload->is_answered)
		http_reader_give_up(reader);
	else if (reader->head.expects_continue)
		sink_text(output, "HTTP/1.1 100 Continue\r\n\r\n");
	http_head_fini(&reader->head);
	connection_flush(&http->base);
	if (http->base.state == CONNECTION_POSTING)
		http_advance_upload(http);
}

/* The head is whole.  May close the connection. */
static void
http_on_request(struct http_connection *http)
{
	struct http_reader *reader = http->reader;
	struct admission_answer answer;
	char date[HTTP_DATE_SIZE];
	struct response_form form;
	bool gives_up;
	int rc;

	reader->n_pipelined++;
	http_reader_begin_body(reader);
	gives_up = http_reader_would_give_up(reader);
	form = http_form(http, date);
	form.keeps_open = form.keeps_open && !gives_up;
	rc = http_request_answer(http_endpoint_of(http), http->base.fd,
	    &reader->head, &form, &http->base.subscriber, &answer);
	if (rc < 0) {
		log_line(LOG_ERROR, "an HTTP request was refused: %s",
		    strerror(-rc));
		connection_close(&http->base, NULL);
	} else if (answer.is_stream) {
		http_free_reader(&http->base);
		connection_enter(&http->base, CONNECTION_STREAMING);
	} else if (answer.upload) {
		http_begin_upload(http, answer.upload);
	} else {
		if (gives_up)
			http_reader_give_up(reader);
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
	enum http_head_result result =
	    http_head_feed(head, input->bytes, input->n, &used);

	input->bytes += used;
	input->n -= used;
	if (result == HTTP_HEAD_WHOLE)
		http_on_request(http);
	else if (mistake)
		http_refuse_mistake(http, mistake);
	else if (result == HTTP_HEAD_ERROR)
		http_refuse(http, head->refusal->status, head->refusal->reason);
}

/* Also of an answer that is on its way. */
static void
http_take_body(struct http_connection *http, struct span *input)
{
	struct http_reader *reader = http->reader;
	struct upload *upload = reader->upload;
	enum http_body_result result = http_reader_feed_body(reader, input);

	if (upload && result == HTTP_BODY_ERROR) {
		http_refuse(http, reader->body.refusal->status,
		    reader->body.refusal->reason);
	} else if (upload) {
		if (result == HTTP_BODY_WHOLE)
			upload->kind->finish(upload);
		http_advance_upload(http);
	} else {
		if (result == HTTP_BODY_ERROR ||
		    reader->dropped_n > HTTP_DROP_MAX)
			http_reader_give_up(reader);
		http_advance(http);
	}
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
	case CONNECTION_POSTING:
	case CONNECTION_ANSWERING:
		if (http_reader_is_full(http->reader))
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
	if (!http->reader ||
	    (http->base.state != CONNECTION_ANSWERING &&
		http->base.state != CONNECTION_POSTING))
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

	return (connection->state == CONNECTION_ANSWERING ||
		   connection->state == CONNECTION_POSTING) &&
	    http_reader_is_full(http->reader);
}

static void
http_take_pending(struct http_connection *http)
{
	struct buffer pending = http->reader->pending;

	http->reader->pending = (struct buffer){0};
	http_take_all(http, buffer_span(&pending));
	buffer_fini(&pending);
}

static void
http_on_sent(struct connection *connection)
{
	struct http_connection *http = http_of(connection);

	http_advance(http);
	if (http->reader)
		http_take_pending(http);
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
	struct upload *upload = http->reader->upload;

	if (upload) {
		upload->kind->late(upload);
		http_reader_give_up(http->reader);
		http_advance_upload(http);
	} else if (http_head_has_begun(&http->reader->head)) {
		http_refuse(http, 408, "The request did not come in time.");
	} else {
		connection_close(connection, "it took too long");
	}
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
