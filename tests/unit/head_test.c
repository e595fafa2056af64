/* SPDX-License-Identifier: MIT */

#include "http_heads.h"

/* Requests. */

Test(http_head, costs_little_while_a_request_is_awaited)
{
	cr_assert_leq(sizeof(struct http_head), 80);
}

Test(http_head, reads_a_request)
{
	ASSERT_HEAD(GET HOST END, "GET /\nHost=a\n1.1 keep 0");
	ASSERT_HEAD("GET / HTTP/1.0\r\n\r\n", "GET /\n1.0 0");
}

Test(http_head, reads_literally_what_a_browser_sends)
{
	ASSERT_HEAD("GET /load?a=b HTTP/1.1\r\n"
		    "Host: localhost:8080\r\n"
		    "Connection: keep-alive\r\n"
		    "sec-ch-ua: \"Chromium\";v=\"120\", \"Not\"\r\n"
		    "Accept: text/event-stream\r\n"
		    "Last-Event-ID:\r\n\r\n",
	    "GET /load?a=b\nHost=localhost:8080\nConnection=keep-alive\n"
	    "sec-ch-ua=\"Chromium\";v=\"120\", \"Not\"\n"
	    "Accept=text/event-stream\nLast-Event-ID=\n1.1 keep 0");
}

Test(http_head, takes_any_method_and_target)
{
	ASSERT_HEAD(
	    "!#$%&'*+-.^_`|~09azAZ http://\xff\x80/%\"# HTTP/1.1\r\n" HOST END,
	    "!#$%&'*+-.^_`|~09azAZ http://\xff\x80/%\"#\n"
	    "Host=a\n1.1 keep 0");
	ASSERT_HEAD(
	    "OPTIONS * HTTP/1.1\r\n" HOST END, "OPTIONS *\nHost=a\n1.1 keep 0");
}

Test(http_head, drops_blanks_around_a_value_and_keeps_those_in_it)
{
	ASSERT_HEAD(GET HOST "A: \t b\t c \t \r\nB:\r\nC: \t\r\n" END,
	    "GET /\nHost=a\nA=b\t c\nB=\nC=\n1.1 keep 0");
}

Test(http_head, takes_values_beyond_ascii)
{
	ASSERT_HEAD(GET HOST "A: \xff\x80~ ;:\r\n" END,
	    "GET /\nHost=a\nA=\xff\x80~ ;:\n1.1 keep 0");
}

Test(http_head, skips_one_empty_line_before_a_request)
{
	ASSERT_HEAD("\r\n" GET HOST END, "GET /\nHost=a\n1.1 keep 0");
	ASSERT_REFUSED("\r\n\r", BAD_LINE);
}

Test(http_head, finds_the_first_field_of_a_name_in_any_case)
{
	struct http_head head;
	size_t used;

	http_head_init(&head);
	cr_assert_not(http_head_has_begun(&head));
	http_head_feed(&head, "G", 1, &used);
	cr_assert(http_head_has_begun(&head));
	http_head_feed(&head,
	    "ET / HTTP/1.1\r\nHost: a\r\nX-a: 1\r\nX-A: 2\r\nX-AB:3\r\n\r\n",
	    50, &used);
	cr_assert_eq(used, 50);
	cr_assert_str_eq(http_head_field(&head, "x-A"), "1");
	cr_assert_str_eq(http_head_field(&head, "X-Ab"), "3");
	cr_assert_str_eq(http_head_field(&head, "HOST"), "a");
	cr_assert_null(http_head_field(&head, "X"));
	cr_assert_null(http_head_field(&head, "1"));
	cr_assert_null(http_head_field(&head, ""));
	http_head_fini(&head);
	cr_assert_not(http_head_has_begun(&head));
}

/* The connection (RFC 9112, 9.3). */

Test(http_head, tells_whether_the_connection_stays_open)
{
	static const struct {
		const char *field;
		bool keeps_1_1, keeps_1_0;
	} fields[] = {
	    {"", true, false},
	    {"Connection: close\r\n", false, false},
	    {"Connection: CLOSE\r\n", false, false},
	    {"connection: keep-alive\r\n", true, true},
	    {"Connection: a ,\tKeep-Alive\t, ,b\r\n", true, true},
	    {"Connection: keep-alive, close\r\n", false, false},
	    {"Connection: keep-alive\r\nConnection: close\r\n", false, false},
	    {"Connection: closed\r\n", true, false},
	    {"Connection: \"close\"\r\n", true, false},
	};

	for (size_t i = 0; i < 2 * LENGTH(fields); i++) {
		bool is_old = i % 2;
		char text[200];
		struct http_head head;
		size_t used;
		int n = snprintf(text, sizeof(text),
		    "GET / HTTP/1.%d\r\nHost: a\r\n%s\r\n", !is_old,
		    fields[i / 2].field);

		http_head_init(&head);
		cr_assert_eq(http_head_feed(&head, text, (size_t)n, &used),
		    HTTP_HEAD_WHOLE);
		cr_assert_eq(http_head_keeps_open(&head),
		    is_old ? fields[i / 2].keeps_1_0 : fields[i / 2].keeps_1_1,
		    "%s", text);
		http_head_fini(&head);
	}
}

/* The body that follows. */

