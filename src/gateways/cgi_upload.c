/* SPDX-License-Identifier: MIT */

#include "gateways/cgi_upload.h"

#include "loop/shared_file.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static void
cgi_upload_close(struct cgi_upload *body)
{
	watch_set(&body->readable, false);
	timer_stop(&body->due);
	if (body->upload)
		body->upload->kind->close(body->upload);
	body->upload = NULL;
}

/* Reads on, waits, or is done. */
static void
cgi_upload_advance(struct cgi_upload *body)
{
	struct upload *upload = body->upload;
	uint64_t now_ms = loop_now_ms();

	if (!upload)
		return;
	if (upload->is_answered) {
		*body->answer = upload->answer;
		cgi_upload_close(body);
		body->on_done(body->ctx);
		return;
	}
	watch_set(&body->readable, !body->has_ended && !upload->is_full);
	timer_start(
	    &body->due, upload->due_ms > now_ms ? upload->due_ms - now_ms : 0);
}

/* Hands on what was read, and the end of the body. */
static void
cgi_upload_hand_on(struct cgi_upload *body)
{
	struct upload *upload = body->upload;

	if (body->from < body->to)
		body->from += upload->kind->take(
		    upload, body->bytes + body->from, body->to - body->from);
	if (body->from == body->to && body->left == 0 && !body->has_ended &&
	    !upload->is_full) {
		body->has_ended = true;
		upload->kind->finish(upload);
	}
	cgi_upload_advance(body);
}

/* The server has closed its end too early: the rest is lost. */
static void
cgi_upload_break_off(struct cgi_upload *body)
{
	policy_error(body->answer, 400, "The body broke off.");
	cgi_upload_close(body);
	body->on_done(body->ctx);
}

static void
cgi_upload_on_readable(void *ctx)
{
	struct cgi_upload *body = ctx;
	size_t most = sizeof(body->bytes);
	ssize_t n;

	if (body->left < most)
		most = (size_t)body->left;
	n = shared_file_read(STDIN_FILENO, body->bytes, most);
	if (n == -EAGAIN)
		return;
	if (n < 0 || (n == 0 && body->left != UINT64_MAX)) {
		cgi_upload_break_off(body);
		return;
	}
	body->from = 0;
	body->to = (size_t)n;
	if (n == 0)
		body->left = 0;
	else if (body->left != UINT64_MAX)
		body->left -= (uint64_t)n;
	cgi_upload_hand_on(body);
}

static void
cgi_upload_on_change(void *ctx)
{
	struct cgi_upload *body = ctx;

	if (body->upload->is_answered)
		cgi_upload_advance(body);
	else
		cgi_upload_hand_on(body);
}

static void
cgi_upload_on_due(void *ctx)
{
	struct cgi_upload *body = ctx;

	if (loop_now_ms() >= body->upload->due_ms)
		body->upload->kind->late(body->upload);
	cgi_upload_advance(body);
}

/* The beginning of the loop: there may be nothing to wait for. */
static void
cgi_upload_on_start(void *ctx)
{
	struct cgi_upload *body = ctx;

	body->due.callback = cgi_upload_on_due;
	cgi_upload_hand_on(body);
}

/* A server that has decoded chunks may not know how long the body is. */
static uint64_t
cgi_upload_length(void)
{
	const char *length = getenv("CONTENT_LENGTH");

	if (length && *length)
		return strtoull(length, NULL, 10);
	return getenv("HTTP_TRANSFER_ENCODING") ? UINT64_MAX : 0;
}

int
cgi_upload_start(struct cgi_upload *body, struct loop *loop,
    struct upload *upload, struct answer *answer, loop_callback *on_done,
    void *ctx)
{
	int rc;

	*body = (struct cgi_upload){
	    .upload = upload,
	    .answer = answer,
	    .left = cgi_upload_length(),
	    .on_done = on_done,
	    .ctx = ctx,
	};
	upload->on_change = cgi_upload_on_change;
	upload->ctx = body;
	rc = watch_init(&body->readable, loop, STDIN_FILENO, WATCH_READABLE,
	    cgi_upload_on_readable, body);
	if (rc == 0)
		rc = timer_init(&body->due, loop, cgi_upload_on_start, body);
	if (rc == 0)
		timer_start(&body->due, 0);
	return rc;
}

void
cgi_upload_fini(struct cgi_upload *body)
{
	if (body->upload)
		body->upload->kind->close(body->upload);
	body->upload = NULL;
	watch_fini(&body->readable);
	timer_fini(&body->due);
}
