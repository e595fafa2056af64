/* SPDX-License-Identifier: MIT */

/*
 * The body decoder on whatever a client may send: it says the same whatever the
 * pieces, and content is part of what came.
 */

#include "http/body.h"

#include "fuzz.h"

static size_t
put(void *ctx, const char *bytes, size_t n)
{
	bytes_put(ctx, bytes, n);
	return n;
}

static bool
feed(struct http_body *body, struct span piece, struct bytes *content,
    size_t *taken)
{
	char *copy = string_of(piece);
	size_t used, before = content->n;
	enum http_body_result result = http_body_feed(
	    body, copy, piece.n, &used, (struct full_sink){put, content});

	free(copy);
	REQUIRE(used <= piece.n);
	REQUIRE(result != HTTP_BODY_MORE || used == piece.n);
	REQUIRE(content->n - before <= used);
	REQUIRE((result == HTTP_BODY_ERROR) == (body->refusal != NULL));
	*taken += used;
	return result == HTTP_BODY_MORE;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	unsigned length = take_byte(&input);
	struct http_body whole =
	    length > 0 ? http_body_of_length(length - 1) : http_body_chunked();
	struct http_body cut = whole;
	struct span rest = {(const char *)input.at, input.n};
	struct bytes whole_content = {0}, cut_content = {0};
	size_t whole_taken = 0, cut_taken = 0;

	feed(&whole, rest, &whole_content, &whole_taken);
	for (size_t i = 0; i < rest.n; i++)
		if (!feed(&cut, (struct span){rest.bytes + i, 1}, &cut_content,
			&cut_taken))
			break;
	REQUIRE(whole_taken == cut_taken);
	REQUIRE(whole.refusal == cut.refusal);
	REQUIRE(whole.state == cut.state && whole.left == cut.left);
	REQUIRE(
	    span_equal(bytes_span(&whole_content), bytes_span(&cut_content)));
	REQUIRE(length == 0 || whole_content.n < length);
	bytes_free(&whole_content);
	bytes_free(&cut_content);
	return 0;
}
