/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_BYTES_H
#define PIPECAST_TESTS_UNIT_BYTES_H

/*
 * What unit tests and fuzzers share: literals as spans, bytes that grow, and an
 * assertion that is never compiled out.
 */

#include "core/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, \
			    __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

#define LITERAL(s) ((struct span){(s), sizeof(s) - 1})
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Bytes that grow, always with a NUL behind them. */
struct bytes {
	char *at;
	size_t n;
	size_t allocated;
};

static inline void
bytes_put(void *ctx, const char *at, size_t n)
{
	struct bytes *bytes = ctx;

	if (bytes->n + n + 1 > bytes->allocated) {
		bytes->allocated = 2 * (bytes->n + n + 1);
		bytes->at = realloc(bytes->at, bytes->allocated);
		REQUIRE(bytes->at);
	}
	if (n > 0)
		memcpy(bytes->at + bytes->n, at, n);
	bytes->n += n;
	bytes->at[bytes->n] = '\0';
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

/* A copy of its own for each input, so that a sanitizer sees its end. */
static inline char *
copy_of(struct span span)
{
	char *copy = malloc(span.n + !span.n);

	REQUIRE(copy);
	if (span.n > 0)
		memcpy(copy, span.bytes, span.n);
	return copy;
}

/*
 * Appends the span as the decoder of the Encoding standard, 4.1.1, would have
 * it, written as it stands there.
 */
static inline void
decode_by_the_book(struct span in, struct bytes *out)
{
	unsigned needed = 0, seen = 0, low = 0x80, high = 0xbf;

	for (size_t i = 0; i < in.n; i++) {
		unsigned char c = (unsigned char)in.bytes[i];

		if (needed > 0 && (c < low || c > high)) {
			bytes_put(out, "\xef\xbf\xbd", 3);
			needed = seen = 0;
			low = 0x80;
			high = 0xbf;
			i--;
		} else if (needed > 0) {
			low = 0x80;
			high = 0xbf;
			if (++seen < needed)
				continue;
			bytes_put(out, in.bytes + i - needed, needed + 1);
			needed = seen = 0;
		} else if (c <= 0x7f) {
			bytes_put(out, in.bytes + i, 1);
		} else if (c >= 0xc2 && c <= 0xf4) {
			needed = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
			low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
			high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
		} else {
			bytes_put(out, "\xef\xbf\xbd", 3);
		}
	}
	if (needed > 0)
		bytes_put(out, "\xef\xbf\xbd", 3);
}

#endif
