/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_INPUT_BODY_H
#define PIPECAST_GATEWAYS_INPUT_BODY_H

/*
 * The body of a CGI request, on standard input (RFC 3875, 4.2): as many bytes
 * of it as CONTENT_LENGTH says or, if the server has decoded chunks, all up to
 * its end.  It goes to an upload or, without one, is dropped: a server that
 * cannot get rid of it may not pass the response on.  Apache's mod_cgid gives
 * the script one socket for both, and closing it with bytes unread loses the
 * response.
 */

#include "gateways/upload.h"
#include "http/request.h"
#include "loop/loop.h"

#include <stddef.h>

struct input_body {
	int fd;                /* borrowed */
	struct upload *upload; /* borrowed; NULL: the body is dropped */
	struct watch readable;
	struct timer due;
	uint64_t left; /* bytes of the body, UINT64_MAX: up to its end */
	bool is_read;  /* to its end, as far as it came */
	loop_callback *on_done;
	void *ctx;
	size_t from, to; /* of the bytes that are not taken yet */
	char bytes[16384];
};

/* How long it is; UINT64_MAX: up to its end. */
uint64_t input_body_length(request_lookup *lookup, void *ctx);

/*
 * Hands the next `length` bytes of fd to the upload, or drops them.  on_done is
 * called once, from the loop: the upload is answered (at the latest when the
 * body breaks off), or all is dropped.  Returns 0 or -ENOMEM.
 */
int input_body_start(struct input_body *body, struct loop *loop, int fd,
    uint64_t length, struct upload *upload, loop_callback *on_done, void *ctx);

/*
 * After that: the upload is closed, and on_done is called once more when the
 * rest of the body is dropped.  Not if is_read.
 */
void input_body_drop(struct input_body *body);

/* Idempotent. */
void input_body_fini(struct input_body *body);

#endif
