/* SPDX-License-Identifier: MIT */

#include "http/head.h"

#include "helpers.h"

/* What a head says, whatever the pieces that it comes in. */

static void
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

static void
tell_refusal(const struct http_head *head, struct byte_sink sink)
{
	char status[16];

	snprintf(status, sizeof(status), "%d ", head->refusal->status);
	sink_text(sink, status);
	sink_text(sink, head->refusal->reason);
	cr_assert_null(head->content.bytes);
}

/* Returns how many bytes the head took. */
static size_t
feed(struct http_head *head, struct span piece, struct bytes *told)
{
	char *copy = copy_of(piece);
	size_t used = SIZE_MAX, more = SIZE_MAX;
	enum http_head_news news = http_head_feed(head, copy, piece.n, &used);

	cr_assert_leq(used, piece.n);
	cr_assert_eq(news == HTTP_HEAD_ERROR, head->refusal != NULL);
	if (news == HTTP_HEAD_MORE) {
		cr_assert_eq(used, piece.n);
	} else if (told->n == 0) {
		if (news == HTTP_HEAD_WHOLE)
			tell_head(head, bytes_sink(told));
		else
			tell_refusal(head, bytes_sink(told));
		/* It stays so. */
		cr_assert_eq(http_head_feed(head, "x", 1, &more), news);
		cr_assert_eq(more, 0);
	}
	free(copy);
	return used;
}

/* Pieces of that size, the first one smaller. */
static void
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

static void
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

/* A whole head; what comes behind it is left. */
#define ASSERT_HEAD(INPUT, TOLD) \
	do { \
		assert_told(LITERAL(INPUT), LITERAL(TOLD), sizeof(INPUT) - 1); \
		assert_told( \
		    LITERAL(INPUT "GET /"), LITERAL(TOLD), sizeof(INPUT) - 1); \
	} while (0)

/* It is refused by its last byte, and not before. */
static void
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
	ASSERT_REFUSED("\r\n\r",
	    "400 A request begins with a line such as "
	    "\"GET / HTTP/1.1\".");
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

Test(http_head, refuses_a_length_that_is_no_number)
{
	static const char *const values[] = {
	    "", "-1", "+1", "0x1", "1,1", "1, 1", "1 1", "x", "1.0"};

	for (size_t i = 0; i < LENGTH(values); i++) {
		char text[80];

		snprintf(text, sizeof(text), GET HOST "Content-Length: %s\r",
		    values[i]);
		assert_refused(
		    span_of(text), "400 The Content-Length is not a number.");
	}
}

Test(http_head, refuses_a_length_that_no_number_holds)
{
	ASSERT_REFUSED(GET HOST "Content-Length: 18446744073709551616\r",
	    "413 The Content-Length is too large.");
	ASSERT_REFUSED(GET HOST "Content-Length: 99999999999999999999999\r",
	    "413 The Content-Length is too large.");
}

/* Two programs on the way may believe another one each. */
Test(http_head, refuses_a_length_that_is_told_twice)
{
	static const char *const pairs[] = {
	    "Content-Length: 1\r\nContent-Length: 1\r",
	    "Content-Length: 1\r\nContent-Length: 2\r",
	    "Content-Length: 1\r\nTransfer-Encoding: chunked\r",
	    "Transfer-Encoding: chunked\r\nContent-Length: 1\r",
	    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r",
	};

	for (size_t i = 0; i < LENGTH(pairs); i++) {
		char text[120];

		snprintf(text, sizeof(text), GET HOST "%s", pairs[i]);
		assert_refused(span_of(text),
		    "400 The request tells the length of its body more than "
		    "once.");
	}
}

