/* SPDX-License-Identifier: MIT */

#include "fastcgi_requests.h"

/* Requests. */

Test(fastcgi_reader, costs_little_while_a_request_is_answered)
{
	cr_assert_lt(sizeof(struct fastcgi_reader), 64);
}

Test(fastcgi_reader, reads_a_request)
{
	put_request(&in, 1, CLOSE);
	ASSERT_TOLD("request 1 " PAIRS "\n");
}

Test(fastcgi_reader, reads_literally_what_a_server_sends)
{
	/* nginx, with its padding. */
	bytes_put(&in,
	    "\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0"
	    "\1\4\0\1\0\31\7\0\16\3REQUEST_METHODGET\4\0NONE\0\0\0\0\0\0\0"
	    "\1\4\0\1\0\0\0\0\1\5\0\1\0\0\0\0",
	    72);
	ASSERT_TOLD("request 1 \16\3REQUEST_METHODGET\4\0NONE\n");
}

Test(fastcgi_reader, reads_the_largest_id)
{
	put_request(&in, 65535, KEEP);
	ASSERT_TOLD("request 65535 keep " PAIRS "\n");
}

Test(fastcgi_reader, looks_at_one_flag_only)
{
	put_begin(&in, 1, RESPONDER, 0xfe);
	put_end(&in, PARAMS, 1);
	put_end(&in, STDIN, 1);
	put_begin(&in, 2, RESPONDER, 0xff);
	put_end(&in, PARAMS, 2);
	put_end(&in, STDIN, 2);
	ASSERT_TOLD_AT_ONCE("request 1 \nrequest 2 keep \n");
}

Test(fastcgi_reader, says_nothing_before_the_last_byte)
{
	put_request(&in, 1, KEEP);
	for (size_t n = 0; n < in.n; n++) {
		struct gateway gateway = gateway_begin(0);

		feed(&gateway, (struct span){in.at, n});
		cr_assert_eq(gateway.told.n, 0);
		gateway_end(&gateway);
	}
	bytes_free(&in);
}

Test(fastcgi_reader, says_nothing_of_no_bytes)
{
	struct fastcgi_reader reader;
	size_t used = SIZE_MAX;

	fastcgi_reader_init(&reader);
	cr_assert_eq(
	    fastcgi_reader_feed(&reader, "", 0, &used), FASTCGI_NOTHING);
	cr_assert_eq(used, 0);
	assert_span(span_of(fastcgi_reader_reason(&reader)), LITERAL(""));
}

Test(fastcgi_reader, does_not_wait_for_the_padding)
{
	struct gateway gateway = gateway_begin(0);

	put_head(&in);
	put_padded(&in, STDIN, 1, LITERAL(""), 255);
	feed(&gateway, (struct span){in.at, in.n - 255});
	assert_span(
	    bytes_span(&gateway.told), LITERAL("request 1 " PAIRS "\n"));
	bytes_free(&in);
	gateway_end(&gateway);
}

Test(fastcgi_reader, skips_padding_of_any_length)
{
	for (size_t padding = 0; padding < 256; padding++) {
		struct span body = LITERAL("\0\1\1\0\0\0\0\0");

		put_padded(&in, BEGIN, 7, body, padding);
		put_padded(&in, PARAMS, 7, pairs(), padding);
		put_padded(&in, PARAMS, 7, LITERAL(""), padding);
		put_padded(&in, STDIN, 7, LITERAL("body"), padding);
		put_padded(&in, STDIN, 7, LITERAL(""), padding);
		put_padded(&in, ABORT, 7, LITERAL(""), padding);
		put_padded(&in, 200, 0, LITERAL(""), padding);
		ASSERT_TOLD("request 7 keep " PAIRS "\nabort\n"
			    "reply \1\13\0\0\0\10\0\0\xc8\0\0\0\0\0\0\0\n");
	}
}