Test(http_head, tells_the_length_of_the_body)
{
	ASSERT_HEAD(GET HOST "Content-Length: 0\r\n" END,
	    "GET /\nHost=a\nContent-Length=0\n1.1 keep 0");
	ASSERT_HEAD(GET HOST "content-length: 0018446744073709551615\r\n" END,
	    "GET /\nHost=a\ncontent-length=0018446744073709551615\n"
	    "1.1 keep 18446744073709551615");
	ASSERT_HEAD(GET HOST "Transfer-Encoding: Chunked\r\n" END,
	    "GET /\nHost=a\nTransfer-Encoding=Chunked\n1.1 keep chunked 0");
}

Test(http_head, tells_whether_the_client_waits_before_its_body)
{
	ASSERT_HEAD(GET HOST "Expect: 100-Continue\r\n" END,
	    "GET /\nHost=a\nExpect=100-Continue\n1.1 keep continue 0");
	ASSERT_HEAD("GET / HTTP/1.0\r\nExpect: 100-continue\r\n" END,
	    "GET /\nExpect=100-continue\n1.0 0");
	ASSERT_REFUSED(GET HOST "Expect: money\r",
	    "417 The only expectation known here is \"100-continue\".");
}

Test(http_head, takes_hosts_of_all_kinds)
{
	static const char *const hosts[] = {"", "a", "a:", "a:80", "[::1]:80",
	    "[v1.a:b]", "%41.example", "a-b_c.d~!$&'()*+,;=", ":80"};

	for (size_t i = 0; i < LENGTH(hosts); i++) {
		char text[80], told[80];

		snprintf(text, sizeof(text), GET "Host: %s\r\n\r\n", hosts[i]);
		snprintf(
		    told, sizeof(told), "GET /\nHost=%s\n1.1 keep 0", hosts[i]);
		assert_told(span_of(text), span_of(told), strlen(text));
	}
}

/* Caps. */

/* The target, or the field a, has so many bytes. */
static void
assert_whole(struct span input, size_t n)
{
	struct http_head head;
	const char *field;
	size_t used;

	http_head_init(&head);
	cr_assert_eq(http_head_feed(&head, input.bytes, input.n, &used),
	    HTTP_HEAD_WHOLE);
	cr_assert_eq(used, input.n);
	cr_assert_leq(head.content.allocated, HTTP_HEAD_MAX);
	field = http_head_field(&head, "a");
	cr_assert_eq(
	    field ? strlen(field) : strlen(http_head_target(&head)) - 1, n);
	http_head_fini(&head);
}

static void
put_repeated(struct bytes *in, char c, size_t n)
{
	while (n-- > 0)
		bytes_put(in, &c, 1);
}

#define GET_LINE(N) (HTTP_LINE_MAX - strlen("GET / HTTP/1.1\r\n") + (N))
#define LONG_FIELD (HTTP_FIELD_MAX - 4)
#define TOO_LONG_LINE "414 The request line is longer than 12 KiB."
#define TOO_LONG_FIELD "431 A field of the request is over 12 KiB."

/* Beyond any cap of theirs nothing more is kept. */
Test(http_head, takes_lines_and_fields_up_to_their_caps)
{
	const struct {
		const char *begin, *end, *refusal;
		size_t n; /* bytes between */
	} cases[] = {
	    {"GET /", " HTTP/1.1\r\n" HOST END, NULL, GET_LINE(0)},
	    {"GET /", " HTTP/1.1\r\n", TOO_LONG_LINE, GET_LINE(1)},
	    {"GET /", "", TOO_LONG_LINE, HTTP_LINE_MAX - 4},
	    {GET HOST "a:", "\r\n" END, NULL, LONG_FIELD},
	    {GET HOST "a:", "", TOO_LONG_FIELD, HTTP_FIELD_MAX - 1},
	    {GET HOST, "", TOO_LONG_FIELD, HTTP_FIELD_MAX + 1},
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct bytes in = {0};

		sink_text(bytes_sink(&in), cases[i].begin);
		put_repeated(&in, 'x', cases[i].n);
		sink_text(bytes_sink(&in), cases[i].end);
		if (cases[i].refusal)
			assert_refused(bytes_span(&in), cases[i].refusal);
		else
			assert_whole(bytes_span(&in), cases[i].n);
		bytes_free(&in);
	}
}

Test(http_head, takes_so_many_fields)
{
	struct bytes in = {0};

	sink_text(bytes_sink(&in), GET HOST);
	for (int i = 1; i < HTTP_FIELDS_MAX; i++)
		sink_text(bytes_sink(&in), "a:b\r\n");
	sink_text(bytes_sink(&in), END);
	assert_whole(bytes_span(&in), 1);
	in.n -= strlen(END);
	sink_text(bytes_sink(&in), "a");
	assert_refused(
	    bytes_span(&in), "431 The request has more than 100 fields.");
	bytes_free(&in);
}

Test(http_head, takes_so_many_bytes)
{
	for (size_t over = 0; over < 2; over++) {
		struct bytes in = {0};

		sink_text(bytes_sink(&in), GET HOST "a:");
		put_repeated(&in, 'x', LONG_FIELD);
		sink_text(bytes_sink(&in), "\r\nb:");
		put_repeated(&in, 'x', HTTP_HEAD_MAX - in.n - 4 + over);
		sink_text(bytes_sink(&in), "\r\n" END);
		if (over)
			assert_refused(bytes_span(&in),
			    "431 The head of the request is over 16 KiB.");
		else
			assert_whole(bytes_span(&in), LONG_FIELD);
		bytes_free(&in);
	}
}
