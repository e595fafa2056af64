/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_COMPRESSED_LOG_H
#define PIPECAST_CORE_COMPRESSED_LOG_H

/*
 * The newest part of a log, compressed once for all viewers that take it so.
 * It is a row of chunks; each holds up to 32 KB of the log and ends at a byte.
 * A mark stands where a chunk begins, and behind the last.
 *
 * A chunk may refer to the bytes before it, as far back as its mark says.  A
 * viewer whose decoder has all of these can go on with the chunk, no matter how
 * they came: also as stored blocks (RFC 1951, 3.2.4).
 *
 * It knows nothing of viewers.  What they need no more is forgotten; besides
 * that it has a deflater and little else.
 */

#include "core/ring.h"

/* Offsets of the log count its bytes uncompressed. */
struct compressed_mark {
	uint64_t at;     /* in the log */
	uint64_t offset; /* in the compressed bytes */
	uint64_t since;  /* the chunk may refer to the log from there on */
	uint32_t sum;    /* of the log from where the first mark ever was */
};

struct compressed_log;

/* Begins with a mark at that offset of the log.  NULL: no memory. */
struct compressed_log *compressed_log_create(uint64_t at);
void compressed_log_destroy(struct compressed_log *compressed);

/* The chunks to come refer to nothing before them. */
void compressed_log_begin_anew(struct compressed_log *compressed);

/*
 * Compresses what the log has behind the last mark.  Returns 0, or -ENOMEM with
 * that done only in part.
 */
int compressed_log_append(
    struct compressed_log *compressed, const struct ring *log);

/* Forgets the chunks before the one that has that offset of the log. */
void compressed_log_trim(struct compressed_log *compressed, uint64_t at);

/* The mark behind the last chunk. */
const struct compressed_mark *compressed_log_end(
    const struct compressed_log *compressed);

/* The mark at that offset of the log, NULL if there is none. */
const struct compressed_mark *compressed_log_find(
    const struct compressed_log *compressed, uint64_t at);

/*
 * The last mark up to that offset of the log, or of the compressed bytes.  It
 * must not be before the first mark.
 */
const struct compressed_mark *compressed_log_before(
    const struct compressed_log *compressed, uint64_t at);
const struct compressed_mark *compressed_log_before_offset(
    const struct compressed_log *compressed, uint64_t offset);

/*
 * The first mark, not before that offset of the log, at which a viewer can go
 * on that has the log from since on.  NULL: there is none.
 */
const struct compressed_mark *compressed_log_entry(
    const struct compressed_log *compressed, uint64_t at, uint64_t since);

/* The compressed bytes from one offset up to another, as ring_read. */
int compressed_log_read(const struct compressed_log *compressed, uint64_t from,
    uint64_t to, struct iovec iov[2]);

#endif
