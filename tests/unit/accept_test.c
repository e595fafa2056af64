/* SPDX-License-Identifier: MIT */

#include "http/accept.h"

#include "helpers.h"

static bool
prefers_html(struct span accept)
{
	char *copy = copy_of(accept);
	bool prefers = accept_prefers_html((struct span){copy, accept.n});

	free(copy);
	return prefers;
}

static void
check_page(const char *accept)
{
	cr_expect(prefers_html(span_of(accept)), "%s", accept);
}

static void
check_stream(const char *accept)
{
	cr_expect_not(prefers_html(span_of(accept)), "%s", accept);
}

Test(accept, browsers_open_a_page)
{
	/* Chromium, Firefox, Safari, Lynx. */
	check_page("text/html,application/xhtml+xml,application/xml;q=0.9,"
		   "image/avif,image/webp,image/apng,*/*;q=0.8,"
		   "application/signed-exchange;v=b3;q=0.7");
	check_page("text/html,application/xhtml+xml,application/xml;q=0.9,"
		   "image/avif,image/webp,image/png,image/svg+xml,*/*;q=0.8");
	check_page("text/html,application/xhtml+xml,application/xml;q=0.9,"
		   "*/*;q=0.8");
	check_page("text/html, text/plain, text/sgml, text/css, */*;q=0.01");
}

Test(accept, programs_read_the_stream)
{
	check_stream("text/event-stream");
	check_stream("*/*");
	check_stream("text/event-stream, */*;q=0.1");
	check_stream("application/json, text/plain, */*");
}

Test(accept, none_is_for_the_stream)
{
	cr_assert_not(accept_prefers_html(ABSENT));
	check_stream("");
	check_stream(" ");
	check_stream(",, ,");
}

Test(accept, neither_is_for_the_stream)
{
	check_stream("image/png");
	check_stream("application/xhtml+xml");
	check_stream("text/htm, text/html5, xtext/html, html, text");
}

Test(accept, same_weight_is_for_the_stream)
{
	check_stream("text/html, text/event-stream");
	check_stream("text/html, */*");
	check_stream("text/html;q=0.5, text/event-stream;q=0.5");
	check_stream("text/*");
}

Test(accept, greater_weight_wins)
{
	check_page("text/html;q=0.501, text/event-stream;q=0.5");
	check_page("text/event-stream;q=0.5, text/html;q=0.501");
	check_page("text/html;q=0.001");
	check_page("text/html;q=1, text/event-stream;q=0.999");
	check_stream("text/html;q=0.9, text/event-stream");
	check_stream("text/html;q=0.9, text/event-stream;q=1.000");
}

Test(accept, more_specific_range_goes_first)
{
	check_page("text/event-stream;q=0.1, text/*");
	check_page("*/*, text/event-stream;q=0.1");
	check_page("text/html, text/*;q=0.9, */*");
	check_stream("text/html;q=0.1, text/*, */*;q=0");
	check_stream("text/*;q=0.5, text/html;q=0.4, */*");
	check_page("text/event-stream;q=0, */*;q=0.1");
}

Test(accept, weight_of_zero_is_a_refusal)
{
	check_stream("text/html;q=0");
	check_stream("text/html;q=0.000, */*;q=0.1");
	check_stream("*/*;q=0");
}

Test(accept, range_given_twice_counts_for_what_it_has_most)
{
	check_page("text/html;q=0.1, text/html, */*;q=0.5");
	check_page("text/html, text/html;q=0.1, */*;q=0.5");
}

Test(accept, is_read_without_regard_to_case_and_blanks)
{
	check_page("TEXT/HTML, */*;Q=0.8");
	check_page(" \ttext/html\t ; q=1 ,*/* ; q=0.8 ");
	check_page(";,text/html;;q=1;,*/*;q=0.8");
	check_stream("Text/Html, Text/Event-Stream");
}

Test(accept, parameters_of_a_range_are_of_another_thing)
{
	check_stream("text/html;level=1");
	check_page("text/html, */*;level=1");
	check_page("text/html;q=0.3, text/event-stream;a=b;q=0.9");
	/* Behind the weight they say nothing about the range. */
	check_page("text/html;q=0.9;level=1");
}

