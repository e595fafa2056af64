/* SPDX-License-Identifier: MIT */

#include "gateways/fastcgi_mistake.h"

#include "helpers.h"

Test(fastcgi_mistake, request_line_is_http)
{
	static const struct span lines[] = {LITERAL("GET / HT"),
	    LITERAL("HEAD / H"), LITERAL("POST /lo"), LITERAL("OPTIONS "),
	    LITERAL("CONNECT "), LITERAL("PRI * HT")};

	for (size_t i = 0; i < LENGTH(lines); i++)
		cr_assert_eq(
		    fastcgi_mistake_of(lines[i]), FASTCGI_MISTAKE_HTTP);
}

Test(fastcgi_mistake, client_hello_is_tls)
{
	cr_assert_eq(
	    fastcgi_mistake_of(LITERAL("\x16\x03\x01\x02\0\x01\0\x01")),
	    FASTCGI_MISTAKE_TLS);
}

Test(fastcgi_mistake, anything_else_is_none)
{
	static const struct span others[] = {LITERAL(""), LITERAL("G"),
	    LITERAL("GETX/ HT"), LITERAL("get / ht"), LITERAL("\x16"),
	    LITERAL("\x16\x02\x01\x02\0\x01\0\x01"),
	    LITERAL("\0\0\0\0\0\0\0\0"), LITERAL("SSH-2.0-")};

	for (size_t i = 0; i < LENGTH(others); i++)
		cr_assert_eq(
		    fastcgi_mistake_of(others[i]), FASTCGI_MISTAKE_NONE);
}

Test(fastcgi_mistake, is_answered_in_http_with_the_way_out)
{
	size_t n;
	char *answer = fastcgi_mistake_answer("now", &n);
	char *text = strndup(answer, n);

	cr_assert_not_null(text);
	cr_assert_eq(
	    strncmp(text, "HTTP/1.1 400 Bad Request\r\nDate: now\r\n", 37), 0);
	cr_assert_not_null(strstr(text, "--http ADDR"));
	cr_assert_not_null(strstr(text, "FileDescriptorName=http"));
	free(text);
	free(answer);
}
