/* SPDX-License-Identifier: MIT */

#include "sources/source.h"

#include "helpers.h"

static const char *
parse(struct source_spec *spec, const char *text)
{
	*spec = source_spec_default;
	spec->post = true;
	return source_spec_parse(spec, text);
}

static void
assert_wanted(const char *text, const char *wanted)
{
	struct source_spec spec;
	const char *why = parse(&spec, text);

	cr_assert_not_null(why, "%s", text);
	cr_assert_str_eq(why, wanted, "%s: %s", text, why);
}

Test(source_spec, each_form_names_a_kind)
{
	static const struct {
		const char *text;
		const struct source_kind *kind;
		const char *form, *argument;
	} rows[] = {
	    {"-", &source_standard_input, "-", ""},
	    {"fifo:/a", &source_fifo, "fifo:PATH", "/a"},
	    {"file:a=b", &source_file, "file:PATH", "a=b"},
	    {"journal:", &source_journal, "journal:[ARGUMENTS]", ""},
	    {"journal:-u a", &source_journal, "journal:[ARGUMENTS]", "-u a"},
	    {"exec:a b", &source_command, "exec:COMMAND", "a b"},
	    {"every:3", &source_timer, "every:DURATION", "3"},
	    {"every:3:a", &source_timer, "every:DURATION:COMMAND", "3:a"},
	    {"spool:/a", &source_spool, "spool:PATH", "/a"},
	    {"memory:", &source_memory, "memory:", ""},
	    {"http://h/a=b", &source_relay, "http://HOST/PATH", "//h/a=b"},
	    {"https://h", &source_secure_relay, "https://HOST/PATH", "//h"},
	};

	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct source_spec spec;

		cr_assert_null(parse(&spec, rows[i].text), "%s", rows[i].text);
		cr_assert_eq(spec.kind, rows[i].kind);
		cr_assert_str_eq(spec.form->text, rows[i].form);
		cr_assert_str_eq(spec.argument, rows[i].argument);
		assert_span(spec.name, ABSENT);
		cr_assert_eq(spec.text, rows[i].text);
	}
}

Test(source_spec, forms_are_listed_with_their_help_and_options)
{
	static const unsigned options[] = {SOURCE_FORMAT, SOURCE_FORMAT,
	    SOURCE_FORMAT, 0, SOURCE_FORMAT | SOURCE_PTY | SOURCE_POST,
	    SOURCE_DATA, SOURCE_PTY, SOURCE_POST, SOURCE_POST, SOURCE_POST, 0,
	    0};
	const struct source_form *form;
	size_t n = 0;

	for (; (form = source_form_at(n)); n++) {
		cr_assert(*form->text && *form->help);
		cr_assert_lt(n, LENGTH(options));
		cr_assert_eq(form->options, options[n], "%s", form->text);
	}
	cr_assert_eq(n, LENGTH(options));
}

Test(source_spec, other_text_is_told_all_forms)
{
	static const char *const wrong[] = {
	    "", "x", "fil", "file", "File:a", "-x", "exec", "a=", "ftp://x"};

	for (size_t i = 0; i < LENGTH(wrong); i++)
		assert_wanted(wrong[i],
		    "-, fifo:PATH, file:PATH, journal:[ARGUMENTS], exec:COMMAND, "
		    "every:DURATION, "
		    "every:DURATION:COMMAND, spool:PATH, memory:, redis:KEY, "
		    "http://HOST/PATH or https://HOST/PATH, perhaps with "
		    "NAME= before it, or file:PATH, spool:PATH, memory: or "
		    "redis:KEY "
		    "with NAME/*= before it");
}

Test(source_spec, missing_argument_is_told_the_form)
{
	assert_wanted("file:", "file:PATH");
	assert_wanted("fifo:", "fifo:PATH");
	assert_wanted("a=exec:", "exec:COMMAND");
}

Test(source_spec, url_has_a_host_and_no_blank)
{
	static const char *const wrong[] = {"http:h", "http:/h", "http:///a",
	    "https://?a", "http://h/a b", "http://h/\n"};

	for (size_t i = 0; i < LENGTH(wrong); i++)
		assert_wanted(wrong[i],
		    "http://HOST[:PORT]/PATH or https://HOST[:PORT]/PATH");
}

