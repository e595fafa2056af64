/* SPDX-License-Identifier: MIT */

#include "http/target.h"

#include "helpers.h"

static struct http_target
target_of(const char *text)
{
	struct http_target target;
	const char *wrong = http_target_parse(&target, text);

	cr_assert_null(wrong, "\"%s\": %s", text, wrong);
	return target;
}

static void
check_origin_form(const char *text, struct span path, const char *query)
{
	struct http_target target = target_of(text);

	assert_span(target.host, ABSENT);
	assert_span(target.path, path);
	assert_span(span_of(target.query), span_of(query));
}

Test(http_target, origin_form_is_a_path_and_perhaps_a_query)
{
	check_origin_form("/", LITERAL("/"), NULL);
	check_origin_form("/log", LITERAL("/log"), NULL);
	check_origin_form("/a/b/", LITERAL("/a/b/"), NULL);
	check_origin_form("/?", LITERAL("/"), "");
	check_origin_form("/log?x=y&z", LITERAL("/log"), "x=y&z");
	check_origin_form("/?a?b/c", LITERAL("/"), "a?b/c");
	check_origin_form("/%2F+%zz", LITERAL("/%2F+%zz"), NULL);
}

Test(http_target, path_is_taken_as_it_stands)
{
	check_origin_form("//", LITERAL("//"), NULL);
	check_origin_form("//host/", LITERAL("//host/"), NULL);
	check_origin_form("/../.", LITERAL("/../."), NULL);
	check_origin_form("/http://a/", LITERAL("/http://a/"), NULL);
	check_origin_form("/\xc3\xa4\xff", LITERAL("/\xc3\xa4\xff"), NULL);
}

static void
check_absolute_form(
    const char *text, struct span host, struct span path, const char *query)
{
	struct http_target target = target_of(text);

	assert_span(target.host, host);
	assert_span(target.path, path);
	assert_span(span_of(target.query), span_of(query));
}

Test(http_target, absolute_form_has_a_host)
{
	check_absolute_form("http://a/", LITERAL("a"), LITERAL("/"), NULL);
	check_absolute_form(
	    "http://a:80/log?x", LITERAL("a:80"), LITERAL("/log"), "x");
	check_absolute_form("HTTPS://[::1]:8080/a/b", LITERAL("[::1]:8080"),
	    LITERAL("/a/b"), NULL);
	check_absolute_form("http://a//b", LITERAL("a"), LITERAL("//b"), NULL);
}

Test(http_target, absolute_form_without_a_path_is_the_root)
{
	check_absolute_form("http://a", LITERAL("a"), LITERAL("/"), NULL);
	check_absolute_form("http://a?x", LITERAL("a"), LITERAL("/"), "x");
	check_absolute_form("http://", LITERAL(""), LITERAL("/"), NULL);
	check_absolute_form("http:///x", LITERAL(""), LITERAL("/x"), NULL);
}

Test(http_target, asterisk_is_the_server)
{
	check_origin_form("*", LITERAL("*"), NULL);
}

static void
check_wrong(const char *text)
{
	struct http_target target;

	cr_assert_not_null(http_target_parse(&target, text), "%s", text);
}

Test(http_target, anything_else_is_wrong)
{
	static const char *const wrong[] = {"", "log", "?x", "**", "*/", "a:80",
	    "ftp://a/", "http:/a", "file:///etc/passwd"};

	for (size_t i = 0; i < LENGTH(wrong); i++)
		check_wrong(wrong[i]);
}

Test(http_target, has_no_space_control_character_or_fragment)
{
	char text[] = "/a_b?c";

	for (int c = 1; c < 256; c++) {
		struct http_target target;
		bool is_bad = c <= ' ' || c == 0x7f || c == '#';

		text[2] = (char)c;
		cr_assert_eq(
		    http_target_parse(&target, text) != NULL, is_bad, "%d", c);
	}
	check_wrong("/a?b#c");
	check_wrong("http://a#b/");
}

static void
check_path(struct span path, struct span wanted)
{
	char *copy = copy_of(path), *out = malloc(path.n + 1);

	cr_assert(http_decode_path(out, (struct span){copy, path.n}));
	assert_span(span_of(out), wanted);
	free(copy);
	free(out);
}

Test(http_path, is_decoded)
{
	check_path(LITERAL("/"), LITERAL("/"));
	check_path(LITERAL(""), LITERAL(""));
	check_path(LITERAL("/a+b"), LITERAL("/a+b"));
	check_path(LITERAL("/%41%7e%2F%2f"), LITERAL("/A~//"));
	check_path(LITERAL("/%c3%A4%ff"), LITERAL("/\xc3\xa4\xff"));
	check_path(LITERAL("/%2541"), LITERAL("/%41"));
	check_path(LITERAL("%01%10"), LITERAL("\x01\x10"));
}

static void
check_bad_path(struct span path)
{
	char *copy = copy_of(path), *out = malloc(path.n + 1);

	cr_assert_not(http_decode_path(out, (struct span){copy, path.n}));
	free(copy);
	free(out);
}

Test(http_path, with_a_broken_escape_is_none)
{
	static const struct span paths[] = {LITERAL("%"), LITERAL("/%4"),
	    LITERAL("/%%41"), LITERAL("/%4g"), LITERAL("/%g4"), LITERAL("/%:0"),
	    LITERAL("/%/0"), LITERAL("/%@0"), LITERAL("/%`0"), LITERAL("/%+1"),
	    LITERAL("/% 1"), LITERAL("/%-1")};

	for (size_t i = 0; i < LENGTH(paths); i++)
		check_bad_path(paths[i]);
}

