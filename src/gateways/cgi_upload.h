/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_CGI_UPLOAD_H
#define PIPECAST_GATEWAYS_CGI_UPLOAD_H

/*
 * The body of a CGI request that publishes, on standard input (RFC 3875, 4.2):
 * CONTENT_LENGTH bytes of it or, if the server has decoded chunks, all up to
 * its end.
 */

#include "gateways/upload.h"
#include "loop/loop.h"

#include <stddef.h>

struct cgi_upload {
	struct upload *upload; /* NULL: it is closed */
	struct answer *answer;
	struct watch readable;
	struct timer due;
	uint64_t left; /* bytes of the body, UINT64_MAX: up to its end */
	bool has_ended;
	loop_callback *on_done;
	void *ctx;
	size_t from, to; /* of the bytes that are not taken yet */
	char bytes[16384];
};

/*
 * Hands the body to the upload, which is taken.  on_done is called once, from
 * the loop, when *answer is what became of it.  Returns 0 or -ENOMEM.
 */
int cgi_upload_start(struct cgi_upload *body, struct loop *loop,
    struct upload *upload, struct answer *answer, loop_callback *on_done,
    void *ctx);

/* Idempotent. */
void cgi_upload_fini(struct cgi_upload *body);

#endif
