/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_HTTP_BODY_H
#define PIPECAST_HTTP_BODY_H

/*
 * The body of an HTTP request, of a length that the head tells or in chunks
 * (RFC 9112, 6 and 7.1): bytes go in, at whatever cut; the content goes to a
 * sink as it arrives.  No I/O and no memory.  Chunk extensions and trailers are
 * checked and dropped.  As strict as the head, and once in error it stays
 * there.
 */

#include "core/text.h"
#include "http/refusal.h"

enum {
	/* Bytes of a body's chunk extensions and trailers in all. */
	HTTP_BODY_EXTRAS_MAX = 4096,
};

struct http_body {
	/* After HTTP_BODY_ERROR: why; else NULL. */
	const struct http_refusal *refusal;
	uint64_t left; /* bytes of content: of the body, or of its chunk */
	uint16_t extras_n;
	uint8_t state;
	uint8_t size_n; /* digits of the chunk's size */
};

enum http_body_result {
	HTTP_BODY_MORE,  /* all that the sink wanted was taken */
	HTTP_BODY_WHOLE, /* the body has ended */
	HTTP_BODY_ERROR, /* its end is unknown; for ever */
};

/* A body of that length, which may be 0, or in chunks. */
struct http_body http_body_of_length(uint64_t length);
struct http_body http_body_chunked(void);

/*
 * Takes bytes up to the end of the body, *used of them, and hands the content
 * to the sink.  If the sink takes less, the rest is left.  After
 * HTTP_BODY_WHOLE it takes no more.  A call without bytes tells how it stands.
 */
enum http_body_result http_body_feed(struct http_body *body, const char *bytes,
    size_t n, size_t *used, struct full_sink sink);

#endif
