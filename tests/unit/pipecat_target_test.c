/* SPDX-License-Identifier: MIT */

#include "pipecat/target.h"

#include "helpers.h"

/* What is typed, and what becomes of it; without a URL it is refused. */
static const struct {
	const char *text, *url, *socket, *shown;
} rows[] = {
    {"http://h/a", "http://h/a", NULL, "http://h/a"},
    {"HTTPS://h:1", "HTTPS://h:1", NULL, "HTTPS://h:1"},
    {"h:8080/a?b=c#d", "http://h:8080/a?b=c", NULL, "http://h:8080/a"},
    {"http://u:p@h/a?token=t", "http://u:p@h/a?token=t", NULL, "http://h/a"},
    {"http://u@x:p@h/", "http://u@x:p@h/", NULL, "http://h/"},
    {"http://[::1]:1/", "http://[::1]:1/", NULL, "http://[::1]:1/"},
    {"unix:/s", "http://localhost/", "/s", "unix:/s"},
    {"unix:/s:/a?b", "http://localhost/a?b", "/s", "unix:/s:/a?b"},
    {"", NULL, NULL, NULL},
    {"http://", NULL, NULL, NULL},
    {"http://u@/a", NULL, NULL, NULL},
    {"ftp://h/", NULL, NULL, NULL},
    {"file:///etc/passwd", NULL, NULL, NULL},
    {"http://h/a b", NULL, NULL, NULL},
    {"http://h/\r\nX: y", NULL, NULL, NULL},
    {"unix:", NULL, NULL, NULL},
};

Test(pipecat_target, is_a_url_or_a_socket_and_shows_no_secret)
{
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct target target;
		const char *wanted = target_parse(&target, rows[i].text);

		cr_assert_eq(wanted == NULL, rows[i].url != NULL, "%s: %s",
		    rows[i].text, wanted);
		assert_span(owned_span(&target.url), span_of(rows[i].url));
		assert_span(
		    owned_span(&target.socket), span_of(rows[i].socket));
		assert_span(owned_span(&target.shown), span_of(rows[i].shown));
		target_fini(&target);
	}
}

Test(pipecat_target, takes_parameters_and_other_paths)
{
	struct span url = span_of("http://u@h:1/a?b=c");
	struct owned first = target_with_parameter(
	    span_of("http://h/"), "x", span_of("1 &\xc3\xa4"));
	struct owned second = target_with_parameter(url, "x", span_of("y"));

	assert_span(owned_span(&first), span_of("http://h/?x=1%20%26%C3%A4"));
	assert_span(owned_span(&second), span_of("http://u@h:1/a?b=c&x=y"));
	owned_free(&first);
	owned_free(&second);
}

Test(pipecat_target, finds_names_below_each_part_of_the_path)
{
	static const struct {
		const char *url;
		size_t n_up;
		const char *found; /* NULL: nothing */
	} names[] = {
	    {"http://u@h:1/a/b/?q=/c", 0, "http://u@h:1/a/b/.probe?q=/c"},
	    {"http://h/a/b", 1, "http://h/a/.probe"},
	    {"http://h//a//b", 2, "http://h/.probe"},
	    {"http://h/a/b", 3, NULL},
	    {"http://h", 0, "http://h/.probe"},
	    {"http://h/", 1, NULL},
	    {"nonsense", 0, NULL},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct owned found = target_below(
		    span_of(names[i].url), names[i].n_up, "/.probe");

		assert_span(owned_span(&found), span_of(names[i].found));
		owned_free(&found);
	}
}