Test(http_head, knows_one_transfer_coding)
{
	static const struct {
		const char *value;
		bool is_unknown; /* or does not tell the end */
	} codings[] = {
	    {"gzip, chunked", true},
	    {"chunked, chunked", true},
	    {"chunked , \tchunked", true},
	    {", chunked", true},
	    {"chunked, gzip", false},
	    {"gzip", false},
	    {"identity", false},
	    {"", false},
	    {"chunked;q=1", false},
	    {"\"chunked\"", false},
	    {"xchunked", false},
	    {"chunked, ", false},
	    {"chunked\x80", false},
	};

	for (size_t i = 0; i < LENGTH(codings); i++) {
		char text[80];

		snprintf(text, sizeof(text), GET HOST "Transfer-Encoding: %s\r",
		    codings[i].value);
		assert_refused(span_of(text),
		    codings[i].is_unknown
			? "501 The only Transfer-Encoding known here is "
			  "\"chunked\"."
			: "400 The Transfer-Encoding does not tell where the "
			  "body ends.");
	}
	ASSERT_REFUSED("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r",
	    "400 The Transfer-Encoding does not tell where the body ends.");
}

/* The host (RFC 9112, 3.2). */

Test(http_head, wants_one_host)
{
	ASSERT_REFUSED(GET END, "400 An HTTP/1.1 request needs a Host field.");
	ASSERT_REFUSED(GET "Hos: a\r\nHostt: a\r\n" END,
	    "400 An HTTP/1.1 request needs a Host field.");
}