Test(source_spec, memory_has_nothing_but_posts)
{
	struct source_spec spec = source_spec_default;

	cr_assert_str_eq(source_spec_parse(&spec, "memory:"),
	    "given with --post before it, because all its events come from "
	    "visitors");
	assert_wanted(
	    "memory:a", "memory: alone, with nothing after the colon");
}

Test(source_spec, posts_are_taken_where_the_kind_can)
{
	struct source_spec spec;

	cr_assert_null(parse(&spec, "memory:"));
	cr_assert(source_spec_takes_posts(&spec));
	cr_assert_null(parse(&spec, "file:a"));
	cr_assert_not(source_spec_takes_posts(&spec));
}

Test(source_spec, interval_is_a_duration_of_at_least_10_ms)
{
	static const char wanted[] =
	    "every:DURATION or every:DURATION:COMMAND, with a DURATION such "
	    "as 3, 3s, 250ms, 2m or 1h, at least 10ms";
	struct source_spec spec;

	cr_assert_null(parse(&spec, "every:10ms"));
	cr_assert_str_eq(spec.form->text, "every:DURATION");
	cr_assert_null(parse(&spec, "every:2m:echo :"));
	cr_assert_str_eq(spec.form->text, "every:DURATION:COMMAND");
	assert_wanted("every:", wanted);
	assert_wanted("every:9ms", wanted);
	assert_wanted("every:x:a", wanted);
	assert_wanted("every:3:", wanted);
	assert_wanted("every:00000000000000000000000000000000000003", wanted);
}

Test(source_spec, name_stands_before_the_kind)
{
	struct source_spec spec;

	cr_assert_null(parse(&spec, "a.b=file:c=d"));
	assert_span(spec.name, LITERAL("a.b"));
	cr_assert_str_eq(spec.argument, "c=d");
	assert_span(source_spec_event_type(&spec), LITERAL("a.b"));
	cr_assert_null(source_spec_set_event(&spec, "type"));
	assert_span(source_spec_event_type(&spec), LITERAL("type"));
}

Test(source_spec, name_that_cannot_stand_in_a_path_is_refused)
{
	static const char *const wrong[] = {".a=-", "a b=-", "a\"=-", "a\\=-",
	    "a\x7f=-", "\xff=-", "a\xc2\x85=-",
	    "a234567890123456789012345678901234567890123456789012345678901234"
	    "5=-"};
	struct source_spec spec;

	for (size_t i = 0; i < LENGTH(wrong); i++)
		assert_wanted(wrong[i],
		    "a NAME of up to 64 bytes of printable characters, without "
		    "space, quote, backslash or leading dot");
	cr_assert_null(parse(&spec,
	    "a23456789012345678901234567890123456789012345678901234567890123"
	    "4=-"));
	cr_assert_null(parse(&spec, "\xc3\xa4=-"));
}

Test(source_spec, name_that_is_a_type_of_eventsource_needs_another_type)
{
	struct source_spec spec = source_spec_default;

	assert_wanted("error=-",
	    "given another NAME, or an --event before it, because EventSource "
	    "has its own events called error and open");
	cr_assert_null(source_spec_set_event(&spec, "problem"));
	cr_assert_null(source_spec_parse(&spec, "error=-"));
}

Test(source_spec, event_type_is_one_line_that_eventsource_does_not_use)
{
	struct source_spec spec = source_spec_default;

	cr_assert_null(source_spec_set_event(&spec, "a b"));
	cr_assert_str_eq(
	    source_spec_set_event(&spec, ""), "an event type of one line");
	cr_assert_str_eq(
	    source_spec_set_event(&spec, "a\nb"), "an event type of one line");
	cr_assert_str_eq(source_spec_set_event(&spec, "open"),
	    "another event type, because EventSource has its own events called "
	    "error and open");
}

Test(source_spec, unknown_format_is_told_all_formats)
{
	struct source_spec spec = source_spec_default;

	cr_assert_eq(spec.format, &format_lines);
	cr_assert_str_eq(source_spec_set_format(&spec, "x"),
	    "lines, blocks, nul, sse or json");
	cr_assert_null(source_spec_set_format(&spec, "nul"));
	cr_assert_eq(spec.format, &format_nul);
}

