/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_FASTCGI_WRITER_H
#define PIPECAST_GATEWAYS_FASTCGI_WRITER_H

/*
 * Wraps what a viewer is sent in FCGI_STDOUT records without padding, around
 * a transport that may take any part of them.  The content itself is never
 * copied.  No I/O, no allocation.
 *
 * A record that was begun has announced its length: the next bytes offered must
 * begin with the rest of its content.
 */

#include "gateways/fastcgi_record.h"

#include "core/subscriber.h"

enum {
	FASTCGI_RECORDS_AT_ONCE = 4,
	FASTCGI_CONTENT_PARTS = SUBSCRIBER_PARTS,
	/* Each record has a header and may end in the middle of a part. */
	FASTCGI_WRITER_PARTS =
	    2 * FASTCGI_RECORDS_AT_ONCE + FASTCGI_CONTENT_PARTS - 1,
};

struct fastcgi_writer {
	uint16_t id;
	uint16_t content_left; /* of the record that was begun */
	uint8_t header_left;   /* of it, at its end */
};

/* The headers of the records that one call of writev holds. */
struct fastcgi_headers {
	char bytes[FASTCGI_RECORDS_AT_ONCE][FASTCGI_HEADER_SIZE];
	size_t content_n; /* bytes of content laid out */
};

/* A writer of the request's answer, at its beginning. */
static inline struct fastcgi_writer
fastcgi_writer_of(uint16_t id)
{
	return (struct fastcgi_writer){.id = id};
}

/*
 * Lays out the n parts of content, at most FASTCGI_CONTENT_PARTS, for one
 * writev: first the rest of the record that was begun, then as many records as
 * FASTCGI_RECORDS_AT_ONCE allow in all; the rest is left for the next
 * time.  out has room for FASTCGI_WRITER_PARTS.  It borrows the content and
 * *headers.  Returns the number of parts in out, 0 if there is no content.
 */
int fastcgi_writer_wrap(const struct fastcgi_writer *writer,
    const struct iovec *content, int n, struct fastcgi_headers *headers,
    struct iovec *out);

/*
 * The first sent bytes of what was laid out with these headers were taken.
 * Returns how many of them were content.
 */
size_t fastcgi_writer_account(struct fastcgi_writer *writer,
    const struct fastcgi_headers *headers, size_t sent);

/* Whether a record is partly sent: nothing else may go in between. */
static inline bool
fastcgi_writer_in_record(const struct fastcgi_writer *writer)
{
	return writer->header_left > 0 || writer->content_left > 0;
}

#endif