/* Found on the CR of the second one. */
Test(http_head, refuses_a_second_host)
{
	ASSERT_REFUSED(GET HOST "host: a\r",
	    "400 The request has more than one Host field.");
	ASSERT_REFUSED("GET / HTTP/1.0\r\n" HOST "Host: b\r",
	    "400 The request has more than one Host field.");
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

Test(http_head, refuses_what_is_no_host)
{
	static const char *const hosts[] = {"a b", "a/", "x@a", "a?", "a#",
	    "a\\b", "\"a\"", "<a>", "\xc3\xa4", "a\tb", "a|b", "{a}"};

	for (size_t i = 0; i < LENGTH(hosts); i++) {
		char text[80];

		snprintf(text, sizeof(text), GET "Host: %s\r", hosts[i]);
		assert_refused(span_of(text),
		    "400 The Host field is not a host's name or address with "
		    "or without a port.");
	}
}

/* The request line. */

#define BAD_LINE "400 A request begins with a line such as \"GET / HTTP/1.1\"."

Test(http_head, refuses_what_is_no_request_line)
{
	ASSERT_REFUSED(" ", BAD_LINE);
	ASSERT_REFUSED("\n", BAD_LINE);
	ASSERT_REFUSED("\0", BAD_LINE);
	ASSERT_REFUSED(":", BAD_LINE);
	ASSERT_REFUSED("\xff", BAD_LINE);
	ASSERT_REFUSED("GET\t", BAD_LINE);
	ASSERT_REFUSED("GET\r", BAD_LINE);
	ASSERT_REFUSED("GET:", BAD_LINE);
	ASSERT_REFUSED("GET  ", BAD_LINE);
	ASSERT_REFUSED("GET \r", BAD_LINE);
	ASSERT_REFUSED("GET /\r", BAD_LINE);
	ASSERT_REFUSED("GET /\n", BAD_LINE);
	ASSERT_REFUSED("GET /\t", BAD_LINE);
	ASSERT_REFUSED("GET /\0", BAD_LINE);
	ASSERT_REFUSED("GET /\x7f", BAD_LINE);
	ASSERT_REFUSED("GET / /", BAD_LINE);
	ASSERT_REFUSED("GET /  ", BAD_LINE);
	ASSERT_REFUSED("GET / h", BAD_LINE);
	ASSERT_REFUSED("GET / HTTPS", BAD_LINE);
	ASSERT_REFUSED("GET / HTTP/x", BAD_LINE);
	ASSERT_REFUSED("GET / HTTP/1,", BAD_LINE);
	ASSERT_REFUSED("GET / HTTP/1.x", BAD_LINE);
	ASSERT_REFUSED("GET / HTTP/1.1 ", BAD_LINE);
	ASSERT_REFUSED("GET / HTTP/1.11", BAD_LINE);
}

/* The peer mistakes the socket: FastCGI, TLS. */
Test(http_head, refuses_other_protocols_by_their_first_byte)
{
	ASSERT_REFUSED("\1", BAD_LINE);
	ASSERT_REFUSED("\x16", BAD_LINE);
}

Test(http_head, speaks_two_versions)
{
	static const char told[] =
	    "505 This server speaks HTTP/1.1 and HTTP/1.0 only.";

	ASSERT_REFUSED("GET / HTTP/1.2", told);
	ASSERT_REFUSED("GET / HTTP/1.9", told);
	ASSERT_REFUSED("GET / HTTP/0", told);
	ASSERT_REFUSED("PRI * HTTP/2", told);
}

Test(http_head, knows_no_method_over_32_bytes)
{
	ASSERT_HEAD("ABCDEFGHIJKLMNOPQRSTUVWXYZ123456 / HTTP/1.1\r\n" HOST END,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ123456 /\nHost=a\n1.1 keep 0");
	ASSERT_REFUSED("ABCDEFGHIJKLMNOPQRSTUVWXYZ1234567",
	    "501 The method is longer than any that is known here.");
}

/* Lines and fields. */

Test(http_head, wants_every_line_to_end_in_cr_lf)
{
	static const char told[] =
	    "400 A line of the request's head does not end in CR and LF.";

	ASSERT_REFUSED("\rG", told);
	ASSERT_REFUSED("GET / HTTP/1.1\n", told);
	ASSERT_REFUSED("GET / HTTP/1.1\rH", told);
	ASSERT_REFUSED("GET / HTTP/1.1\r\r", told);
	ASSERT_REFUSED(GET "Host: a\n", told);
	ASSERT_REFUSED(GET "Host:\n", told);
	ASSERT_REFUSED(GET "Host: a\rb", told);
	ASSERT_REFUSED(GET "Host: a\r\r", told);
	ASSERT_REFUSED(GET HOST "\n", told);
	ASSERT_REFUSED(GET HOST "\r\r", told);
	ASSERT_REFUSED(GET HOST "\rG", told);
}

Test(http_head, refuses_a_field_that_goes_on_on_another_line)
{
	static const char told[] =
	    "400 A field of the request is continued on another line.";

	ASSERT_REFUSED(GET HOST " ", told);
	ASSERT_REFUSED(GET HOST "\t", told);
	ASSERT_REFUSED(GET " ", told);
}

Test(http_head, refuses_a_field_without_a_name_right_before_a_colon)
{
	static const char told[] =
	    "400 A field of the request does not begin with a name and a "
	    "colon.";

	ASSERT_REFUSED(GET ":", told);
	ASSERT_REFUSED(GET "\0", told);
	ASSERT_REFUSED(GET "Host ", told);
	ASSERT_REFUSED(GET "Host\t", told);
	ASSERT_REFUSED(GET "Host\r", told);
	ASSERT_REFUSED(GET "Host\n", told);
	ASSERT_REFUSED(GET "Host\0", told);
	ASSERT_REFUSED(GET "Ho\xff", told);
	ASSERT_REFUSED(GET "Ho(", told);
}

Test(http_head, refuses_every_control_character_in_a_value_but_a_tab)
{
	for (unsigned c = 0; c < 256; c++) {
		char text[] = GET HOST "A: bc";

		text[sizeof(text) - 2] = (char)c;
		if ((c >= ' ' && c != 0x7f) || c == '\t' || c == '\r' ||
		    c == '\n')
			continue;
		assert_refused((struct span){text, sizeof(text) - 1},
		    "400 A field of the request contains a control "
		    "character.");
	}
}

/* Caps. */

static void
put_repeated(struct bytes *in, char c, size_t n)
{
	while (n-- > 0)
		bytes_put(in, &c, 1);
}

Test(http_head, takes_a_request_line_up_to_its_cap)
{
	for (size_t over = 0; over < 2; over++) {
		struct bytes in = {0}, told = {0};
		size_t n = HTTP_LINE_MAX - strlen("GET / HTTP/1.1\r\n") + over;

		sink_text(bytes_sink(&in), "GET /");
		sink_text(bytes_sink(&told), "GET /");
		put_repeated(&in, 'x', n);
		put_repeated(&told, 'x', n);
		sink_text(bytes_sink(&in), " HTTP/1.1\r\n");
		sink_text(bytes_sink(&told), "\nHost=a\n1.1 keep 0");
		if (over) {
			assert_refused(bytes_span(&in),
			    "414 The request line is longer than 12 KiB.");
		} else {
			sink_text(bytes_sink(&in), HOST END);
			assert_told(bytes_span(&in), bytes_span(&told), in.n);
		}
		bytes_free(&in);
		bytes_free(&told);
	}
}

/* Beyond any cap of theirs nothing more is kept. */
Test(http_head, refuses_what_never_ends)
{
	static const struct {
		const char *begin, *told;
		size_t n;
	} endless[] = {
	    {"GET /", "414 The request line is longer than 12 KiB.",
		HTTP_LINE_MAX - 4},
	    {GET HOST, "431 A field of the request is over 12 KiB.",
		HTTP_FIELD_MAX + 1},
	    {GET HOST "a:", "431 A field of the request is over 12 KiB.",
		HTTP_FIELD_MAX - 1},
	};

	for (size_t i = 0; i < LENGTH(endless); i++) {
		struct bytes in = {0};

		sink_text(bytes_sink(&in), endless[i].begin);
		put_repeated(&in, 'x', endless[i].n);
		assert_refused(bytes_span(&in), endless[i].told);
		bytes_free(&in);
	}
}

Test(http_head, takes_a_field_up_to_its_cap)
{
	struct bytes in = {0};
	struct http_head head;
	size_t used;

	sink_text(bytes_sink(&in), GET HOST "a:");
	put_repeated(&in, 'x', HTTP_FIELD_MAX - 4);
	sink_text(bytes_sink(&in), "\r\n\r\n");
	http_head_init(&head);
	cr_assert_eq(
	    http_head_feed(&head, in.at, in.n, &used), HTTP_HEAD_WHOLE);
	cr_assert_eq(strlen(http_head_field(&head, "a")), HTTP_FIELD_MAX - 4);
	http_head_fini(&head);
	bytes_free(&in);
}

Test(http_head, takes_so_many_fields)
{
	struct bytes in = {0};
	struct http_head head;
	size_t used;

	sink_text(bytes_sink(&in), GET HOST);
	for (int i = 1; i < HTTP_FIELDS_MAX; i++)
		sink_text(bytes_sink(&in), "a:b\r\n");
	http_head_init(&head);
	http_head_feed(&head, in.at, in.n, &used);
	cr_assert_eq(http_head_feed(&head, "\r\n", 2, &used), HTTP_HEAD_WHOLE);
	cr_assert_eq(head.n_fields, HTTP_FIELDS_MAX);
	http_head_fini(&head);
	sink_text(bytes_sink(&in), "a");
	assert_refused(
	    bytes_span(&in), "431 The request has more than 100 fields.");
	bytes_free(&in);
}

Test(http_head, takes_so_many_bytes)
{
	for (size_t over = 0; over < 2; over++) {
		struct bytes in = {0};
		struct http_head head;
		size_t used;

		sink_text(bytes_sink(&in), GET HOST "a:");
		put_repeated(&in, 'x', HTTP_FIELD_MAX - 4);
		sink_text(bytes_sink(&in), "\r\nb:");
		put_repeated(&in, 'x', HTTP_HEAD_MAX - in.n - 4 + over);
		if (over) {
			sink_text(bytes_sink(&in), "\r\n\r\n");
			assert_refused(bytes_span(&in),
			    "431 The head of the request is over 16 KiB.");
		} else {
			sink_text(bytes_sink(&in), "\r\n\r\n");
			http_head_init(&head);
			cr_assert_eq(http_head_feed(&head, in.at, in.n, &used),
			    HTTP_HEAD_WHOLE);
			cr_assert_leq(head.content.allocated, HTTP_HEAD_MAX);
			http_head_fini(&head);
		}
		bytes_free(&in);
	}
}
