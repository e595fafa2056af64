/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_HTTP_HEADS_H
#define PIPECAST_TESTS_UNIT_HTTP_HEADS_H

/*
 * For the tests of request heads: heads that are taken, and that are refused.
 */

#include "http/head.h"

#include "helpers.h"

/* What a head says, whatever the pieces that it comes in. */

static inline void
tell_head(const struct http_head *head, struct byte_sink sink)
{
	const char *at = http_head_target(head);
	char end[80];

	sink_text(sink, http_head_method(head));
	sink_text(sink, " ");
	sink_text(sink, at);
	for (unsigned i = 0; i < 2U * head->n_fields; i++) {
		at += strlen(at) + 1;
		sink_text(sink, i % 2 == 0 ? "\n" : "=");
		sink_text(sink, at);
	}
	snprintf(end, sizeof(end), "\n1.%u%s%s%s %llu", head->minor_version,
	    http_head_keeps_open(head) ? " keep" : "",
	    head->expects_continue ? " continue" : "",
	    head->is_chunked ? " chunked" : "",
	    (unsigned long long)head->length);
	sink_text(sink, end);
}

static inline void
tell_refusal(const struct http_head *head, struct byte_sink sink)
{
	char status[16];

	snprintf(status, sizeof(status), "%d ", head->refusal->status);
	sink_text(sink, status);
	sink_text(sink, head->refusal->reason);
	cr_assert_null(head->content.bytes);
}

/* Returns how many bytes the head took. */
static inline size_t
feed(struct http_head *head, struct span piece, struct bytes *told)
{
	char *copy = copy_of(piece);
	size_t used = SIZE_MAX, more = SIZE_MAX;
	enum http_head_result result =
	    http_head_feed(head, copy, piece.n, &used);

	cr_assert_leq(used, piece.n);
	cr_assert_eq(result == HTTP_HEAD_ERROR, head->refusal != NULL);
	if (result == HTTP_HEAD_MORE) {
		cr_assert_eq(used, piece.n);
	} else if (told->n == 0) {
		if (result == HTTP_HEAD_WHOLE)
			tell_head(head, bytes_sink(told));
		else
			tell_refusal(head, bytes_sink(told));
		/* It stays so. */
		cr_assert_eq(http_head_feed(head, "x", 1, &more), result);
		cr_assert_eq(more, 0);
	}
	free(copy);
	return used;
}

/* Pieces of that size, the first one smaller. */
static inline void
assert_told_of_pieces(struct span input, size_t first, size_t size,
    struct span expected, size_t expected_used)
{
	struct http_head head;
	struct bytes told = {0};
	size_t used = 0, n = first;

	http_head_init(&head);
	while (input.n > 0) {
		n = n < input.n ? n : input.n;
		used += feed(&head, (struct span){input.bytes, n}, &told);
		input.bytes += n;
		input.n -= n;
		n = size;
	}
	assert_span(bytes_span(&told), expected);
	cr_assert_eq(
	    used, expected_used, "took %zu, not %zu", used, expected_used);
	http_head_fini(&head);
	http_head_fini(&head);
	cr_assert_null(head.content.bytes);
	bytes_free(&told);
}

static inline void
assert_told(struct span input, struct span expected, size_t expected_used)
{
	size_t step = input.n < 1000 ? 1 : 1000;

	for (size_t cut = 0; cut <= input.n; cut += step)
		assert_told_of_pieces(
		    input, cut, input.n, expected, expected_used);
	assert_told_of_pieces(input, 1, 1, expected, expected_used);
	assert_told_of_pieces(input, 2, 3, expected, expected_used);
}

#define HOST "Host: a\r\n"
#define GET "GET / HTTP/1.1\r\n"
#define END "\r\n"
#define BAD_LINE "400 A request begins with a line such as \"GET / HTTP/1.1\"."

/* A whole head; what comes behind it is left. */
#define ASSERT_HEAD(INPUT, TOLD) \
	do { \
		assert_told(LITERAL(INPUT), LITERAL(TOLD), sizeof(INPUT) - 1); \
		assert_told( \
		    LITERAL(INPUT "GET /"), LITERAL(TOLD), sizeof(INPUT) - 1); \
	} while (0)

/* It is refused by its last byte, and not before. */
static inline void
assert_refused(struct span input, const char *told)
{
	struct bytes longer = {0};

	bytes_put(&longer, input.bytes, input.n);
	bytes_put(&longer, "x\r\n\r\n", 5);
	assert_told(input, span_of(told), input.n);
	assert_told(bytes_span(&longer), span_of(told), input.n);
	bytes_free(&longer);
}

#define ASSERT_REFUSED(INPUT, TOLD) assert_refused(LITERAL(INPUT), TOLD)

/* Each of several heads, for the same reason. */
#define ASSERT_ALL_REFUSED(TOLD, ...) \
	do { \
		static const struct span heads[] = {__VA_ARGS__}; \
\
		for (size_t i = 0; i < LENGTH(heads); i++) \
			assert_refused(heads[i], TOLD); \
	} while (0)

/* A field of each of these values. */
static inline void
assert_field_refused(
    const char *name, const char *const *values, size_t n, const char *told)
{
	for (size_t i = 0; i < n; i++) {
		char text[120];

		snprintf(text, sizeof(text), "GET / HTTP/1.1\r\n%s%s: %s\r",
		    strcmp(name, "Host") == 0 ? "" : "Host: a\r\n", name,
		    values[i]);
		assert_refused(span_of(text), told);
	}
}

#endif
