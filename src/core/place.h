/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_PLACE_H
#define PIPECAST_CORE_PLACE_H

/*
 * Places in a file: how a place is known again after the file was renamed,
 * copied, or emptied and written anew.  A place is an offset, the identity of
 * the file, and the content before the offset.  Both are keyed hashes, so a
 * client can neither forge a place nor learn anything of the file from one.
 *
 * The content is that of up to PLACE_WINDOW bytes.  Their sum, a polynomial
 * modulo 2^61 - 1 with a secret base, is rolled along the file: each byte costs
 * the same, wherever the window is.
 *
 * Pure: the caller reads the file and brings the secret.
 */

#include "core/text.h"

#include <stdint.h>

/* How many bytes before an offset its content covers, at most. */
enum { PLACE_WINDOW = 4096 };

/* A place, as an event id carries it. */
struct file_place {
	uint64_t offset;
	uint64_t content;
	uint32_t identity;
};

/* The identity of a file; birth_ns is 0 where the system does not know it. */
struct file_identity {
	uint64_t device;
	uint64_t inode;
	uint64_t birth_ns;
};

struct place_key {
	uint64_t hash[2];      /* of SipHash */
	uint64_t powers[5];    /* of the base: 0 to 4 */
	uint64_t leaving[256]; /* the share of a byte that leaves the window */
};

/*
 * Derives the key from a secret; no hash that leaves the process contains the
 * secret itself.  The same secret gives the same key, so that all processes of
 * a machine agree.
 */
void place_key_init(struct place_key *key, struct span secret);

/*
 * Rolls the sum on over bytes[from..to).  The bytes before from, at least
 * PLACE_WINDOW of them or all that the input has, must have been summed, and
 * still be there.  A sum begins as 0.  Returns the new sum.
 */
uint64_t place_roll(const struct place_key *key, uint64_t sum,
    const char *bytes, size_t from, size_t to);

/* The sum of at most PLACE_WINDOW bytes. */
uint64_t place_sum(const struct place_key *key, struct span window);

/* The content of the place at an offset before which that is the sum. */
uint64_t place_content(
    const struct place_key *key, uint64_t offset, uint64_t sum);

uint32_t place_identity(
    const struct place_key *key, const struct file_identity *file);

/* The most that place_is_repetitive takes: a window on either side. */
enum { PLACE_AROUND_MAX = 2 * PLACE_WINDOW };

/*
 * Whether the bytes, at most PLACE_AROUND_MAX, are a record that is repeated at
 * least once, the last time perhaps in part.  A place in them could as well be
 * another.
 */
bool place_is_repetitive(struct span bytes);

#endif
