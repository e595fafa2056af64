/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_GZIP_MEMBER_H
#define PIPECAST_CORE_GZIP_MEMBER_H

/*
 * The bytes of one viewer as a gzip member (RFC 1952): its head, then stored
 * blocks (RFC 1951, 3.2.4) and chunks that were compressed for all, in any
 * order, and a trailer with the check sum and the length of the whole text.
 *
 * The viewer either shares the compressed chunks, or gets stored blocks.
 *
 *                 stored                      shared
 *   since         it has all of the log       it began to share
 *                 from there on, and
 *                 nothing else in between
 *   sum           of its text                 the same at since, exclusive or
 *                                             that of the log there
 *   n             bytes of its text           the same at since
 *   within        0                           bytes it has of the chunk at its
 *                                             cursor
 *   header_left   bytes of a block that was   0
 *   block_left    offered, to be sent
 *   mark_left
 *
 * Some decoders (that of Go, for one) give text out only at an empty block, so
 * one stands as a mark behind each stored block, as zlib puts one behind each
 * chunk.
 *
 * With "exclusive or" the sum at the end follows from that of the log there,
 * without a look at what is in between.
 */

#include "core/owned.h"

#include <assert.h>
#include <stdint.h>

enum {
	GZIP_BLOCK_HEADER = 5,  /* and the size of a mark */
	GZIP_BLOCK_MAX = 65535, /* bytes in a stored block */
};

struct gzip_member {
	uint64_t since; /* offset in the log */
	uint32_t sum;
	uint32_t n; /* modulo 2^32, as in the trailer */
	uint32_t within;
	uint16_t block_left;
	uint8_t header_left : 3;
	uint8_t mark_left : 3;
	bool is_shared : 1;
	bool has_ended : 1; /* the trailer was made */
};

static_assert(sizeof(struct gzip_member) == 24, "each subscriber has one");

/* Whether a block was offered that is not sent to the end of its mark. */
static inline bool
gzip_member_is_in_block(const struct gzip_member *member)
{
	return member->header_left > 0 || member->block_left > 0 ||
	    member->mark_left > 0;
}

/* A stored block without content. */
extern const char gzip_mark[GZIP_BLOCK_HEADER];

/* The header of a stored block of n bytes, at most GZIP_BLOCK_MAX. */
void gzip_block_header(char header[GZIP_BLOCK_HEADER], size_t n);

/* The text goes on with these bytes, which are none of shared chunks. */
void gzip_member_add(struct gzip_member *member, struct span text);

/*
 * The text goes on with these bytes.  Returns them in stored blocks, after the
 * bytes `before`, which are sent as they are, with the head of the member if it
 * begins, and with its end if it has ended.  Nothing without memory.
 */
struct owned gzip_member_wrap(struct gzip_member *member, struct span before,
    struct span text, bool begins);

#endif