Test(fastcgi_reader, joins_params_of_many_records)
{
	put_begin(&in, 1, RESPONDER, CLOSE);
	for (size_t i = 0; i < sizeof(PAIRS) - 1; i++)
		put_padded(
		    &in, PARAMS, 1, (struct span){pairs().bytes + i, 1}, i);
	put_end(&in, PARAMS, 1);
	put_end(&in, STDIN, 1);
	ASSERT_TOLD("request 1 " PAIRS "\n");
}

Test(fastcgi_reader, takes_one_request_after_the_other)
{
	put_request(&in, 1, KEEP);
	put_request(&in, 1, KEEP);
	put_request(&in, 300, CLOSE);
	ASSERT_TOLD_AT_ONCE("request 1 keep " PAIRS "\nrequest 1 keep " PAIRS
			    "\nrequest 300 " PAIRS "\n");
}

Test(fastcgi_reader, takes_a_request_without_any_params)
{
	put_begin(&in, 1, RESPONDER, CLOSE);
	put_end(&in, PARAMS, 1);
	put_end(&in, STDIN, 1);
	ASSERT_TOLD("request 1 \n");
}

/* Returns how many bytes were used up to the request. */
static size_t
feed_request(struct fastcgi_reader *reader, struct span input)
{
	size_t used, more;

	cr_assert_eq(fastcgi_reader_feed(reader, input.bytes, input.n, &used),
	    FASTCGI_PARAMS_END);
	cr_assert_eq(fastcgi_reader_feed(
			 reader, input.bytes + used, input.n - used, &more),
	    FASTCGI_REQUEST);
	return used + more;
}

Test(fastcgi_reader, keeps_the_params_until_they_are_released)
{
	struct fastcgi_reader reader;
	size_t used;

	fastcgi_reader_init(&reader);
	put_request(&in, 1, CLOSE);
	put_record(&in, GET_VALUES, 0, LITERAL("\1\0a"));
	used = feed_request(&reader, bytes_span(&in));
	cr_assert_eq(
	    fastcgi_reader_feed(&reader, in.at + used, in.n - used - 1, &used),
	    FASTCGI_NOTHING);
	assert_span(fastcgi_reader_params(&reader), LITERAL(PAIRS));
	fastcgi_reader_release(&reader);
	assert_span(fastcgi_reader_params(&reader), LITERAL(""));
	fastcgi_reader_release(&reader);
	cr_assert_eq(fastcgi_reader_feed(&reader, in.at + in.n - 1, 1, &used),
	    FASTCGI_REPLY);
	cr_assert_null(reader.content.bytes);
	fastcgi_reader_fini(&reader);
	bytes_free(&in);
}

/* Caps. */

Test(fastcgi_reader, takes_params_up_to_their_cap)
{
	static const size_t lengths[] = {65534, 65535, 65536};

	for (size_t i = 0; i < LENGTH(lengths); i++) {
		struct fastcgi_reader reader;

		fastcgi_reader_init(&reader);
		put_params_of(&in, lengths[i]);
		feed_request(&reader, bytes_span(&in));
		cr_assert_eq(fastcgi_reader_params(&reader).n, lengths[i]);
		fastcgi_reader_fini(&reader);
		bytes_free(&in);
	}
}

Test(fastcgi_reader, takes_no_params_over_their_cap)
{
	put_params_of(&in, 65537);
	ASSERT_TOLD("PARAMS over 64 KiB\n");
	put_params_of(&in, 131070);
	ASSERT_TOLD("PARAMS over 64 KiB\n");
}

/* What is announced is enough, the bytes need not come. */
Test(fastcgi_reader, refuses_by_the_header)
{
	struct gateway gateway = gateway_begin(0);

	put_params_of(&in, 65537);
	feed(&gateway, (struct span){in.at, 16 + 8 + 65535 + 7});
	cr_assert_eq(gateway.told.n, 0);
	feed(&gateway, (struct span){in.at + 16 + 8 + 65535 + 7, 1});
	assert_span(bytes_span(&gateway.told), LITERAL("PARAMS over 64 KiB\n"));
	bytes_free(&in);
	gateway_end(&gateway);
}

