/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_HELPERS_H
#define PIPECAST_TESTS_UNIT_HELPERS_H

/*
 * What the unit tests share: literals as spans, a sink that keeps everything,
 * comparisons that show the bytes, and random numbers that are the same in
 * every run.
 */

#include "core/text.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A string literal as a span; NUL bytes in it count. */
#define LITERAL(s) ((struct span){(s), sizeof(s) - 1})
#define ABSENT ((struct span){NULL, 0})

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Bytes that grow. */
struct bytes {
	char *at;
	size_t n;
	size_t allocated;
};

static inline void
bytes_put(void *ctx, const char *at, size_t n)
{
	struct bytes *bytes = ctx;

	if (n == 0)
		return;
	if (bytes->n + n > bytes->allocated) {
		bytes->allocated = 2 * (bytes->n + n);
		bytes->at = realloc(bytes->at, bytes->allocated);
		cr_assert_not_null(bytes->at);
	}
	memcpy(bytes->at + bytes->n, at, n);
	bytes->n += n;
}

static inline struct byte_sink
bytes_sink(struct bytes *bytes)
{
	return (struct byte_sink){bytes_put, bytes};
}

static inline struct span
bytes_span(const struct bytes *bytes)
{
	return (struct span){bytes->n ? bytes->at : "", bytes->n};
}

static inline void
bytes_free(struct bytes *bytes)
{
	free(bytes->at);
	*bytes = (struct bytes){0};
}

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

/* A copy of its own for each input, so that a sanitizer sees its end. */
static inline char *
copy_of(struct span span)
{
	char *copy = malloc(span.n + !span.n);

	cr_assert_not_null(copy);
	if (span.n > 0)
		memcpy(copy, span.bytes, span.n);
	return copy;
}

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