Test(accept, weight_that_is_none_takes_its_range_out)
{
	static const char *const bad[] = {"", " ", "2", "1.001", "0.1234", "-1",
	    "+1", "10", ".5", "0,5", "1x", "0x1", "0.5 5", "\"1\"", "0..1",
	    "1e0", "0.-1"};

	for (size_t i = 0; i < LENGTH(bad); i++) {
		char accept[80];

		snprintf(accept, sizeof(accept), "text/html;q=%s", bad[i]);
		check_stream(accept);
	}
	check_page("text/html;q=1.");
	check_page("text/event-stream;q=0., text/*;q=0.01");
}

Test(accept, quoted_string_hides_separators)
{
	check_stream("text/html;a=\",text/html;q=1,\"");
	check_stream("a/b;c=\"\\\",text/html,\"");
	check_page("a/b;c=\"\\\\\",text/html,\"");
	check_page("a/b;c=\"x;y,z\", text/html");
	check_stream("a/b;c=\", text/html");
}

Test(accept, bytes_of_any_kind_are_no_range)
{
	cr_assert_not(prefers_html(LITERAL("text/html\0")));
	cr_assert_not(prefers_html(LITERAL("\0text/html")));
	cr_assert(prefers_html(LITERAL("\0,text/html,\xff/\xff")));
	cr_assert_not(prefers_html(LITERAL("text/html;q=\0001")));
	cr_assert_not(prefers_html(LITERAL("text/html;\0=1")));
}

Test(accept, longer_one_than_the_limit_is_not_looked_at)
{
	char accept[ACCEPT_MAX + 1];

	memset(accept, ' ', sizeof(accept));
	memcpy(accept, "text/html", 9);
	cr_assert(prefers_html((struct span){accept, ACCEPT_MAX}));
	cr_assert_not(prefers_html((struct span){accept, ACCEPT_MAX + 1}));
}

Test(accept, cut_anywhere_is_read_to_its_end_and_no_further)
{
	static const char accept[] =
	    "text/html;q=\"\\\";q=0.9, text/event-stream;q=0.5 , */*;q=0.1";

	for (size_t n = 0; n < sizeof(accept); n++)
		prefers_html((struct span){accept, n});
}

Test(accept, media_type_is_named_or_not)
{
	struct span scrape =
	    LITERAL("application/openmetrics-text;q=0.6, "
		    "Text/Plain;version=0.0.4;q=0.5,*/*;q=0.1");

	cr_assert(accept_names(scrape, "text/plain"));
	cr_assert_not(accept_names(scrape, "text/html"));
	cr_assert_not(accept_names(LITERAL("*/*, text/*"), "text/plain"));
	cr_assert_not(
	    accept_names(LITERAL("a;b=\", text/plain\""), "text/plain"));
	cr_assert_not(accept_names(LITERAL(""), "text/plain"));
	cr_assert_not(accept_names(ABSENT, "text/plain"));
	scrape.n = ACCEPT_MAX + 1;
	cr_assert_not(accept_names(scrape, "text/plain"));
}

Test(accept, gzip_is_taken_if_it_has_a_weight_and_none_is_greater)
{
	static const char *const taken[] = {"gzip", "gzip, deflate, br, zstd",
	    "deflate, gzip;q=1.0, *;q=0.5", "GZip", "x-gzip", "*", "*;q=0.001",
	    "identity;q=0.5, gzip;q=0.5", "identity;q=0, gzip;q=0.1",
	    "br;q=1, gzip ; q=0.2", "gzip;q=0, gzip", "a b, gzip"};
	static const char *const not_taken[] = {"", "identity", "br",
	    "gzip;q=0", "gzip;q=0.000, *", "*;q=0", "identity, gzip;q=0.9",
	    "gzip;q=1.1", "gzip;q=0.0001", "gzip;q=", "gzip;level=9", "gzipped",
	    "*/*", "\"gzip\"", "x-gzip;q=0, *"};
	struct span scrape = LITERAL("gzip");

	for (size_t i = 0; i < LENGTH(taken); i++)
		cr_expect(accept_takes_gzip(span_of(taken[i])), "%s", taken[i]);
	for (size_t i = 0; i < LENGTH(not_taken); i++)
		cr_expect_not(accept_takes_gzip(span_of(not_taken[i])), "%s",
		    not_taken[i]);
	cr_assert_not(accept_takes_gzip(ABSENT));
	scrape.n = ACCEPT_MAX + 1;
	cr_assert_not(accept_takes_gzip(scrape));
}
