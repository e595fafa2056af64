/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_FASTCGI_REQUESTS_H
#define PIPECAST_TESTS_UNIT_FASTCGI_REQUESTS_H

/* Requests to feed a gateway with, and what it has to say of them. */

#include "helpers.h"

#include "fastcgi_gateway.h"

/* Feeds pieces of that size, the first one smaller. */
static inline void
assert_told_of_pieces(struct span input, size_t first, size_t size,
    unsigned manners, struct span expected)
{
	struct gateway gateway = gateway_begin(manners);
	size_t n = first;

	while (input.n > 0) {
		n = n < input.n ? n : input.n;
		feed(&gateway, (struct span){input.bytes, n});
		input.bytes += n;
		input.n -= n;
		n = size;
	}
	assert_span(bytes_span(&gateway.told), expected);
	gateway_end(&gateway);
}

/*
 * Whatever the pieces it comes in: a little of it cut anywhere, and byte by
 * byte.  Frees the input.
 */
static inline void
assert_told(struct bytes *bytes, unsigned manners, struct span expected)
{
	struct span input = bytes_span(bytes);
	size_t size = input.n < 1000 ? 1 : 30000;

	for (size_t i = 0; i <= input.n; i += size)
		assert_told_of_pieces(input, i, input.n, manners, expected);
	for (size_t i = 0; i < 3; i++)
		assert_told_of_pieces(input, size, size + i, manners, expected);
	bytes_free(bytes);
}

#define PAIRS "\3\3ONEabc\4\0NONE"

static inline struct span
pairs(void)
{
	return LITERAL(PAIRS);
}

static inline void
put_request(struct bytes *in, unsigned id, unsigned flags)
{
	put_begin(in, id, RESPONDER, flags);
	put_record(in, PARAMS, id, pairs());
	put_end(in, PARAMS, id);
	put_end(in, STDIN, id);
}

/* A request whose PARAMS have ended. */
static inline void
put_head(struct bytes *in)
{
	put_begin(in, 1, RESPONDER, CLOSE);
	put_record(in, PARAMS, 1, pairs());
	put_end(in, PARAMS, 1);
}

/* A request with n bytes of PARAMS. */
static inline void
put_params_of(struct bytes *in, size_t n)
{
	struct bytes params = {0};
	char *value = calloc(1, n);
	size_t first = n < 65535 ? n : 65535;

	put_pair(&params, LITERAL("N"), (struct span){value, n - 6});
	cr_assert_eq(params.n, n);
	put_begin(in, 1, RESPONDER, CLOSE);
	put_record(in, PARAMS, 1, (struct span){params.at, first});
	if (n > first)
		put_record(
		    in, PARAMS, 1, (struct span){params.at + first, n - first});
	put_end(in, PARAMS, 1);
	put_end(in, STDIN, 1);
	bytes_free(&params);
	free(value);
}

/* What the test feeds. */
static struct bytes in;

/* With requests that stay active, and with such that are answered at once. */
#define ASSERT_TOLD(TEXT) assert_told(&in, 0, LITERAL(TEXT))
#define ASSERT_TOLD_AT_ONCE(TEXT) \
	assert_told(&in, ANSWERS_AT_ONCE, LITERAL(TEXT))

#endif
