/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_DEFLATER_H
#define PIPECAST_CORE_DEFLATER_H

/*
 * Compression, the only part that knows zlib: raw deflate (RFC 1951) in pieces
 * that end at a byte, the check sum of gzip (RFC 1952), and whole gzip members.
 * Without zlib (deflater_none.c) nothing can be compressed, and
 * deflater_is_there says so.
 */

#include "core/owned.h"

#include <stdint.h>
#include <sys/uio.h>

struct deflater;

/* Whether pipecast was built with zlib. */
bool deflater_is_there(void);

/* Returns a deflater, about 260 KB of memory, or NULL without memory. */
struct deflater *deflater_create(void);
void deflater_destroy(struct deflater *deflater);

/* What follows refers to nothing that was written before. */
void deflater_reset(struct deflater *deflater);

/* The most bytes that deflater_write makes of n. */
size_t deflater_bound(size_t n);

/*
 * Writes the parts, compressed, up to the end of a byte: a decoder can decode
 * all of them.  What follows may refer to them.  Never fails.
 */
void deflater_write(struct deflater *deflater, const struct iovec *parts, int n,
    struct byte_sink sink);

/*
 * The check sum of a text with the bytes appended; that of no text is 0.
 * deflater_sum_shift is the check sum of a text followed by n bytes, exclusive
 * or that of these bytes alone.
 */
uint32_t deflater_sum(uint32_t sum, struct span bytes);
uint32_t deflater_sum_shift(uint32_t sum, uint64_t n);

/* The bytes as a gzip member of its own; nothing without memory, or zlib. */
struct owned deflater_gzip(struct span bytes);

#endif
