/* SPDX-License-Identifier: MIT */

/*
 * The bodies of requests that publish.  Every such request is answered when its
 * body has ended, even one that was refused before: a web server may turn an
 * earlier answer into an error of its own.
 */

#include "gateways/fastcgi_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Nothing of it is published that was not yet. */
void
fastcgi_free_body(struct fastcgi_connection *fastcgi)
{
	struct fastcgi_body *body = fastcgi->body;

	if (!body)
		return;
	admission_close_upload(
	    fastcgi->base.connections->admission, body->upload);
	free(body->answer.bytes);
	buffer_fini(&body->pending);
	free(body);
	fastcgi->body = NULL;
	fastcgi->reader.leaves_body = false;
}

bool
fastcgi_is_full(const struct connection *connection)
{
	const struct fastcgi_connection *fastcgi =
	    (const struct fastcgi_connection *)connection;

	return fastcgi->body && fastcgi->body->upload &&
	    fastcgi->body->upload->is_full;
}

/* The answer has waited for the end of the body; what follows has as well. */
static void
fastcgi_end_body(struct fastcgi_connection *fastcgi)
{
	struct admission_answer answer = fastcgi->body->answer;
	struct buffer pending = fastcgi->body->pending;

	fastcgi->body->answer = (struct admission_answer){0};
	fastcgi->body->pending = (struct buffer){0};
	fastcgi_free_body(fastcgi);
	fastcgi_send_answer(fastcgi, &answer);
	fastcgi_on_bytes(&fastcgi->base, pending.bytes, pending.n);
	buffer_fini(&pending);
}

/*
 * A web server that gets the answer before it has sent the body may turn it
 * into an error of its own.
 */
static void
fastcgi_advance_upload(struct fastcgi_connection *fastcgi)
{
	struct fastcgi_body *body = fastcgi->body;
	struct upload *upload = body->upload;

	if (upload && !upload->is_answered) {
		connection_set_deadline(&fastcgi->base, upload->due_ms);
		return;
	}
	body->upload = NULL;
	if (upload &&
	    admission_answer_upload(fastcgi->base.connections->admission,
		&response_cgi, upload, &body->answer) < 0) {
		connection_close(&fastcgi->base, strerror(ENOMEM));
		return;
	}
	if (upload) /* the rest of the body has some time to arrive */
		connection_enter(&fastcgi->base, CONNECTION_POSTING);
	if (body->has_ended || fastcgi->is_late)
		fastcgi_end_body(fastcgi);
}

static void
fastcgi_on_upload_change(void *ctx)
{
	struct fastcgi_connection *fastcgi = ctx;
	struct buffer pending = fastcgi->body->pending;

	fastcgi->body->pending = (struct buffer){0};
	fastcgi_advance_upload(fastcgi);
	fastcgi_on_bytes(&fastcgi->base, pending.bytes, pending.n);
	buffer_fini(&pending);
	connection_watch(&fastcgi->base);
}

/* Takes content of the body off the front of the bytes; returns how much. */
size_t
fastcgi_take_body(
    struct fastcgi_connection *fastcgi, const char *bytes, size_t n)
{
	struct upload *upload = fastcgi->body->upload;
	size_t most = fastcgi_reader_body_n(&fastcgi->reader);

	n = n < most ? n : most;
	if (upload)
		n = upload->kind->take(upload, bytes, n);
	fastcgi_reader_take_body(&fastcgi->reader, n);
	fastcgi->body->left -=
	    n < fastcgi->body->left ? n : fastcgi->body->left;
	fastcgi_advance_upload(fastcgi);
	return n;
}

static void
fastcgi_enter_body(
    struct fastcgi_connection *fastcgi, const struct admission_answer *answer)
{
	struct upload *upload = answer->upload;

	fastcgi->body->answer = *answer;
	fastcgi->body->upload = upload;
	fastcgi->reader.leaves_body = true;
	connection_enter(&fastcgi->base, CONNECTION_POSTING);
	if (!upload)
		return;
	upload->on_change = fastcgi_on_upload_change;
	upload->ctx = fastcgi;
	fastcgi_advance_upload(fastcgi);
}

/* A request that has a body to publish is judged before that arrives. */
void
fastcgi_begin_body(struct fastcgi_connection *fastcgi)
{
	struct span pairs = fastcgi_reader_params(&fastcgi->reader);
	struct admission_answer answer;
	int rc;

	if (!fastcgi_pairs_are_of_post(pairs))
		return;
	fastcgi->writer = fastcgi_writer_of(fastcgi->reader.request_id);
	fastcgi->body = calloc(1, sizeof(*fastcgi->body));
	rc = fastcgi->body ? fastcgi_answer(fastcgi, &answer) : -ENOMEM;
	if (rc == 0) {
		fastcgi_enter_body(fastcgi, &answer);
		return;
	}
	fastcgi_free_body(fastcgi);
	fastcgi_refuse(fastcgi, rc);
}

/*
 * A body of fewer bytes than CONTENT_LENGTH must not be published (6.2).  One
 * of more may be: the web server has decompressed it.
 */
static void
fastcgi_finish_upload(struct fastcgi_body *body)
{
	struct upload *upload = body->upload;

	if (body->left == 0) {
		upload->kind->finish(upload);
		return;
	}
	policy_error(&upload->answer, 400, "The body broke off.");
	upload->is_answered = true;
}

/* Returns whether it was the body of such a request that has ended. */
bool
fastcgi_finish_body(struct fastcgi_connection *fastcgi)
{
	struct fastcgi_body *body = fastcgi->body;

	if (!body)
		return false;
	body->has_ended = true;
	if (body->upload)
		fastcgi_finish_upload(body);
	fastcgi_advance_upload(fastcgi);
	return true;
}

void
fastcgi_on_late(struct connection *connection)
{
	struct fastcgi_connection *fastcgi = fastcgi_of(connection);

	if (!fastcgi->body) {
		connection_close(connection, "it took too long");
		return;
	}
	fastcgi->is_late = true;
	if (fastcgi->body->upload)
		fastcgi->body->upload->kind->late(fastcgi->body->upload);
	fastcgi_advance_upload(fastcgi);
}

/* The bytes wait while the upload is full, and are dropped otherwise. */
void
fastcgi_keep_bytes(struct fastcgi_connection *fastcgi, struct span bytes)
{
	if (bytes.n > 0 && fastcgi_is_full(&fastcgi->base) &&
	    buffer_append(&fastcgi->body->pending, bytes, SIZE_MAX) < 0)
		connection_close(&fastcgi->base, strerror(ENOMEM));
}
