/* SPDX-License-Identifier: MIT */
#ifndef BENCH_UNPACK_H
#define BENCH_UNPACK_H

/* The gzip member of one response, unpacked as it comes. */

#include <stddef.h>

struct unpack;

/* Ends the program if there is no memory, or if this build has no zlib. */
struct unpack *unpack_create(void);
void unpack_destroy(struct unpack *unpack);

/*
 * Calls back with what the bytes hold, in pieces.  Ends the program if they are
 * not gzip.
 */
void unpack_feed(struct unpack *unpack, const char *bytes, size_t n,
    void (*callback)(void *ctx, const char *bytes, size_t n), void *ctx);

#endif
