/* SPDX-License-Identifier: MIT */

#include "fastcgi_requests.h"

/* The linker sends realloc here, so that it can fail. */
void *__real_realloc(void *old, size_t n);
void *__wrap_realloc(void *old, size_t n);

static unsigned countdown; /* to the call that fails; 0 for none */

void *
__wrap_realloc(void *old, size_t n)
{
	if (countdown > 0 && --countdown == 0)
		return NULL;
	return __real_realloc(old, n);
}

/* What breaks the protocol. */

Test(fastcgi_reader_error, speaks_version_1_only)
{
	for (unsigned version = 0; version < 256; version++) {
		put_request(&in, 1, CLOSE);
		in.at[0] = (char)version;
		if (version == 1)
			ASSERT_TOLD("request 1 " PAIRS "\n");
		else
			ASSERT_TOLD("not FastCGI version 1\n");
	}
}

Test(fastcgi_reader_error, checks_the_version_of_every_record)
{
	size_t at;

	put_request(&in, 1, CLOSE);
	at = in.n;
	put_record(&in, STDIN, 9, LITERAL("ignored"));
	in.at[at] = 2;
	ASSERT_TOLD("request 1 " PAIRS "\nnot FastCGI version 1\n");
}

/* Someone mistook the socket for that of a web server. */
Test(fastcgi_reader_error, does_not_speak_http)
{
	sink_text(bytes_sink(&in), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	ASSERT_TOLD("not FastCGI version 1\n");
}

Test(fastcgi_reader_error, takes_a_beginning_of_one_size)
{
	for (size_t n = 0; n < 20; n++) {
		char body[20] = {0, RESPONDER};

		if (n == 8)
			continue;
		put_record(&in, BEGIN, 1, (struct span){body, n});
		ASSERT_TOLD("a BEGIN_REQUEST record of wrong size\n");
		put_request(&in, 1, CLOSE);
		put_record(&in, BEGIN, 2, (struct span){body, n});
		ASSERT_TOLD("request 1 " PAIRS
			    "\na BEGIN_REQUEST record of wrong size\n");
	}
}

Test(fastcgi_reader_error, lets_a_request_begin_once)
{
	put_begin(&in, 1, RESPONDER, CLOSE);
	put_begin(&in, 1, RESPONDER, CLOSE);
	ASSERT_TOLD("the active request begins again\n");
	put_request(&in, 1, KEEP);
	put_begin(&in, 1, RESPONDER, KEEP);
	ASSERT_TOLD(
	    "request 1 keep " PAIRS "\nthe active request begins again\n");
}

Test(fastcgi_reader_error, wants_params_before_the_body)
{
	put_begin(&in, 1, RESPONDER, CLOSE);
	put_record(&in, PARAMS, 1, pairs());
	put_record(&in, STDIN, 1, LITERAL("body"));
	ASSERT_TOLD("STDIN before the end of PARAMS\n");
	put_begin(&in, 1, RESPONDER, CLOSE);
	put_end(&in, STDIN, 1);
	ASSERT_TOLD("STDIN before the end of PARAMS\n");
}

Test(fastcgi_reader_error, takes_nothing_after_the_end_of_a_stream)
{
	put_head(&in);
	put_record(&in, PARAMS, 1, pairs());
	ASSERT_TOLD("PARAMS after their end\n");
	put_request(&in, 1, CLOSE);
	put_record(&in, PARAMS, 1, pairs());
	ASSERT_TOLD("request 1 " PAIRS "\nPARAMS after their end\n");
	put_request(&in, 1, CLOSE);
	put_record(&in, STDIN, 1, LITERAL("body"));
	ASSERT_TOLD("request 1 " PAIRS "\nSTDIN after its end\n");
}

Test(fastcgi_reader_error, does_not_mind_that_a_stream_ends_twice)
{
	put_head(&in);
	put_end(&in, PARAMS, 1);
	put_record(&in, STDIN, 1, LITERAL("body"));
	put_end(&in, PARAMS, 1);
	put_end(&in, STDIN, 1);
	put_end(&in, PARAMS, 1);
	put_end(&in, STDIN, 1);
	ASSERT_TOLD("request 1 " PAIRS "\n");
}

Test(fastcgi_reader_error, knows_what_a_server_sends)
{
	for (unsigned type = 0; type < 256; type++) {
		if (type == BEGIN || type == ABORT || type == PARAMS ||
		    type == STDIN)
			continue;
		put_request(&in, 1, CLOSE);
		put_end(&in, type, 1);
		ASSERT_TOLD(
		    "request 1 " PAIRS "\na record that no web server sends\n");
	}
}

Test(fastcgi_reader_error, takes_whole_pairs_only)
{
	static const struct span broken[] = {
	    LITERAL("\1"),
	    LITERAL("\1\1a"),
	    LITERAL(PAIRS "\1\1a"),
	    LITERAL("\x80"),
	    LITERAL("\xff\xff\xff\xff\xff\xff\xff\xff"),
	    LITERAL("\xff\xff\xff\xff\1ab"),
	    LITERAL("\1\xff\xff\xff\xff"
		    "a"),
	    LITERAL("\1\x80\1\0\0a"),
	    LITERAL("\177\177a"),
	};

	for (size_t i = 0; i < LENGTH(broken); i++) {
		put_begin(&in, 1, RESPONDER, CLOSE);
		put_record(&in, PARAMS, 1, broken[i]);
		put_end(&in, PARAMS, 1);
		ASSERT_TOLD("PARAMS with a broken name-value pair\n");
	}
}

Test(fastcgi_reader_error, notices_each_cut_through_the_pairs)
{
	for (size_t n = 0; n < sizeof(PAIRS) - 1; n++) {
		put_begin(&in, 1, RESPONDER, CLOSE);
		put_record(&in, PARAMS, 1, (struct span){PAIRS, n});
		put_end(&in, PARAMS, 1);
		if (n == 0 || n == 8)
			ASSERT_TOLD("");
		else
			ASSERT_TOLD("PARAMS with a broken name-value pair\n");
	}
}

Test(fastcgi_reader_error, stays_in_error)
{
	struct fastcgi_reader reader;
	size_t used;

	fastcgi_reader_init(&reader);
	put_begin(&in, 1, RESPONDER, CLOSE);
	put_record(&in, PARAMS, 1, pairs());
	put_begin(&in, 1, RESPONDER, CLOSE);
	cr_assert_eq(
	    fastcgi_reader_feed(&reader, in.at, in.n, &used), FASTCGI_ERROR);
	in.n = 0;
	put_request(&in, 2, CLOSE);
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(fastcgi_reader_feed(&reader, in.at, in.n, &used),
		    FASTCGI_ERROR);
		cr_assert_eq(used, 0);
		assert_span(span_of(fastcgi_reader_reason(&reader)),
		    LITERAL("the active request begins again"));
		fastcgi_reader_finish(&reader);
	}
	assert_span(fastcgi_reader_params(&reader), LITERAL(""));
	cr_assert_null(reader.content.bytes);
	bytes_free(&in);
}

Test(fastcgi_reader_error, says_that_there_is_no_memory)
{
	for (unsigned n = 1; n <= 3; n++) {
		struct gateway gateway = gateway_begin(0);
		char value[200] = {0};
		struct bytes params = {0};

		put_pair(
		    &params, LITERAL("N"), (struct span){value, sizeof(value)});
		put_begin(&in, 1, RESPONDER, CLOSE);
		put_record(&in, PARAMS, 1, bytes_span(&params));
		put_record(&in, PARAMS, 1, bytes_span(&params));
		countdown = n;
		feed(&gateway, bytes_span(&in));
		assert_span(
		    bytes_span(&gateway.told), LITERAL("out of memory\n"));
		cr_assert_eq(countdown, 0);
		bytes_free(&in);
		bytes_free(&params);
		gateway_end(&gateway);
	}
}
