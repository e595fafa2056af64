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
	    {"exec:a b", &source_command, "exec:COMMAND", "a b"},
	    {"every:3", &source_timer, "every:DURATION", "3"},
	    {"every:3:a", &source_timer, "every:DURATION:COMMAND", "3:a"},
	    {"spool:/a", &source_spool, "spool:PATH", "/a"},
	    {"memory:", &source_memory, "memory:", ""},
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
	    SOURCE_FORMAT, SOURCE_FORMAT | SOURCE_PTY, SOURCE_DATA, SOURCE_PTY,
	    SOURCE_POST, SOURCE_POST};
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
	    "", "x", "fil", "file", "File:a", "-x", "exec", "a=", "http:x"};

	for (size_t i = 0; i < LENGTH(wrong); i++)
		assert_wanted(wrong[i],
		    "-, fifo:PATH, file:PATH, exec:COMMAND, every:DURATION, "
		    "every:DURATION:COMMAND, spool:PATH or memory:, perhaps "
		    "with NAME= before it");
}

Test(source_spec, missing_argument_is_told_the_form)
{
	assert_wanted("file:", "file:PATH");
	assert_wanted("fifo:", "fifo:PATH");
	assert_wanted("a=exec:", "exec:COMMAND");
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
	    "a\x7f=-", "\xff=-",
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
}
