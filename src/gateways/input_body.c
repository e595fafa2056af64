/* SPDX-License-Identifier: MIT */

#include "gateways/input_body.h"

#include "loop/shared_file.h"

#include <errno.h>
#include <stdlib.h>

static void
input_body_done(struct input_body *body)
{
	watch_set(&body->readable, false);
	timer_stop(&body->due);
	body->on_done(body->ctx);
}

/* Reads on, waits, or is done. */
static void
input_body_advance(struct input_body *body)
{
	struct upload *upload = body->upload;
	uint64_t now_ms = loop_now_ms();

	if (upload ? upload->is_answered : body->is_read) {
		input_body_done(body);
		return;
	}
	watch_set(
	    &body->readable, !body->is_read && !(upload && upload->is_full));
	if (upload)
		timer_start(&body->due,
		    upload->due_ms > now_ms ? upload->due_ms - now_ms : 0);
}

/* Hands on what was read, and the end of the body. */
static void
input_body_hand_on(struct input_body *body)
{
	struct upload *upload = body->upload;

	if (!upload)
		body->from = body->to;
	else if (body->from < body->to)
		body->from += upload->kind->take(
		    upload, body->bytes + body->from, body->to - body->from);
	if (body->from == body->to && body->left == 0 && !body->is_read &&
	    !(upload && upload->is_full)) {
		body->is_read = true;
		if (upload)
			upload->kind->finish(upload);
	}
	input_body_advance(body);
}

/* The server has closed its end too early: the rest is lost. */
static void
input_body_break_off(struct input_body *body)
{
	body->is_read = true;
	if (body->upload) {
		policy_error(&body->upload->answer, 400, "The body broke off.");
		body->upload->is_answered = true;
	}
	input_body_advance(body);
}

static void
input_body_on_readable(void *ctx)
{
	struct input_body *body = ctx;
	size_t most = sizeof(body->bytes);
	ssize_t n;

	if (body->left < most)
		most = (size_t)body->left;
	n = shared_file_read(body->fd, body->bytes, most);
	if (n == -EAGAIN)
		return;
	if (n < 0 || (n == 0 && body->left != UINT64_MAX)) {
		input_body_break_off(body);
		return;
	}
	body->from = 0;
	body->to = (size_t)n;
	if (n == 0)
		body->left = 0;
	else if (body->left != UINT64_MAX)
		body->left -= (uint64_t)n;
	input_body_hand_on(body);
}

static void
input_body_on_change(void *ctx)
{
	struct input_body *body = ctx;

	if (body->upload->is_answered)
		input_body_advance(body);
	else
		input_body_hand_on(body);
}

static void
input_body_on_due(void *ctx)
{
	struct input_body *body = ctx;

	if (body->upload && loop_now_ms() >= body->upload->due_ms)
		body->upload->kind->late(body->upload);
	input_body_advance(body);
}

/* The beginning of the loop: there may be nothing to wait for. */
static void
input_body_on_start(void *ctx)
{
	struct input_body *body = ctx;

	body->due.callback = input_body_on_due;
	input_body_hand_on(body);
}

/* A server that has decoded chunks may not know how long the body is. */
uint64_t
input_body_length(request_lookup *lookup, void *ctx)
{
	const char *length = lookup(ctx, "CONTENT_LENGTH");

	if (length && *length)
		return strtoull(length, NULL, 10);
	return lookup(ctx, "HTTP_TRANSFER_ENCODING") ? UINT64_MAX : 0;
}

int
input_body_start(struct input_body *body, struct loop *loop, int fd,
    uint64_t length, struct upload *upload, loop_callback *on_done, void *ctx)
{
	int rc;

	*body = (struct input_body){
	    .fd = fd,
	    .upload = upload,
	    .left = length,
	    .on_done = on_done,
	    .ctx = ctx,
	};
	if (upload) {
		upload->on_change = input_body_on_change;
		upload->ctx = body;
	}
	rc = watch_init(&body->readable, loop, fd, WATCH_READABLE,
	    input_body_on_readable, body);
	if (rc == 0)
		rc = timer_init(&body->due, loop, input_body_on_start, body);
	if (rc == 0)
		timer_start(&body->due, 0);
	return rc;
}

void
input_body_drop(struct input_body *body)
{
	body->upload = NULL;
	input_body_hand_on(body);
}

void
input_body_fini(struct input_body *body)
{
	watch_fini(&body->readable);
	timer_fini(&body->due);
}
