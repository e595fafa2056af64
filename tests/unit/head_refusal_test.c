/* SPDX-License-Identifier: MIT */

/* Heads that two programs could read differently, or that are none. */

#include "http_heads.h"

/* The body that follows. */

Test(http_head, refuses_a_length_that_is_no_number)
{
	static const char *const values[] = {
	    "", "-1", "+1", "0x1", "1,1", "1, 1", "1 1", "x", "1.0"};

	assert_field_refused("Content-Length", values, LENGTH(values),
	    "400 The Content-Length is not a number.");
}

Test(http_head, refuses_a_length_that_no_number_holds)
{
	static const char *const values[] = {
	    "18446744073709551616", "99999999999999999999999"};

	assert_field_refused("Content-Length", values, LENGTH(values),
	    "413 The Content-Length is too large.");
}

#define LENGTH_1 "Content-Length: 1\r"
#define CHUNKED "Transfer-Encoding: chunked\r"

/* Two programs on the way may believe another one each. */
Test(http_head, refuses_a_length_that_is_told_twice)
{
	ASSERT_ALL_REFUSED("400 The request tells the length of its body more "
			   "than once.",
	    LITERAL(GET HOST LENGTH_1 "\n" LENGTH_1),
	    LITERAL(GET HOST LENGTH_1 "\nContent-Length: 2\r"),
	    LITERAL(GET HOST LENGTH_1 "\n" CHUNKED),
	    LITERAL(GET HOST CHUNKED "\n" LENGTH_1),
	    LITERAL(GET HOST CHUNKED "\n" CHUNKED));
}

Test(http_head, knows_one_transfer_coding)
{
	static const char *const others[] = {"gzip, chunked",
	    "chunked, chunked", "chunked , \tchunked", ", chunked"};
	static const char *const endless[] = {"chunked, gzip", "gzip",
	    "identity", "", "chunked;q=1", "\"chunked\"", "xchunked",
	    "chunked, ", "chunked\x80"};
	static const char not_told[] =
	    "400 The Transfer-Encoding does not tell where the body ends.";

	assert_field_refused("Transfer-Encoding", others, LENGTH(others),
	    "501 The only Transfer-Encoding known here is \"chunked\".");
	assert_field_refused(
	    "Transfer-Encoding", endless, LENGTH(endless), not_told);
	ASSERT_REFUSED("GET / HTTP/1.0\r\n" CHUNKED, not_told);
}

/* The host (RFC 9112, 3.2). */

Test(http_head, wants_one_host)
{
	ASSERT_ALL_REFUSED("400 An HTTP/1.1 request needs a Host field.",
	    LITERAL(GET END), LITERAL(GET "Hos: a\r\nHostt: a\r\n" END));
}

/* Found on the CR of the second one. */
Test(http_head, refuses_a_second_host)
{
	ASSERT_ALL_REFUSED("400 The request has more than one Host field.",
	    LITERAL(GET HOST "host: a\r"),
	    LITERAL("GET / HTTP/1.0\r\n" HOST "Host: b\r"));
}

Test(http_head, refuses_what_is_no_host)
{
	static const char *const hosts[] = {"a b", "a/", "x@a", "a?", "a#",
	    "a\\b", "\"a\"", "<a>", "\xc3\xa4", "a\tb", "a|b", "{a}"};

	assert_field_refused("Host", hosts, LENGTH(hosts),
	    "400 The Host field is not a host's name or address with or "
	    "without a port.");
}

/* The request line. */

/* The first byte may be that of FastCGI or TLS. */
Test(http_head, refuses_what_is_no_request_line)
{
	ASSERT_ALL_REFUSED(BAD_LINE, LITERAL(" "), LITERAL("\n"), LITERAL("\0"),
	    LITERAL(":"), LITERAL("\xff"), LITERAL("\1"), LITERAL("\x16"),
	    LITERAL("GET\t"), LITERAL("GET\r"), LITERAL("GET:"),
	    LITERAL("GET  "), LITERAL("GET \r"), LITERAL("GET /\r"),
	    LITERAL("GET /\n"), LITERAL("GET /\t"), LITERAL("GET /\0"),
	    LITERAL("GET /\x7f"), LITERAL("GET / /"), LITERAL("GET /  "),
	    LITERAL("GET / h"), LITERAL("GET / HTTPS"), LITERAL("GET / HTTP/x"),
	    LITERAL("GET / HTTP/1,"), LITERAL("GET / HTTP/1.x"),
	    LITERAL("GET / HTTP/1.1 "), LITERAL("GET / HTTP/1.11"));
}

Test(http_head, speaks_two_versions)
{
	ASSERT_ALL_REFUSED("505 This server speaks HTTP/1.1 and HTTP/1.0 only.",
	    LITERAL("GET / HTTP/1.2"), LITERAL("GET / HTTP/1.9"),
	    LITERAL("GET / HTTP/0"), LITERAL("PRI * HTTP/2"));
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
	ASSERT_ALL_REFUSED(
	    "400 A line of the request's head does not end in CR and LF.",
	    LITERAL("\rG"), LITERAL("GET / HTTP/1.1\n"),
	    LITERAL("GET / HTTP/1.1\rH"), LITERAL("GET / HTTP/1.1\r\r"),
	    LITERAL(GET "Host: a\n"), LITERAL(GET "Host:\n"),
	    LITERAL(GET "Host: a\rb"), LITERAL(GET "Host: a\r\r"),
	    LITERAL(GET HOST "\n"), LITERAL(GET HOST "\r\r"),
	    LITERAL(GET HOST "\rG"));
}

Test(http_head, refuses_a_field_that_goes_on_on_another_line)
{
	ASSERT_ALL_REFUSED(
	    "400 A field of the request is continued on another line.",
	    LITERAL(GET HOST " "), LITERAL(GET HOST "\t"), LITERAL(GET " "));
}

Test(http_head, refuses_a_field_without_a_name_right_before_a_colon)
{
	ASSERT_ALL_REFUSED("400 A field of the request does not begin with a "
			   "name and a colon.",
	    LITERAL(GET ":"), LITERAL(GET "\0"), LITERAL(GET "Host "),
	    LITERAL(GET "Host\t"), LITERAL(GET "Host\r"), LITERAL(GET "Host\n"),
	    LITERAL(GET "Host\0"), LITERAL(GET "Ho\xff"), LITERAL(GET "Ho("));
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
