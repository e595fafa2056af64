/* SPDX-License-Identifier: MIT */

#include "gateways/fastcgi_reader.h"

#include "helpers.h"

#include "fastcgi_records.h"

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

/*
 * A gateway that writes down what there is to do, a line each.  It answers a
 * request when told to, or at once.
 */
struct gateway {
	struct fastcgi_reader reader;
	struct bytes told;
	bool answers_at_once;
};

static const struct fastcgi_limits limits = {10000, 17};

static void
tell_request(struct gateway *gateway)
{
	struct byte_sink sink = bytes_sink(&gateway->told);
	struct fastcgi_reader *reader = &gateway->reader;
	char id[64];

	snprintf(id, sizeof(id), "request %u%s ", reader->request_id,
	    reader->keep_connection ? " keep" : "");
	sink_text(sink, id);
	sink_span(sink, fastcgi_reader_params(reader));
	fastcgi_reader_release(reader);
	assert_span(fastcgi_reader_params(reader), LITERAL(""));
	cr_assert_null(reader->content.bytes);
	if (gateway->answers_at_once)
		fastcgi_reader_finish(reader);
}

static void
tell(struct gateway *gateway, enum fastcgi_news news)
{
	struct byte_sink sink = bytes_sink(&gateway->told);
	struct fastcgi_reader *reader = &gateway->reader;
	char reply[FASTCGI_REPLY_MAX];

	switch (news) {
	case FASTCGI_NOTHING:
		return;
	case FASTCGI_REQUEST:
		tell_request(gateway);
		break;
	case FASTCGI_REPLY:
		sink_text(
		    sink, reader->close_after_reply ? "last reply " : "reply ");
		sink.put(sink.ctx, reply,
		    fastcgi_reader_reply(reader, &limits, reply));
		break;
	case FASTCGI_ABORT:
		sink_text(sink, "abort");
		fastcgi_reader_finish(reader);
		break;
	case FASTCGI_ERROR:
		sink_text(sink, fastcgi_reader_reason(reader));
		cr_assert_null(reader->content.bytes);
	}
	sink_text(sink, "\n");
}

static bool
has_failed(const struct gateway *gateway)
{
	return *fastcgi_reader_reason(&gateway->reader);
}

/* Like a gateway, says no more to a reader that has failed. */
static void
feed(struct gateway *gateway, struct span piece)
{
	char *copy = copy_of(piece);
	struct span rest = {copy, piece.n};

	while (rest.n > 0 && !has_failed(gateway)) {
		size_t used = SIZE_MAX;
		enum fastcgi_news news = fastcgi_reader_feed(
		    &gateway->reader, rest.bytes, rest.n, &used);

		cr_assert_leq(used, rest.n);
		cr_assert_gt(used, 0);
		cr_assert(news != FASTCGI_NOTHING || used == rest.n);
		cr_assert_eq(news == FASTCGI_ERROR, has_failed(gateway));
		rest.bytes += used;
		rest.n -= used;
		tell(gateway, news);
	}
	free(copy);
}

static struct gateway
gateway_begin(bool answers_at_once)
{
	struct gateway gateway = {.answers_at_once = answers_at_once};

	fastcgi_reader_init(&gateway.reader);
	return gateway;
}

static void
gateway_end(struct gateway *gateway)
{
	fastcgi_reader_fini(&gateway->reader);
	fastcgi_reader_fini(&gateway->reader);
	cr_assert_null(gateway->reader.content.bytes);
	bytes_free(&gateway->told);
}

