/* SPDX-License-Identifier: MIT */

#include "http/body.h"

#include "helpers.h"

static size_t
put_all(void *ctx, const char *bytes, size_t n)
{
	bytes_put(ctx, bytes, n);
	return n;
}

static struct full_sink
to(struct bytes *told)
{
	return (struct full_sink){put_all, told};
}

/* What comes of a body, whatever the pieces: its content, then its end. */

static size_t
feed(struct http_body *body, struct span piece, struct bytes *told, bool *ended)
{
	struct byte_sink sink = bytes_sink(told);
	char *copy = copy_of(piece);
	size_t used = SIZE_MAX, more = SIZE_MAX;
	enum http_body_result result =
	    http_body_feed(body, copy, piece.n, &used, to(told));

	free(copy);
	cr_assert_leq(used, piece.n);
	cr_assert_eq(result == HTTP_BODY_ERROR, body->refusal != NULL);
	if (result == HTTP_BODY_MORE)
		cr_assert_eq(used, piece.n);
	if (result == HTTP_BODY_MORE || *ended)
		return used;
	*ended = true;
	if (result == HTTP_BODY_ERROR) {
		char status[16];

		snprintf(status, sizeof(status), "|%d ", body->refusal->status);
		sink_text(sink, status);
		sink_text(sink, body->refusal->reason);
	} else {
		sink_text(sink, "|");
	}
	cr_assert_eq(http_body_feed(body, "x", 1, &more, to(told)), result);
	cr_assert_eq(more, 0);
	return used;
}

static void
assert_told_of_pieces(struct http_body body, struct span input, size_t first,
    size_t size, struct span expected, size_t expected_used)
{
	struct bytes told = {0};
	size_t used = 0, n = first;
	bool ended = false;

	while (input.n > 0) {
		n = n < input.n ? n : input.n;
		used +=
		    feed(&body, (struct span){input.bytes, n}, &told, &ended);
		input.bytes += n;
		input.n -= n;
		n = size;
	}
	assert_span(bytes_span(&told), expected);
	cr_assert_eq(used, expected_used);
	bytes_free(&told);
}

static void
assert_told(struct http_body body, struct span input, struct span expected,
    size_t expected_used)
{
	size_t step = input.n < 1000 ? 1 : 1000;

	for (size_t cut = 0; cut <= input.n; cut += step)
		assert_told_of_pieces(
		    body, input, cut, input.n, expected, expected_used);
	assert_told_of_pieces(body, input, 1, 1, expected, expected_used);
	assert_told_of_pieces(body, input, 2, 3, expected, expected_used);
}

/* A whole body; what comes behind it is left. */
#define ASSERT_CHUNKED(INPUT, CONTENT) \
	assert_told(http_body_chunked(), LITERAL(INPUT "GET /"), \
	    LITERAL(CONTENT "|"), sizeof(INPUT) - 1)

/* It is refused by its last byte. */
#define ASSERT_REFUSED(INPUT, TOLD) \
	assert_told(http_body_chunked(), LITERAL(INPUT "\r\n\r\n"), \
	    LITERAL(TOLD), sizeof(INPUT) - 1)

/* Of known length. */

Test(http_body, ends_with_its_length)
{
	assert_told(
	    http_body_of_length(5), LITERAL("helloGET"), LITERAL("hello|"), 5);
	assert_told(http_body_of_length(UINT64_MAX), LITERAL("hello"),
	    LITERAL("hello"), 5);
	assert_told(
	    http_body_of_length(3), LITERAL("\0\r\n"), LITERAL("\0\r\n|"), 3);
}

Test(http_body, may_be_empty)
{
	struct http_body body = http_body_of_length(0);
	struct bytes told = {0};
	size_t used = SIZE_MAX;

	cr_assert_eq(
	    http_body_feed(&body, NULL, 0, &used, to(&told)), HTTP_BODY_WHOLE);
	cr_assert_eq(used, 0);
	body = http_body_of_length(1);
	cr_assert_eq(
	    http_body_feed(&body, NULL, 0, &used, to(&told)), HTTP_BODY_MORE);
	cr_assert_eq(told.n, 0);
}

/* Content is handed on as it arrives, not when it is complete. */
Test(http_body, keeps_nothing_back)
{
	struct http_body body = http_body_chunked();
	struct bytes told = {0};
	size_t used;

	http_body_feed(&body, "5\r\nhe", 5, &used, to(&told));
	assert_span(bytes_span(&told), LITERAL("he"));
	bytes_free(&told);
}

/* A byte at a time, then no more. */
static size_t
put_one(void *ctx, const char *bytes, size_t n)
{
	struct bytes *told = ctx;

	if (told->n >= 3)
		return 0;
	bytes_put(told, bytes, n > 0);
	return n > 0;
}

Test(http_body, leaves_what_the_sink_does_not_take)
{
	static const char input[] = "5\r\nhello\r\n0\r\n\r\n";
	struct http_body body = http_body_chunked();
	struct bytes told = {0};
	size_t used, more;

	cr_assert_eq(http_body_feed(&body, input, sizeof(input) - 1, &used,
			 (struct full_sink){put_one, &told}),
	    HTTP_BODY_MORE);
	assert_span(bytes_span(&told), LITERAL("hel"));
	cr_assert_eq(used, 6);
	cr_assert_eq(http_body_feed(&body, input + used,
			 sizeof(input) - 1 - used, &more, to(&told)),
	    HTTP_BODY_WHOLE);
	assert_span(bytes_span(&told), LITERAL("hello"));
	cr_assert_eq(used + more, sizeof(input) - 1);
	bytes_free(&told);
}

/* In chunks. */

