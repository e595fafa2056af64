/* SPDX-License-Identifier: MIT */

#include "http/origin.h"

#include "helpers.h"

Test(origin, is_as_browsers_send_it)
{
	static const char *const pairs[][2] = {
	    {"*", "*"},
	    {"null", "null"},
	    {"https://a.example", "https://a.example"},
	    {"HTTPS://A.Example", "https://a.example"},
	    {"https://a.example:443", "https://a.example"},
	    {"http://a.example:80", "http://a.example"},
	    {"http://a.example:0080", "http://a.example"},
	    {"http://a.example:443", "http://a.example:443"},
	    {"https://a.example:80", "https://a.example:80"},
	    {"https://a.example:08443", "https://a.example:8443"},
	    {"https://a.example:65535", "https://a.example:65535"},
	    {"https://xn--bcher-kva.example", "https://xn--bcher-kva.example"},
	    {"http://localhost:3000", "http://localhost:3000"},
	    {"http://a_b.example", "http://a_b.example"},
	    {"http://127.0.0.1:8080", "http://127.0.0.1:8080"},
	    {"http://[::1]", "http://[::1]"},
	    {"http://[::1]:80", "http://[::1]"},
	    {"http://[2001:DB8:0:0:0:0:0:1]:81", "http://[2001:db8::1]:81"},
	    {"chrome-extension://abcdefgh", "chrome-extension://abcdefgh"},
	    {"capacitor://localhost", "capacitor://localhost"},
	};

	for (size_t i = 0; i < LENGTH(pairs); i++) {
		char out[ORIGIN_SIZE];
		const char *wanted = origin_parse(out, pairs[i][0]);

		cr_assert_null(wanted, "%s: %s", pairs[i][0], wanted);
		cr_assert_str_eq(out, pairs[i][1]);
	}
}

Test(origin, is_of_the_host_that_was_asked_for)
{
	static const struct {
		const char *origin, *host;
		bool is_of;
	} rows[] = {
	    {"http://a.example", "a.example", true},
	    {"http://a.example", "A.Example", true},
	    {"http://a.example", "a.example:80", true},
	    {"https://a.example", "a.example:443", true},
	    {"https://a.example:443", "a.example", true},
	    {"http://a.example:8080", "a.example:8080", true},
	    {"http://[::1]:8080", "[::1]:8080", true},
	    {"http://a.example", "a.example:443", false},
	    {"https://a.example", "a.example:80", false},
	    {"http://a.example", "a.example:8080", false},
	    {"http://a.example:8080", "a.example", false},
	    {"http://a.example", "b.example", false},
	    {"http://a.example", "a.example.b", false},
	    {"http://a.example", "", false},
	    {"http://a.example", NULL, false},
	    {"null", "null", false},
	    {"http://", "", false},
	    {"ftp://a.example", "a.example", false},
	    {"a.example", "a.example", false},
	    {"", "", false},
	};

	for (size_t i = 0; i < LENGTH(rows); i++)
		cr_assert_eq(origin_is_of_host(span_of(rows[i].origin),
				 span_of(rows[i].host)),
		    rows[i].is_of, "%s %s", rows[i].origin, rows[i].host);
}

/* None of these is ever sent, so that it would match nothing. */
Test(origin, that_no_browser_sends_is_refused_with_the_reason)
{
	static const char *const pairs[][2] = {
	    {"", "such as https://example.org"},
	    {"a.example", "such as https://example.org"},
	    {"://a.example", "such as https://example.org"},
	    {"1http://a.example", "such as https://example.org"},
	    {"NULL", "such as https://example.org"},
	    {"https:/a.example", "such as https://example.org"},
	    {"https://a.example/", "without a path"},
	    {"https://a.example/b", "without a path"},
	    {"https://a.example?b", "without a path"},
	    {"https://a.example#b", "without a path"},
	    {"https://*.example", "by itself alone"},
	    {"https://*", "by itself alone"},
	    {"https://a.example:*", "by itself alone"},
	    {"https://", "host name"},
	    {"https://:443", "host name"},
	    {"https://u@a.example", "host name"},
	    {"https://u:p@a.example", "port"},
	    {"https://.example", "host name"},
	    {"https://a..example", "host name"},
	    {"https://a\\b", "host name"},
	    {"https://127.1", "host name"},
	    {"https://1.2.3.256", "host name"},
	    {"https://[::1", "host name"},
	    {"https://[]", "host name"},
	    {"https://[::1]x", "port"},
	    {"https://[g::1]", "host name"},
	    {"https://::1", "host name"},
	    {"https://a.example:", "port"},
	    {"https://a.example:0", "port"},
	    {"https://a.example:65536", "port"},
	    {"https://a.example:+1", "port"},
	    {"https://a.example:1x", "port"},
	    {"https://b\xc3\xbc"
	     "cher.example",
		"xn--"},
	    {"https://a.example https://b.example", "without blanks"},
	    {"https://a.example,https://b.example", "without blanks"},
	    {"https://a\n", "without blanks"},
	};

	for (size_t i = 0; i < LENGTH(pairs); i++) {
		char out[ORIGIN_SIZE];
		const char *wanted = origin_parse(out, pairs[i][0]);

		cr_assert_not_null(wanted, "%s", pairs[i][0]);
		cr_assert_not_null(
		    strstr(wanted, pairs[i][1]), "%s: %s", pairs[i][0], wanted);
	}
}

Test(origin, has_a_limit)
{
	char text[ORIGIN_SIZE + 20] = "https://", out[ORIGIN_SIZE];

	for (size_t n = strlen(text); n < sizeof(text) - 1; n++) {
		const char *wanted;

		text[n] = 'a';
		text[n + 1] = '\0';
		wanted = origin_parse(out, text);
		cr_assert_eq(!wanted, n + 1 < ORIGIN_SIZE);
		if (!wanted)
			cr_assert_str_eq(out, text);
	}
}
