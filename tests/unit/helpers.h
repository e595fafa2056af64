/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_HELPERS_H
#define PIPECAST_TESTS_UNIT_HELPERS_H

/*
 * What the unit tests share: comparisons that show the bytes, and random
 * numbers that are the same in every run.
 */

#include "bytes.h"

#include <criterion/criterion.h>

#define ABSENT ((struct span){NULL, 0})

/* The span from a few bytes before the first difference, for messages. */
static inline struct span
from_difference(struct span span, struct span other)
{
	size_t i = 0;

	while (i < span.n && i < other.n && span.bytes[i] == other.bytes[i])
		i++;
	i = i > 30 ? i - 30 : 0;
	return (struct span){span.n ? span.bytes + i : "", span.n - i};
}

#define assert_span(ACTUAL, EXPECTED) \
	do { \
		struct span actual_ = (ACTUAL), expected_ = (EXPECTED); \
		char seen_[400], wanted_[400]; \
\
		text_escape(seen_, sizeof(seen_), \
		    from_difference(actual_, expected_)); \
		text_escape(wanted_, sizeof(wanted_), \
		    from_difference(expected_, actual_)); \
		cr_assert(span_equal(actual_, expected_), \
		    "got %zu bytes, ...\"%s\",\nnot %zu, ...\"%s\"", \
		    actual_.n, seen_, expected_.n, wanted_); \
		cr_assert( \
		    (actual_.bytes == NULL) == (expected_.bytes == NULL), \
		    "absent is not empty"); \
	} while (0)

/* Marsaglia's xorshift, 64 bits; the state must not be 0. */
static inline uint64_t
random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static inline size_t
random_to(uint64_t *state, size_t max)
{
	return (size_t)(random_next(state) % ((uint64_t)max + 1));
}

#endif
