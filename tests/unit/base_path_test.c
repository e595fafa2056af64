/* SPDX-License-Identifier: MIT */

#include "http/base_path.h"

#include "helpers.h"

static void
check(const char *base_path, const char *script_name, const char *path_info,
    struct span wanted)
{
	assert_span(base_path_strip(base_path, path_info, script_name), wanted);
}

/*
 * What each server sets for BASE/load and for BASE, with BASE as the base path.
 */
Test(base_path, is_dropped_wherever_a_server_leaves_it)
{
	static const char base[] = "/tools/events";
	static const char load[] = "/tools/events/load";

	/* nginx with fastcgi_params only, Apache ProxyPass, HAProxy */
	check(base, load, NULL, LITERAL("load"));
	check(base, base, NULL, ABSENT);
	/* nginx with a PATH_INFO of its own */
	check(base, load, "/load", LITERAL("load"));
	check(base, base, "", ABSENT);
	/* Apache with proxy-fcgi-pathinfo, lighttpd, Caddy with split */
	check(base, base, "/load", LITERAL("load"));
	check(base, base, "/", ABSENT);
	/* Caddy's transport fastcgi, h2o */
	check(base, "", load, LITERAL("load"));
	check(base, "", base, ABSENT);
	check(base, "", "/tools/events/", ABSENT);
	/* Caddy's handle_path */
	check(base, "", "/load", LITERAL("load"));
	check(base, "", "/", ABSENT);
	/* an HTTP proxy that does not strip, and one that does */
	check(base, NULL, load, LITERAL("load"));
	check(base, NULL, "/load", LITERAL("load"));
}

Test(base_path, is_dropped_in_whole_segments)
{
	check("/a/b", NULL, "/a/bc", LITERAL("a/bc"));
	check("/a/b", NULL, "/a", LITERAL("a"));
	check("/a/b", NULL, "/x/a/b", LITERAL("x/a/b"));
	check("/a/b", NULL, "/a/B/c", LITERAL("a/B/c"));
	check("/a/b", NULL, "/a/b/c/d", LITERAL("c/d"));
	check("/a", NULL, "/a/a", LITERAL("a"));
}

Test(base_path, that_the_script_is_not_below_is_the_root)
{
	check("/a/b", "/cgi-bin/events.cgi", NULL, ABSENT);
	check("/a/b", "/a/bc", NULL, ABSENT);
	check("/a/b", "/a", "", ABSENT);
	check("/a/b", NULL, NULL, ABSENT);
	check("/a/b", "", "", ABSENT);
}

/* Without a base path a script's name is its own. */
Test(base_path, of_none_leaves_path_info_alone)
{
	static const char *const none[] = {NULL, "", "/"};

	for (size_t i = 0; i < LENGTH(none); i++) {
		check(none[i], "/events/load", NULL, ABSENT);
		check(none[i], "/events/load", "", ABSENT);
		check(none[i], "/events", "/load", LITERAL("load"));
		check(none[i], NULL, "/a/b", LITERAL("a/b"));
		check(none[i], NULL, "load", LITERAL("load"));
	}
}

Test(base_path, slashes_that_mean_nothing_are_passed_over)
{
	check(NULL, NULL, "/load/", LITERAL("load"));
	check(NULL, NULL, "//load", LITERAL("load"));
	check(NULL, NULL, "///load///", LITERAL("load"));
	check(NULL, NULL, "///", ABSENT);
	check(NULL, NULL, "/a//b/", LITERAL("a//b"));
	check("/a/b", NULL, "//a//b//load/", LITERAL("load"));
	check("/a/b/", NULL, "/a/b/load", LITERAL("load"));
	check("/a/b/", NULL, "/a/b", ABSENT);
}

Test(base_path, is_compared_decoded)
{
	check("/my%20tools/%C3%a4", NULL, "/my tools/\xc3\xa4/load",
	    LITERAL("load"));
	check("/a+b", NULL, "/a+b/load", LITERAL("load"));
	check("/a+b", NULL, "/a b/load", LITERAL("a b/load"));
	check("/a%2541", NULL, "/a%41/load", LITERAL("load"));
}

Test(base_path, is_an_absolute_path_of_a_url)
{
	static const char *const right[] = {"/", "/a", "/a/", "/tools/events",
	    "/a.b/~c/-_", "/...", "/my%20tools", "/%C3%A4", "/a+b;c=d@e:f,!"};
	static const char *const wrong[] = {"", "a", "a/b", "//", "//a",
	    "/a//b", "/a//", "/.", "/..", "/a/../b", "/a/%2e%2E", "/a?b",
	    "/a#b", "/a b", "/\xc3\xa4", "/a%", "/a%2", "/a%2x", "/a%00",
	    "/a%2Fb", "/a\\b", "/a\"", "/<a>", "/a\n", "/a\x7f", "http://a/b"};

	for (size_t i = 0; i < LENGTH(right); i++)
		cr_assert_null(base_path_check(right[i]), "%s", right[i]);
	for (size_t i = 0; i < LENGTH(wrong); i++)
		cr_assert_not_null(base_path_check(wrong[i]), "%s", wrong[i]);
}

Test(base_path, path_has_no_slash_at_its_end)
{
	assert_span(base_path_trim("/a/b"), LITERAL("/a/b"));
	assert_span(base_path_trim("/a/b/"), LITERAL("/a/b"));
	assert_span(base_path_trim("/"), LITERAL(""));
	assert_span(base_path_trim(NULL), LITERAL(""));
}