Test(fastcgi_reader, drops_the_request_body)
{
	struct gateway gateway = gateway_begin(0);

	put_head(&in);
	feed(&gateway, bytes_span(&in));
	for (int i = 0; i < 10; i++) {
		size_t allocated = gateway.reader.content.allocated;

		in.n = 0;
		put_record(&in, STDIN, 1, LITERAL("a=b&c=d"));
		feed(&gateway, bytes_span(&in));
		cr_assert_eq(gateway.reader.content.allocated, allocated);
	}
	in.n = 0;
	put_end(&in, STDIN, 1);
	feed(&gateway, bytes_span(&in));
	assert_span(
	    bytes_span(&gateway.told), LITERAL("request 1 " PAIRS "\n"));
	bytes_free(&in);
	gateway_end(&gateway);
}

static void
put_body(struct bytes *out, size_t n)
{
	char *body = calloc(1, 65535);

	for (; n > 65535; n -= 65535)
		put_record(out, STDIN, 1, (struct span){body, 65535});
	put_record(out, STDIN, 1, (struct span){body, n});
	put_end(out, STDIN, 1);
	free(body);
}

Test(fastcgi_reader, takes_a_body_up_to_its_cap)
{
	put_head(&in);
	put_body(&in, 1 << 20);
	ASSERT_TOLD("request 1 " PAIRS "\n");
	put_head(&in);
	put_body(&in, (1 << 20) + 1);
	ASSERT_TOLD("a request body over 1 MiB\n");
}

Test(fastcgi_reader, counts_the_body_of_each_request)
{
	for (int i = 0; i < 2; i++) {
		put_head(&in);
		put_body(&in, 1 << 20);
	}
	ASSERT_TOLD_AT_ONCE("request 1 " PAIRS "\nrequest 1 " PAIRS "\n");
}

/* Bodies. */

static void
check_body(size_t takes, size_t piece)
{
	struct gateway gateway = gateway_begin(ANSWERS_AT_ONCE | TAKES_BODIES);

	gateway.takes = takes;
	put_head(&in);
	put_padded(&in, STDIN, 1, LITERAL("hello "), 3);
	put_record(&in, STDIN, 7, LITERAL("another's"));
	put_record(&in, STDIN, 1, LITERAL("world"));
	put_end(&in, STDIN, 1);
	put_request(&in, 2, CLOSE);
	for (size_t at = 0; at < in.n; at += piece)
		feed(&gateway,
		    (struct span){
			in.at + at, piece < in.n - at ? piece : in.n - at});
	assert_span(bytes_span(&gateway.told),
	    LITERAL("hello worldrequest 1 " PAIRS "\nrequest 2 " PAIRS "\n"));
	bytes_free(&in);
	gateway_end(&gateway);
}

Test(fastcgi_reader, leaves_a_body_to_a_gateway_that_wants_it)
{
	for (size_t takes = 1; takes < 8; takes++)
		for (size_t piece = 1; piece < 30; piece++)
			check_body(takes, piece);
}

Test(fastcgi_reader, limits_no_body_that_is_taken)
{
	struct gateway gateway = gateway_begin(ANSWERS_AT_ONCE | TAKES_BODIES);
	struct span record = {calloc(1, 65535), 65535};

	put_head(&in);
	for (int i = 0; i < 20; i++)
		put_record(&in, STDIN, 1, record);
	put_end(&in, STDIN, 1);
	feed(&gateway, bytes_span(&in));
	cr_assert_not(has_failed(&gateway));
	cr_assert_gt(gateway.told.n, 20 * 65535u);
	/* the next one is dropped again, and limited */
	in.n = 0;
	gateway.manners = 0;
	put_head(&in);
	for (int i = 0; i < 20; i++)
		put_record(&in, STDIN, 1, record);
	feed(&gateway, bytes_span(&in));
	cr_assert(has_failed(&gateway));
	bytes_free(&in);
	free((char *)(uintptr_t)record.bytes);
	gateway_end(&gateway);
}