Test(http_path, with_a_nul_is_none)
{
	check_bad_path(LITERAL("/%00"));
	check_bad_path(LITERAL("/log%00.html"));
}

Test(http_host, is_a_name_with_or_without_a_port)
{
	assert_span(http_host_name(LITERAL("a")), LITERAL("a"));
	assert_span(http_host_name(LITERAL("a.b:80")), LITERAL("a.b"));
	assert_span(http_host_name(LITERAL("a:")), LITERAL("a"));
	assert_span(
	    http_host_name(LITERAL("127.0.0.1:1")), LITERAL("127.0.0.1"));
	assert_span(http_host_name(LITERAL("[::1]")), LITERAL("::1"));
	assert_span(http_host_name(LITERAL("[::1]:")), LITERAL("::1"));
	assert_span(http_host_name(LITERAL("[::1]:80")), LITERAL("::1"));
}

Test(http_host, that_is_no_name_is_none)
{
	static const struct span hosts[] = {ABSENT, LITERAL(""), LITERAL(":80"),
	    LITERAL("a:b"), LITERAL("a:80:80"), LITERAL("::1"), LITERAL("["),
	    LITERAL("[]"), LITERAL("[]:80"), LITERAL("[::1"),
	    LITERAL("[::1]80"), LITERAL("[::1]:8x"), LITERAL("[::1].a")};

	for (size_t i = 0; i < LENGTH(hosts); i++)
		assert_span(http_host_name(hosts[i]), ABSENT);
}

Test(http_host, of_this_machine_is_local)
{
	static const struct span hosts[] = {LITERAL("localhost"),
	    LITERAL("LocalHost:8080"), LITERAL("127.0.0.1"),
	    LITERAL("127.0.0.1:1"), LITERAL("[::1]"), LITERAL("[::1]:8080")};

	for (size_t i = 0; i < LENGTH(hosts); i++)
		cr_assert(http_host_is_local(hosts[i], NULL), "%zu", i);
}

Test(http_host, of_another_name_is_not_local)
{
	static const struct span hosts[] = {LITERAL(""),
	    LITERAL("evil.example"), LITERAL("localhost.evil"),
	    LITERAL("localhos"), LITERAL("xlocalhost"),
	    LITERAL("127.0.0.1.evil"), LITERAL("x@localhost"),
	    LITERAL("localhost:80@x"), LITERAL("localhost,evil"),
	    LITERAL(" localhost"), LITERAL("localhost\0x")};

	for (size_t i = 0; i < LENGTH(hosts); i++)
		cr_assert_not(http_host_is_local(hosts[i], NULL), "%zu", i);
}

static bool
is_among(struct span host)
{
	static const char *const names[] = {
	    "events.example.org", "10.0.0.1", "fd00::1", "[FD00:0::0:2]"};

	return http_host_is_among(host, names, LENGTH(names));
}

Test(http_host, of_an_allowed_name_is_known)
{
	static const struct span known[] = {LITERAL("events.example.org"),
	    LITERAL("Events.Example.ORG:8443"), LITERAL("10.0.0.1:80"),
	    LITERAL("[fd00::1]"), LITERAL("[FD00:0:0::1]:8080"),
	    LITERAL("[fd00::2]:8080")};
	static const struct span others[] = {LITERAL(""),
	    LITERAL("example.org"), LITERAL("xevents.example.org"),
	    LITERAL("events.example.org.evil"),
	    LITERAL("events.example.org:80@x"),
	    LITERAL("[events.example.org].evil"), LITERAL("10.0.0.10"),
	    LITERAL("[fd00::3]")};

	for (size_t i = 0; i < LENGTH(known); i++)
		cr_assert(is_among(known[i]), "%zu", i);
	for (size_t i = 0; i < LENGTH(others); i++)
		cr_assert_not(is_among(others[i]), "%zu", i);
	cr_assert_not(http_host_is_among(LITERAL("a"), NULL, 0));
}

Test(http_host, to_be_allowed_is_a_name_or_an_address)
{
	static const char *const right[] = {"a", "events.example.org",
	    "My_Host-1", "xn--mnchen-3ya.de", "1e100.net", "10.0.0.1", "::1",
	    "[::1]", "fd00::1"};
	static const char *const wrong[] = {"", ".", "*", "*.example.org",
	    "a.b.", ".a", "a..b", "a:80", "10.0.0.1:80", "[::1]:80", "[a]",
	    "[::1", "127.1", "256.0.0.1", "1", "http://a", "a/b", "a b",
	    "m\xc3\xbcnchen.de", "a,b", "x@a", "fe80::1%eth0"};

	for (size_t i = 0; i < LENGTH(right); i++)
		cr_assert_null(http_host_check(right[i]), "%s", right[i]);
	for (size_t i = 0; i < LENGTH(wrong); i++)
		cr_assert_not_null(http_host_check(wrong[i]), "%s", wrong[i]);
}

Test(http_host, that_was_asked_for_is_local)
{
	cr_assert(http_host_is_local(LITERAL("My.Host:80"), "my.host"));
	cr_assert(http_host_is_local(LITERAL("[fe80::1]:80"), "FE80::1"));
	cr_assert(http_host_is_local(LITERAL("localhost"), "my.host"));
	cr_assert_not(http_host_is_local(LITERAL("my.host.x"), "my.host"));
	cr_assert_not(http_host_is_local(LITERAL(""), ""));
}