Test(source_spec, json_members_go_with_the_json_format)
{
	struct source_spec spec = source_spec_default;

	cr_assert_null(source_spec_set_json(&spec, "data=a"));
	cr_assert_eq(spec.format, &format_json);
	cr_assert_str_eq(spec.json.data, "a");
	cr_assert_not_null(source_spec_set_format(&spec, "lines"));
	cr_assert_null(source_spec_set_format(&spec, "json"));
	/* The next source may have another format, and then no members. */
	spec.has_format = spec.has_json = false;
	cr_assert_null(source_spec_set_format(&spec, "lines"));
	cr_assert_str_eq(spec.json.data, "");
	cr_assert_not_null(source_spec_set_json(&spec, "data=a"));
}

Test(source_spec, data_is_a_format_of_strftime)
{
	struct source_spec spec = source_spec_default;
	char longest[1200];

	cr_assert_str_eq(spec.data, "%s.%f");
	cr_assert_null(source_spec_set_data(&spec, "%Y"));
	cr_assert_str_eq(spec.data, "%Y");
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	cr_assert_str_eq(source_spec_set_data(&spec, longest),
	    "a strftime format that makes less than 1000 bytes");
}

static void
assert_conflict(const char *a, const char *b, const char *wanted)
{
	struct source_spec of_a, of_b;
	const char *why;

	cr_assert_null(parse(&of_a, a));
	cr_assert_null(parse(&of_b, b));
	why = source_spec_conflict(&of_a, &of_b);
	cr_assert_eq(why == NULL, wanted == NULL, "%s, %s", a, b);
	if (why && wanted)
		cr_assert_str_eq(why, wanted);
}

Test(source_spec, sources_that_would_share_an_input_conflict)
{
	assert_conflict(
	    "a=-", "b=-", "each would get only a part of standard input");
	assert_conflict("fifo:/nowhere/a", "fifo:/nowhere/a",
	    "each would get only a part of the FIFO");
	assert_conflict("fifo:/dev/null", "fifo:/dev/../dev/null",
	    "each would get only a part of the FIFO");
	assert_conflict("fifo:/nowhere/a", "fifo:/nowhere/b", NULL);
	assert_conflict("file:/a", "file:/a", NULL);
	assert_conflict("file:/a", "fifo:/a", NULL);
	assert_conflict("a=file:/a", "a=exec:b",
	    "they have the same name; to give both one event type, use "
	    "--event");
	assert_conflict("a/*=file:/a/*", "a/*=file:/b/*",
	    "they have the same name; to give both one event type, use "
	    "--event");
	assert_conflict("a/*=file:/a/*", "a=file:/a/a", NULL);
}

/* Templates. */

Test(source_spec, template_is_named_with_a_star)
{
	struct source_spec spec;

	cr_assert_null(parse(&spec, "a.b/*=file:/c/*"));
	cr_assert(source_spec_is_template(&spec));
	assert_span(spec.name, LITERAL("a.b"));
	assert_span(source_spec_stream_name(&spec), LITERAL("a.b/*"));
	assert_span(source_spec_event_type(&spec), LITERAL("a.b"));
	cr_assert_str_eq(spec.argument, "/c/*");
	cr_assert_null(parse(&spec, "a=file:/*"));
	cr_assert_not(source_spec_is_template(&spec));
	assert_span(source_spec_stream_name(&spec), LITERAL("a"));
}

Test(source_spec, no_visitor_writes_a_word_of_a_command)
{
	static const char wanted[] =
	    "file:PATH, spool:PATH, memory: or redis:KEY after NAME/*=";

	assert_wanted("a/*=exec:cat *", wanted);
	assert_wanted("a/*=every:3:*", wanted);
	assert_wanted("a/*=-", wanted);
	assert_wanted("a/*=fifo:*", wanted);
}

Test(source_spec, template_needs_a_place_for_the_name)
{
	struct source_spec spec = source_spec_default;

	cr_assert_null(source_spec_set_post(&spec, NULL));
	cr_assert_null(source_spec_parse(&spec, "a/*=memory:"));
	assert_wanted("a/*=file:/c",
	    "file:PATH with a * in place of the name, after NAME/*=");
	assert_wanted("a/*=file:", "file:PATH");
	cr_assert_null(parse(&spec, "a/*=spool:/c/*.sse"));
	assert_wanted("a/*=spool:/c/*",
	    "spool:PATH with a * in its last segment and something behind "
	    "that, as in /var/spool/pipecast/*.sse, after NAME/*=");
	assert_wanted("a/*=spool:/*/c",
	    "spool:PATH with a * in its last segment and something behind "
	    "that, as in /var/spool/pipecast/*.sse, after NAME/*=");
	assert_wanted(".a/*=file:/*",
	    "a NAME of up to 64 bytes of printable characters, without space, "
	    "quote, backslash or leading dot");
}