Test(http_body, joins_its_chunks)
{
	ASSERT_CHUNKED("5\r\nhello\r\n0\r\n\r\n", "hello");
	ASSERT_CHUNKED("1\r\na\r\n2\r\n\r\n\r\n0\r\n\r\n", "a\r\n");
	ASSERT_CHUNKED("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n",
	    "01234567890123456789");
	ASSERT_CHUNKED("0\r\n\r\n", "");
}

Test(http_body, takes_sizes_of_up_to_16_digits)
{
	ASSERT_CHUNKED(
	    "0000000000000001\r\na\r\n0000000000000000\r\n\r\n", "a");
	ASSERT_REFUSED(
	    "00000000000000001", "|413 A chunk of the body is too large.");
	assert_told(http_body_chunked(), LITERAL("ffffffffffffffff\r\nhello"),
	    LITERAL("hello"), 23);
	ASSERT_REFUSED(
	    "fffffffffffffffff", "|413 A chunk of the body is too large.");
}

Test(http_body, drops_extensions_and_trailers)
{
	ASSERT_CHUNKED("1;a=\"b;c\"\r\na\r\n1 \t;\td\r\nb\r\n"
		       "0;x\r\nA: b\r\nC:\r\n\r\n",
	    "ab");
}

Test(http_body, refuses_a_chunk_without_its_size)
{
	static const char *const ends[] = {"", "1\r\na\r\n"};

	for (size_t i = 0; i < LENGTH(ends); i++) {
		static const char others[] = "g-+;\r\n x\"";

		for (size_t j = 0; j < sizeof(others); j++) {
			char in[16], told[80];
			int n = snprintf(
			    in, sizeof(in), "%s%c", ends[i], others[j]);

			snprintf(told, sizeof(told),
			    "%s|400 A chunk of the body begins without its "
			    "size.",
			    i == 0 ? "" : "a");
			assert_told(http_body_chunked(),
			    (struct span){in, (size_t)n}, span_of(told),
			    (size_t)n);
		}
	}
	ASSERT_REFUSED("0x",
	    "|400 A chunk of the body begins without its "
	    "size.");
}

Test(http_body, refuses_broken_extensions)
{
	static const char told[] =
	    "|400 A chunk of the body has a broken extension.";

	for (size_t i = 0; i < 3; i++) {
		static const struct span inputs[] = {
		    LITERAL("1 x"), LITERAL("1;\0"), LITERAL("1 \r")};

		assert_told(
		    http_body_chunked(), inputs[i], span_of(told), inputs[i].n);
	}
}

Test(http_body, refuses_a_chunk_that_goes_on_behind_its_size)
{
	ASSERT_REFUSED("1\r\nab",
	    "a|400 A chunk of the body does not end where its size says.");
	ASSERT_REFUSED("1\r\na\n",
	    "a|400 A chunk of the body does not end where its size says.");
}

Test(http_body, wants_every_line_to_end_in_cr_lf)
{
#define TOLD "|400 A line of the chunked body does not end in CR and LF."
	ASSERT_REFUSED("1\n", TOLD);
	ASSERT_REFUSED("1\ra", TOLD);
	ASSERT_REFUSED("1;a\n", TOLD);
	ASSERT_REFUSED("1;a\ra", TOLD);
	ASSERT_REFUSED("1\r\na\ra", "a" TOLD);
	ASSERT_REFUSED("0\r\n\n", TOLD);
	ASSERT_REFUSED("0\r\n\r\r", TOLD);
	ASSERT_REFUSED("0\r\nA: b\n", TOLD);
	ASSERT_REFUSED("0\r\nA: b\rC", TOLD);
#undef TOLD
}

Test(http_body, refuses_what_is_no_trailer)
{
	static const struct span inputs[] = {LITERAL("0\r\n :"),
	    LITERAL("0\r\n "), LITERAL("0\r\nA "), LITERAL("0\r\nA\r"),
	    LITERAL("0\r\nA: b\0"), LITERAL("0\r\nA: b\r\n\t")};

	assert_told(http_body_chunked(), inputs[0],
	    LITERAL("|400 The body has a broken trailer field."), 4);
	for (size_t i = 1; i < LENGTH(inputs); i++)
		assert_told(http_body_chunked(), inputs[i],
		    LITERAL("|400 The body has a broken trailer field."),
		    inputs[i].n);
}

/* However many chunks they are spread over. */
Test(http_body, has_a_cap_on_extensions_and_trailers)
{
	static const char *const kinds[][2] = {
	    {"1;x\r\na\r\n", "1;x"}, {"0\r\n", NULL}};
	struct bytes in = {0}, told = {0};
	struct byte_sink sink = bytes_sink(&in);

	for (int i = 0; i < HTTP_BODY_EXTRAS_MAX; i++) {
		sink_text(sink, kinds[0][0]);
		sink_text(bytes_sink(&told), "a");
	}
	assert_told(
	    http_body_chunked(), bytes_span(&in), bytes_span(&told), in.n);
	sink_text(sink, kinds[0][1]);
	sink_text(bytes_sink(&told),
	    "|431 The body has over 4 KiB of chunk extensions and trailers.");
	assert_told(
	    http_body_chunked(), bytes_span(&in), bytes_span(&told), in.n);
	in.n = told.n = 0;
	sink_text(sink, kinds[1][0]);
	for (int i = 0; i <= HTTP_BODY_EXTRAS_MAX; i++)
		sink_text(sink, "a");
	sink_text(bytes_sink(&told),
	    "|431 The body has over 4 KiB of chunk extensions and trailers.");
	assert_told(
	    http_body_chunked(), bytes_span(&in), bytes_span(&told), in.n);
	bytes_free(&in);
	bytes_free(&told);
}