/* Feeds pieces of that size, the first one smaller. */
static void
assert_told_of_pieces(struct span input, size_t first, size_t size,
    bool answers_at_once, struct span expected)
{
	struct gateway gateway = gateway_begin(answers_at_once);
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

/* Whatever the pieces it comes in; frees the input. */
static void
assert_told(struct bytes *in, bool answers_at_once, struct span expected)
{
	struct span input = bytes_span(in);

	for (size_t i = 1; i <= 3; i++)
		assert_told_of_pieces(input, i, i, answers_at_once, expected);
	for (size_t i = 0; i <= input.n && input.n < 1000; i++)
		assert_told_of_pieces(
		    input, i, input.n, answers_at_once, expected);
	assert_told_of_pieces(
	    input, input.n, input.n, answers_at_once, expected);
	bytes_free(in);
}

/* With requests that stay active, and with such that are answered at once. */
#define ASSERT_TOLD(IN, TEXT) assert_told((IN), false, LITERAL(TEXT))
#define ASSERT_TOLD_AT_ONCE(IN, TEXT) assert_told((IN), true, LITERAL(TEXT))

#define PAIRS "\3\3ONEabc\4\0NONE"

static struct span
pairs(void)
{
	return LITERAL(PAIRS);
}

static void
put_request(struct bytes *in, unsigned id, unsigned flags)
{
	put_begin(in, id, RESPONDER, flags);
	put_record(in, PARAMS, id, pairs());
	put_end(in, PARAMS, id);
	put_end(in, STDIN, id);
}

/* A request whose PARAMS have ended. */
static void
put_head(struct bytes *in)
{
	put_begin(in, 1, RESPONDER, CLOSE);
	put_record(in, PARAMS, 1, pairs());
	put_end(in, PARAMS, 1);
}

/* Requests. */

Test(fastcgi_reader, costs_little_while_a_request_is_answered)
{
	cr_assert_lt(sizeof(struct fastcgi_reader), 64);
}

Test(fastcgi_reader, reads_a_request)
{
	struct bytes in = {0};

	put_request(&in, 1, CLOSE);
	ASSERT_TOLD(&in, "request 1 " PAIRS "\n");
}

Test(fastcgi_reader, reads_literally_what_a_server_sends)
{
	struct bytes in = {0};

	/* nginx, with its padding. */
	bytes_put(&in,
	    "\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0"
	    "\1\4\0\1\0\31\7\0\16\3REQUEST_METHODGET\4\0NONE\0\0\0\0\0\0\0"
	    "\1\4\0\1\0\0\0\0\1\5\0\1\0\0\0\0",
	    72);
	ASSERT_TOLD(&in, "request 1 \16\3REQUEST_METHODGET\4\0NONE\n");
}

Test(fastcgi_reader, reads_the_largest_id)
{
	struct bytes in = {0};

	put_request(&in, 65535, KEEP);
	ASSERT_TOLD(&in, "request 65535 keep " PAIRS "\n");
}

Test(fastcgi_reader, looks_at_one_flag_only)
{
	struct bytes in = {0};

	put_begin(&in, 1, RESPONDER, 0xfe);
	put_end(&in, PARAMS, 1);
	put_end(&in, STDIN, 1);
	put_begin(&in, 2, RESPONDER, 0xff);
	put_end(&in, PARAMS, 2);
	put_end(&in, STDIN, 2);
	ASSERT_TOLD_AT_ONCE(&in, "request 1 \nrequest 2 keep \n");
}

Test(fastcgi_reader, says_nothing_before_the_last_byte)
{
	struct bytes in = {0};

	put_request(&in, 1, KEEP);
	for (size_t n = 0; n < in.n; n++) {
		struct gateway gateway = gateway_begin(false);

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
	struct gateway gateway = gateway_begin(false);
	struct bytes in = {0};

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
		struct bytes in = {0};
		struct span body = LITERAL("\0\1\1\0\0\0\0\0");

		put_padded(&in, BEGIN, 7, body, padding);
		put_padded(&in, PARAMS, 7, pairs(), padding);
		put_padded(&in, PARAMS, 7, LITERAL(""), padding);
		put_padded(&in, STDIN, 7, LITERAL("body"), padding);
		put_padded(&in, STDIN, 7, LITERAL(""), padding);
		put_padded(&in, ABORT, 7, LITERAL(""), padding);
		put_padded(&in, 200, 0, LITERAL(""), padding);
		ASSERT_TOLD(&in,
		    "request 7 keep " PAIRS "\nabort\n"
		    "reply \1\13\0\0\0\10\0\0\xc8\0\0\0\0\0\0\0\n");
	}
}

Test(fastcgi_reader, joins_params_of_many_records)
{
	struct bytes in = {0};

	put_begin(&in, 1, RESPONDER, CLOSE);
	for (size_t i = 0; i < sizeof(PAIRS) - 1; i++)
		put_padded(
		    &in, PARAMS, 1, (struct span){pairs().bytes + i, 1}, i);
	put_end(&in, PARAMS, 1);
	put_end(&in, STDIN, 1);
	ASSERT_TOLD(&in, "request 1 " PAIRS "\n");
}

Test(fastcgi_reader, takes_one_request_after_the_other)
{
	struct bytes in = {0};

	put_request(&in, 1, KEEP);
	put_request(&in, 1, KEEP);
	put_request(&in, 300, CLOSE);
	ASSERT_TOLD_AT_ONCE(&in,
	    "request 1 keep " PAIRS "\nrequest 1 keep " PAIRS
	    "\nrequest 300 " PAIRS "\n");
}

Test(fastcgi_reader, takes_a_request_without_any_params)
{
	struct bytes in = {0};

	put_begin(&in, 1, RESPONDER, CLOSE);
	put_end(&in, PARAMS, 1);
	put_end(&in, STDIN, 1);
	ASSERT_TOLD(&in, "request 1 \n");
}

Test(fastcgi_reader, keeps_the_params_until_they_are_released)
{
	struct fastcgi_reader reader;
	struct bytes in = {0};
	size_t used;

	fastcgi_reader_init(&reader);
	put_request(&in, 1, CLOSE);
	put_record(&in, GET_VALUES, 0, LITERAL("\1\0a"));
	cr_assert_eq(
	    fastcgi_reader_feed(&reader, in.at, in.n, &used), FASTCGI_REQUEST);
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

static void
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

Test(fastcgi_reader, takes_params_up_to_their_cap)
{
	static const size_t lengths[] = {65534, 65535, 65536};

	for (size_t i = 0; i < LENGTH(lengths); i++) {
		struct fastcgi_reader reader;
		struct bytes in = {0};
		size_t used;

		fastcgi_reader_init(&reader);
		put_params_of(&in, lengths[i]);
		cr_assert_eq(fastcgi_reader_feed(&reader, in.at, in.n, &used),
		    FASTCGI_REQUEST);
		cr_assert_eq(fastcgi_reader_params(&reader).n, lengths[i]);
		fastcgi_reader_fini(&reader);
		bytes_free(&in);
	}
}

Test(fastcgi_reader, takes_no_params_over_their_cap)
{
	struct bytes in = {0};

	put_params_of(&in, 65537);
	ASSERT_TOLD(&in, "PARAMS over 64 KiB\n");
	put_params_of(&in, 131070);
	ASSERT_TOLD(&in, "PARAMS over 64 KiB\n");
}

/* What is announced is enough, the bytes need not come. */
Test(fastcgi_reader, refuses_by_the_header)
{
	struct gateway gateway = gateway_begin(false);
	struct bytes in = {0};

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
	struct gateway gateway = gateway_begin(false);
	struct bytes in = {0};

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
put_body(struct bytes *in, size_t n)
{
	char *body = calloc(1, 65535);

	for (; n > 65535; n -= 65535)
		put_record(in, STDIN, 1, (struct span){body, 65535});
	put_record(in, STDIN, 1, (struct span){body, n});
	put_end(in, STDIN, 1);
	free(body);
}

Test(fastcgi_reader, takes_a_body_up_to_its_cap)
{
	struct bytes in = {0};

	put_head(&in);
	put_body(&in, 1 << 20);
	ASSERT_TOLD(&in, "request 1 " PAIRS "\n");
	put_head(&in);
	put_body(&in, (1 << 20) + 1);
	ASSERT_TOLD(&in, "a request body over 1 MiB\n");
}

Test(fastcgi_reader, counts_the_body_of_each_request)
{
	struct bytes in = {0};

	for (int i = 0; i < 2; i++) {
		put_head(&in);
		put_body(&in, 1 << 20);
	}
	ASSERT_TOLD_AT_ONCE(&in, "request 1 " PAIRS "\nrequest 1 " PAIRS "\n");
}

/* What breaks the protocol. */

Test(fastcgi_reader, speaks_version_1_only)
{
	for (unsigned version = 0; version < 256; version++) {
		struct bytes in = {0};

		put_request(&in, 1, CLOSE);
		in.at[0] = (char)version;
		if (version == 1)
			ASSERT_TOLD(&in, "request 1 " PAIRS "\n");
		else
			ASSERT_TOLD(&in, "not FastCGI version 1\n");
	}
}

Test(fastcgi_reader, checks_the_version_of_every_record)
{
	struct bytes in = {0};
	size_t at;

	put_request(&in, 1, CLOSE);
	at = in.n;
	put_record(&in, STDIN, 9, LITERAL("ignored"));
	in.at[at] = 2;
	ASSERT_TOLD(&in, "request 1 " PAIRS "\nnot FastCGI version 1\n");
}

/* Someone mistook the socket for that of a web server. */
Test(fastcgi_reader, does_not_speak_http)
{
	struct bytes in = {0};

	sink_text(bytes_sink(&in), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	ASSERT_TOLD(&in, "not FastCGI version 1\n");
}

Test(fastcgi_reader, takes_a_beginning_of_one_size)
{
	for (size_t n = 0; n < 20; n++) {
		char body[20] = {0, RESPONDER};
		struct bytes in = {0};

		if (n == 8)
			continue;
		put_record(&in, BEGIN, 1, (struct span){body, n});
		ASSERT_TOLD(&in, "a BEGIN_REQUEST record of wrong size\n");
		put_request(&in, 1, CLOSE);
		put_record(&in, BEGIN, 2, (struct span){body, n});
		ASSERT_TOLD(&in,
		    "request 1 " PAIRS
		    "\na BEGIN_REQUEST record of wrong size\n");
	}
}

Test(fastcgi_reader, lets_a_request_begin_once)
{
	struct bytes in = {0};

	put_begin(&in, 1, RESPONDER, CLOSE);
	put_begin(&in, 1, RESPONDER, CLOSE);
	ASSERT_TOLD(&in, "the active request begins again\n");
	put_request(&in, 1, KEEP);
	put_begin(&in, 1, RESPONDER, KEEP);
	ASSERT_TOLD(
	    &in, "request 1 keep " PAIRS "\nthe active request begins again\n");
}

Test(fastcgi_reader, wants_params_before_the_body)
{
	struct bytes in = {0};

	put_begin(&in, 1, RESPONDER, CLOSE);
	put_record(&in, PARAMS, 1, pairs());
	put_record(&in, STDIN, 1, LITERAL("body"));
	ASSERT_TOLD(&in, "STDIN before the end of PARAMS\n");
	put_begin(&in, 1, RESPONDER, CLOSE);
	put_end(&in, STDIN, 1);
	ASSERT_TOLD(&in, "STDIN before the end of PARAMS\n");
}

Test(fastcgi_reader, takes_nothing_after_the_end_of_a_stream)
{
	struct bytes in = {0};

	put_head(&in);
	put_record(&in, PARAMS, 1, pairs());
	ASSERT_TOLD(&in, "PARAMS after their end\n");
	put_request(&in, 1, CLOSE);
	put_record(&in, PARAMS, 1, pairs());
	ASSERT_TOLD(&in, "request 1 " PAIRS "\nPARAMS after their end\n");
	put_request(&in, 1, CLOSE);
	put_record(&in, STDIN, 1, LITERAL("body"));
	ASSERT_TOLD(&in, "request 1 " PAIRS "\nSTDIN after its end\n");
}

Test(fastcgi_reader, does_not_mind_that_a_stream_ends_twice)
{
	struct bytes in = {0};

	put_head(&in);
	put_end(&in, PARAMS, 1);
	put_record(&in, STDIN, 1, LITERAL("body"));
	put_end(&in, PARAMS, 1);
	put_end(&in, STDIN, 1);
	put_end(&in, PARAMS, 1);
	put_end(&in, STDIN, 1);
	ASSERT_TOLD(&in, "request 1 " PAIRS "\n");
}

Test(fastcgi_reader, knows_what_a_server_sends)
{
	for (unsigned type = 0; type < 256; type++) {
		struct bytes in = {0};

		if (type == BEGIN || type == ABORT || type == PARAMS ||
		    type == STDIN)
			continue;
		put_request(&in, 1, CLOSE);
		put_end(&in, type, 1);
		ASSERT_TOLD(&in,
		    "request 1 " PAIRS "\na record that no web server sends\n");
	}
}

Test(fastcgi_reader, takes_whole_pairs_only)
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
		struct bytes in = {0};

		put_begin(&in, 1, RESPONDER, CLOSE);
		put_record(&in, PARAMS, 1, broken[i]);
		put_end(&in, PARAMS, 1);
		ASSERT_TOLD(&in, "PARAMS with a broken name-value pair\n");
	}
}

Test(fastcgi_reader, notices_each_cut_through_the_pairs)
{
	for (size_t n = 0; n < sizeof(PAIRS) - 1; n++) {
		struct bytes in = {0};

		put_begin(&in, 1, RESPONDER, CLOSE);
		put_record(&in, PARAMS, 1, (struct span){PAIRS, n});
		put_end(&in, PARAMS, 1);
		if (n == 0 || n == 8)
			ASSERT_TOLD(&in, "");
		else
			ASSERT_TOLD(
			    &in, "PARAMS with a broken name-value pair\n");
	}
}

Test(fastcgi_reader, stays_in_error)
{
	struct fastcgi_reader reader;
	struct bytes in = {0};
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

Test(fastcgi_reader, says_that_there_is_no_memory)
{
	for (unsigned n = 1; n <= 3; n++) {
		struct gateway gateway = gateway_begin(false);
		char value[200] = {0};
		struct bytes in = {0}, params = {0};

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

/* More than one request, and other roles. */

#define CANT_MPX_CONN(ID) "reply \1\3\0" ID "\0\10\0\0\0\0\0\0\1\0\0\0\n"
#define UNKNOWN_ROLE(ID) "reply \1\3\0" ID "\0\10\0\0\0\0\0\0\3\0\0\0\n"

Test(fastcgi_reader, refuses_a_second_request)
{
	struct bytes in = {0};

	put_request(&in, 1, CLOSE);
	put_request(&in, 2, CLOSE);
	put_request(&in, 2, CLOSE);
	ASSERT_TOLD(&in,
	    "request 1 " PAIRS "\n" CANT_MPX_CONN("\2") CANT_MPX_CONN("\2"));
}

Test(fastcgi_reader, refuses_a_second_request_while_it_reads_the_first)
{
	struct bytes in = {0};

	put_begin(&in, 1, RESPONDER, CLOSE);
	put_begin(&in, 2, RESPONDER, CLOSE);
	put_record(&in, PARAMS, 2, LITERAL("\377\377ignored"));
	put_record(&in, PARAMS, 1, LITERAL(PAIRS));
	put_begin(&in, 3, FILTER, CLOSE);
	put_end(&in, PARAMS, 2);
	put_record(&in, DATA, 3, LITERAL("ignored"));
	put_end(&in, PARAMS, 1);
	put_record(&in, STDIN, 2, LITERAL("ignored"));
	put_end(&in, STDIN, 2);
	put_record(&in, ABORT, 2, LITERAL(""));
	put_end(&in, STDIN, 1);
	ASSERT_TOLD(&in,
	    CANT_MPX_CONN("\2") CANT_MPX_CONN("\3") "request 1 " PAIRS "\n");
}

Test(fastcgi_reader, plays_no_other_role)
{
	static const unsigned roles[] = {0, 2, 3, 4, 255, 256, 257, 65535};

	for (size_t i = 0; i < LENGTH(roles); i++) {
		struct bytes in = {0};

		put_begin(&in, 5, roles[i], KEEP);
		put_record(&in, PARAMS, 5, pairs());
		put_end(&in, PARAMS, 5);
		put_end(&in, STDIN, 5);
		put_record(&in, DATA, 5, LITERAL("ignored"));
		put_end(&in, DATA, 5);
		put_request(&in, 5, KEEP);
		ASSERT_TOLD(
		    &in, UNKNOWN_ROLE("\5") "request 5 keep " PAIRS "\n");
	}
}

Test(fastcgi_reader, says_that_the_refusal_is_the_last_word)
{
	struct bytes in = {0};

	put_begin(&in, 5, AUTHORIZER, CLOSE);
	ASSERT_TOLD(&in, "last " UNKNOWN_ROLE("\5"));
	put_begin(&in, 5, AUTHORIZER, CLOSE);
	put_record(&in, 99, 0, LITERAL(""));
	ASSERT_TOLD(&in,
	    "last " UNKNOWN_ROLE("\5") "reply \1\13\0\0\0\10\0\0"
				       "c\0\0\0\0\0\0\0\n");
}

Test(fastcgi_reader, ignores_what_is_of_no_request)
{
	for (unsigned type = 0; type < 256; type++) {
		struct bytes in = {0};

		if (type == BEGIN)
			continue;
		put_record(&in, type, 1, LITERAL("ignored"));
		put_end(&in, type, 1);
		put_request(&in, 2, CLOSE);
		put_record(&in, type, 1, LITERAL("ignored"));
		ASSERT_TOLD(&in, "request 2 " PAIRS "\n");
	}
}

Test(fastcgi_reader, ignores_late_records_of_a_request_that_is_over)
{
	struct bytes in = {0};

	put_request(&in, 1, KEEP);
	put_record(&in, STDIN, 1, LITERAL("late"));
	put_record(&in, PARAMS, 1, LITERAL("\377"));
	put_record(&in, ABORT, 1, LITERAL(""));
	put_end(&in, PARAMS, 1);
	put_request(&in, 1, KEEP);
	ASSERT_TOLD_AT_ONCE(
	    &in, "request 1 keep " PAIRS "\nrequest 1 keep " PAIRS "\n");
}

/* The request is over while the reader is anywhere in a record of that type. */
static void
check_finish_in(unsigned type, unsigned id, struct span expected)
{
	struct bytes record = {0}, in = {0};

	put_padded(&record, type, id, LITERAL("\15\0FCGI_MAX_REQS"), 9);
	put_request(&in, 1, KEEP);
	for (size_t cut = 0; cut <= record.n; cut++) {
		struct gateway gateway = gateway_begin(false);

		feed(&gateway, bytes_span(&in));
		gateway.told.n = 0;
		feed(&gateway, (struct span){record.at, cut});
		fastcgi_reader_finish(&gateway.reader);
		feed(&gateway, (struct span){record.at + cut, record.n - cut});
		cr_assert_null(gateway.reader.content.bytes);
		feed(&gateway, bytes_span(&in));
		assert_span(bytes_span(&gateway.told), expected);
		gateway_end(&gateway);
	}
	bytes_free(&record);
	bytes_free(&in);
}

#define AGAIN "request 1 keep " PAIRS "\n"

Test(fastcgi_reader, may_be_told_the_end_in_the_middle_of_a_record)
{
	check_finish_in(STDIN, 9, LITERAL(AGAIN));
	check_finish_in(99, 0,
	    LITERAL("reply \1\13\0\0\0\10\0\0"
		    "c\0\0\0\0\0\0\0\n" AGAIN));
	check_finish_in(GET_VALUES, 0,
	    LITERAL("reply \1\12\0\0\0\21\0\0\15\2FCGI_MAX_REQS17\n" AGAIN));
}

/* An abort of what is over by then is none. */
Test(fastcgi_reader, hears_no_abort_across_the_end_of_a_request)
{
	struct bytes in = {0};

	put_request(&in, 1, KEEP);
	put_record(&in, ABORT, 1, LITERAL("content"));
	for (size_t cut = 1; cut <= 15; cut++) {
		struct gateway gateway = gateway_begin(false);

		feed(&gateway, (struct span){in.at, in.n - cut});
		fastcgi_reader_finish(&gateway.reader);
		feed(&gateway, (struct span){in.at + in.n - cut, cut});
		assert_span(bytes_span(&gateway.told), LITERAL(AGAIN));
		gateway_end(&gateway);
	}
	bytes_free(&in);
}

/* The PARAMS go, and the question after them in the buffer stays. */
Test(fastcgi_reader, answers_a_question_across_the_end_of_params)
{
	struct bytes question = {0}, in = {0};

	put_record(&question, GET_VALUES, 0, LITERAL("\15\0FCGI_MAX_REQS"));
	put_head(&in);
	for (size_t cut = 0; cut < question.n; cut++) {
		struct gateway gateway = gateway_begin(false);

		feed(&gateway, bytes_span(&in));
		feed(&gateway, (struct span){question.at, cut});
		fastcgi_reader_finish(&gateway.reader);
		cr_assert_eq(gateway.told.n, 0);
		feed(&gateway,
		    (struct span){question.at + cut, question.n - cut});
		assert_span(bytes_span(&gateway.told),
		    LITERAL("reply \1\12\0\0\0\21\0\0"
			    "\15\2FCGI_MAX_REQS17\n"));
		cr_assert_null(gateway.reader.content.bytes);
		gateway_end(&gateway);
	}
	bytes_free(&question);
	bytes_free(&in);
}

/* It is not refused for a request that was over by the time it had come. */
Test(fastcgi_reader, takes_a_request_that_begins_across_the_end_of_another)
{
	struct bytes first = {0}, second = {0};

	put_request(&first, 1, KEEP);
	put_request(&second, 2, KEEP);
	for (size_t cut = 0; cut < 16; cut++) {
		struct gateway gateway = gateway_begin(false);

		feed(&gateway, bytes_span(&first));
		gateway.told.n = 0;
		feed(&gateway, (struct span){second.at, cut});
		fastcgi_reader_finish(&gateway.reader);
		feed(&gateway, (struct span){second.at + cut, second.n - cut});
		assert_span(bytes_span(&gateway.told),
		    LITERAL("request 2 keep " PAIRS "\n"));
		gateway_end(&gateway);
	}
	bytes_free(&first);
	bytes_free(&second);
}

/* Aborts. */

Test(fastcgi_reader, tells_of_an_abort_at_any_stage)
{
	struct bytes in = {0};

	put_begin(&in, 1, RESPONDER, KEEP);
	put_record(&in, ABORT, 1, LITERAL(""));
	put_begin(&in, 2, RESPONDER, KEEP);
	put_record(&in, PARAMS, 2, pairs());
	put_record(&in, ABORT, 2, LITERAL(""));
	put_end(&in, PARAMS, 2);
	put_begin(&in, 3, RESPONDER, KEEP);
	put_end(&in, PARAMS, 3);
	put_record(&in, STDIN, 3, LITERAL("body"));
	put_record(&in, ABORT, 3, LITERAL("with content"));
	put_request(&in, 4, KEEP);
	put_record(&in, ABORT, 4, LITERAL(""));
	put_request(&in, 5, KEEP);
	ASSERT_TOLD(&in,
	    "abort\nabort\nabort\nrequest 4 keep " PAIRS
	    "\nabort\nrequest 5 keep " PAIRS "\n");
}

Test(fastcgi_reader, tells_of_no_abort_of_another_request)
{
	struct bytes in = {0};

	put_record(&in, ABORT, 1, LITERAL(""));
	put_request(&in, 1, CLOSE);
	put_record(&in, ABORT, 2, LITERAL(""));
	put_record(&in, ABORT, 257, LITERAL(""));
	ASSERT_TOLD(&in, "request 1 " PAIRS "\n");
}

/* Management records. */

#define MAX_CONNS "\16\0FCGI_MAX_CONNS"
#define MAX_REQS "\15\0FCGI_MAX_REQS"
#define MPXS_CONNS "\17\0FCGI_MPXS_CONNS"

Test(fastcgi_reader, tells_the_limits)
{
	struct bytes in = {0};

	put_padded(
	    &in, GET_VALUES, 0, LITERAL(MAX_CONNS MAX_REQS MPXS_CONNS), 3);
	put_record(&in, GET_VALUES, 0, LITERAL("\1\0a" MAX_REQS MAX_REQS));
	put_record(&in, GET_VALUES, 0, LITERAL(""));
	ASSERT_TOLD(&in,
	    "reply \1\12\0\0\0\70\0\0"
	    "\16\5FCGI_MAX_CONNS10000"
	    "\15\2FCGI_MAX_REQS17"
	    "\17\1FCGI_MPXS_CONNS0\n"
	    "reply \1\12\0\0\0\21\0\0\15\2FCGI_MAX_REQS17\n"
	    "reply \1\12\0\0\0\0\0\0\n");
}

Test(fastcgi_reader, tells_the_limits_at_any_time)
{
	struct bytes question = {0}, in = {0};
	struct span q;

	put_record(&question, GET_VALUES, 0, LITERAL(MAX_REQS));
	q = bytes_span(&question);
	put_begin(&in, 1, RESPONDER, CLOSE);
	bytes_put(&in, q.bytes, q.n);
	put_record(&in, PARAMS, 1, (struct span){PAIRS, 3});
	bytes_put(&in, q.bytes, q.n);
	put_record(
	    &in, PARAMS, 1, (struct span){pairs().bytes + 3, pairs().n - 3});
	put_end(&in, PARAMS, 1);
	bytes_put(&in, q.bytes, q.n);
	put_end(&in, STDIN, 1);
	bytes_put(&in, q.bytes, q.n);
	bytes_free(&question);
#define LIMIT "reply \1\12\0\0\0\21\0\0\15\2FCGI_MAX_REQS17\n"
	ASSERT_TOLD(&in, LIMIT LIMIT LIMIT "request 1 " PAIRS "\n" LIMIT);
}

Test(fastcgi_reader, caps_a_question)
{
	struct bytes in = {0}, question = {0};
	char name[1100] = {0};

	put_pair(&question, (struct span){name, 1019}, LITERAL(""));
	put_record(&in, GET_VALUES, 0, bytes_span(&question));
	ASSERT_TOLD(&in, "reply \1\12\0\0\0\0\0\0\n");
	put_byte(&question, 0);
	put_record(&in, GET_VALUES, 0, bytes_span(&question));
	ASSERT_TOLD(&in, "a GET_VALUES record over 1 KiB\n");
	bytes_free(&question);
}

Test(fastcgi_reader, has_room_for_a_question_beside_the_largest_params)
{
	struct gateway gateway = gateway_begin(false);
	struct bytes in = {0}, question = {0};
	char name[1019] = {0};

	put_pair(&question, (struct span){name, sizeof(name)}, LITERAL(""));
	put_params_of(&in, 65536);
	in.n -= 16;
	put_record(&in, GET_VALUES, 0, bytes_span(&question));
	put_end(&in, PARAMS, 1);
	put_record(&in, GET_VALUES, 0, bytes_span(&question));
	feed(&gateway, bytes_span(&in));
	assert_span(bytes_span(&gateway.told),
	    LITERAL("reply \1\12\0\0\0\0\0\0\nreply \1\12\0\0\0\0\0\0\n"));
	cr_assert_eq(fastcgi_reader_params(&gateway.reader).n, 65536);
	bytes_free(&in);
	bytes_free(&question);
	gateway_end(&gateway);
}

Test(fastcgi_reader, takes_questions_of_whole_pairs_only)
{
	static const struct span broken[] = {
	    LITERAL("\1"),
	    LITERAL(MAX_CONNS "\1\0"),
	    LITERAL("\16\0FCGI_MAX_CONN"),
	    LITERAL("\16\5FCGI_MAX_CONNS"),
	    LITERAL("\xff\xff\xff\xff\xff\xff\xff\xff"),
	    LITERAL("\x80\0\0"),
	};

	for (size_t i = 0; i < LENGTH(broken); i++) {
		struct bytes in = {0};

		put_record(&in, GET_VALUES, 0, broken[i]);
		ASSERT_TOLD(&in, "GET_VALUES with a broken name-value pair\n");
	}
}

Test(fastcgi_reader, says_which_management_records_it_does_not_know)
{
	for (unsigned type = 0; type < 256; type++) {
		struct bytes in = {0}, expected = {0};

		if (type == GET_VALUES)
			continue;
		put_record(&in, type, 0, LITERAL("whatever it is"));
		put_end(&in, type, 0);
		for (int i = 0; i < 2; i++) {
			sink_text(bytes_sink(&expected), "reply ");
			bytes_put(&expected, "\1\13\0\0\0\10\0\0", 8);
			put_byte(&expected, type);
			bytes_put(&expected, "\0\0\0\0\0\0\0\n", 8);
		}
		assert_told(&in, false, bytes_span(&expected));
		bytes_free(&expected);
	}
}

Test(fastcgi_reader, keeps_no_memory_for_questions)
{
	struct gateway gateway = gateway_begin(false);
	struct bytes in = {0};

	put_request(&in, 1, KEEP);
	put_record(&in, GET_VALUES, 0, LITERAL(MAX_CONNS));
	put_begin(&in, 2, RESPONDER, KEEP);
	feed(&gateway, bytes_span(&in));
	cr_assert_null(gateway.reader.content.bytes);
	bytes_free(&in);
	gateway_end(&gateway);
}

Test(fastcgi_reader, reads_the_same_in_random_pieces)
{
	uint64_t random = 20060901;

	for (int round = 0; round < 300; round++) {
		struct gateway whole = gateway_begin(round & 1);
		struct gateway cut = gateway_begin(round & 1);
		struct bytes in = {0};
		struct span rest;

		for (int i = 0; i < 30; i++) {
			unsigned type = (unsigned)random_to(&random, 9);
			unsigned id = (unsigned)random_to(&random, 2);

			if (random_to(&random, 3) == 0)
				put_request(&in, 1 + id, KEEP);
			else
				put_padded(&in, type, id, LITERAL("\1\1ab"),
				    random_to(&random, 5));
		}
		feed(&whole, bytes_span(&in));
		rest = bytes_span(&in);
		while (rest.n > 0) {
			size_t n = random_to(&random, 20);

			n = n < rest.n ? n : rest.n;
			feed(&cut, (struct span){rest.bytes, n});
			rest.bytes += n;
			rest.n -= n;
		}
		assert_span(bytes_span(&cut.told), bytes_span(&whole.told));
		bytes_free(&in);
		gateway_end(&whole);
		gateway_end(&cut);
	}
}