static void
assert_made(const char *template, const char *part, const char *text,
    const char *argument, const char *asked)
{
	struct source_spec of, *made;
	struct span found;
	char name[200];

	cr_assert_null(parse(&of, template));
	snprintf(
	    name, sizeof(name), "%.*s/%s", (int)of.name.n, of.name.bytes, part);
	cr_assert(source_spec_matches(&of, span_of(name), &found), "%s", name);
	assert_span(found, span_of(part));
	made = source_spec_make(&of, found);
	cr_assert_str_eq(made->text, text);
	cr_assert_str_eq(made->argument, argument);
	cr_assert_str_eq(made->argument_asked, asked);
	cr_assert_eq(made->template, &of);
	cr_assert_not(source_spec_is_template(made));
	assert_span(source_spec_stream_name(made), span_of(name));
	assert_span(source_spec_event_type(made), of.name);
	free(made);
}

Test(source_spec, star_in_the_argument_stands_for_the_name)
{
	assert_made(
	    "a/*=file:/c/*.log", "b", "a/b=file:/c/b.log", "/c/b.log", "b.log");
	assert_made("a/*=file:*", "b", "a/b=file:b", "b", "b");
	assert_made("a/*=file:/x*/*y", "bc", "a/bc=file:/xbc/bcy", "/xbc/bcy",
	    "xbc/bcy");
	assert_made("*a*/*=file:/*", "\xc3\xa4&?[.",
	    "*a*/\xc3\xa4&?[.=file:/"
	    "\xc3\xa4&?[.",
	    "/\xc3\xa4&?[.", "\xc3\xa4&?[.");
}

#define OF_64 "a234567890123456789012345678901234567890123456789012345678901234"

Test(source_spec, name_that_could_lead_elsewhere_is_none_of_a_template)
{
	static const struct span wrong[] = {LITERAL("a/"), LITERAL("a"),
	    LITERAL("a/."), LITERAL("a/.."), LITERAL("a/.b"), LITERAL("a/b/c"),
	    LITERAL("a/../b"), LITERAL("a/b/"), LITERAL("a//b"),
	    LITERAL("/a/b"), LITERAL("b/b"), LITERAL("aa/b"), LITERAL("A/b"),
	    LITERAL("a/*"), LITERAL("a/b*"), LITERAL("a/%2e"), LITERAL("a/b%"),
	    LITERAL("a/b=c"), LITERAL("a/b:c"), LITERAL("a/b c"),
	    LITERAL("a/b\n"), LITERAL("a/b\t"), LITERAL("a/b\0"),
	    LITERAL("a/b\0c"), LITERAL("a/\0"), LITERAL("a/b\x7f"),
	    LITERAL("a/b\\c"), LITERAL("a/b\"c"),
	    /* a dot and a slash in too many bytes, a half, NEL of C1 */
	    LITERAL("a/\xc0\xae\xc0\xae"), LITERAL("a/b\xc0\xaf"),
	    LITERAL("a/\xe0\x80\xae"), LITERAL("a/b\xc3"),
	    LITERAL("a/b\xc2\x85"), LITERAL("a/b\xed\xa0\x80"),
	    LITERAL("a/" OF_64 "5"), LITERAL(""), {NULL, 0}};
	struct source_spec spec;
	struct span part;

	cr_assert_null(parse(&spec, "a/*=file:/c/*"));
	for (size_t i = 0; i < LENGTH(wrong); i++)
		cr_assert_not(
		    source_spec_matches(&spec, wrong[i], &part), "%zu", i);
	cr_assert(source_spec_matches(&spec, LITERAL("a/" OF_64), &part));
	cr_assert_null(parse(&spec, "a=file:/c/*"));
	cr_assert_not(source_spec_matches(&spec, LITERAL("a/b"), &part));
}
