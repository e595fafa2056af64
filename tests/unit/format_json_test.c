/* SPDX-License-Identifier: MIT */

#include "told.h"

Test(json, object_has_data_event_id_and_retry)
{
	CHECK("json",
	    "{\"retry\":5,\"id\":\"7\",\"event\":\"t\",\"data\":\"a\"}\n",
	    "(t|a|7|-|5)@44");
	CHECK("json", "{\"data\":\"a\"}\r\n{\"data\":\"b\"}", "(a)@14(b)@26");
}

Test(json, any_string_is_data)
{
	CHECK("json", "{\"data\":\"a\\nb\\r\\u0000\\u00e4\\\"\"}\n",
	    "(a\nb\r\0\xc3\xa4\")@32");
	CHECK("json", "{\"data\":\"\"}\n", "()@12");
}

Test(json, other_values_are_sent_compact)
{
	static const struct {
		const char *value, *data;
	} cases[] = {
	    {"null", "null"},
	    {" true ", "true"},
	    {"false", "false"},
	    {"0", "0"},
	    {"-12", "-12"},
	    {"9223372036854775807", "9223372036854775807"},
	    {"99999999999999999999", "1e20"},
	    {"1.5", "1.5"},
	    {"0.1", "0.1"},
	    {"1e3", "1000.0"},
	    {"0.30000000000000004", "0.30000000000000004"},
	    {"1e300", "1e300"},
	    {"[]", "[]"},
	    {"{ }", "{}"},
	    {"[1, \"a\" , {\"b\": [ ]}]", "[1,\"a\",{\"b\":[]}]"},
	    {"{\"z\": 1, \"a\": 2}", "{\"z\":1,\"a\":2}"},
	    {"[\"\\u00e4\\n\\/\"]", "[\"\xc3\xa4\\n/\"]"},
	    {"[\"\\u0000\"]", "[\"\\u0000\"]"},
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		char line[100], wanted[100];

		snprintf(line, sizeof(line), "{\"data\":%s}\n", cases[i].value);
		snprintf(wanted, sizeof(wanted), "(%s)@%zu", cases[i].data,
		    strlen(line));
		check_all_ways(
		    "json", 100, AT_THE_START, span_of(line), span_of(wanted));
	}
}

Test(json, id_may_be_a_whole_number)
{
	CHECK("json", "{\"data\":\"\",\"id\":42}\n", "(-||42|-|-1)@20");
	CHECK("json", "{\"data\":\"\",\"id\":-9223372036854775808}\n",
	    "(-||-9223372036854775808|-|-1)@38");
}

Test(json, event_type_may_be_a_whole_number)
{
	CHECK("json", "{\"data\":\"\",\"event\":30}\n", "(30||-|-|-1)@23");
}

Test(json, whole_numbers_stay_so_beside_one_too_large)
{
	CHECK("json", "{\"data\":99999999999999999999,\"id\":7,\"retry\":5}\n",
	    "(-|1e20|7|-|5)@47");
	CHECK("json", "{\"data\":99999999999999999999,\"id\":-7}\n",
	    "(-|1e20|-7|-|-1)@38");
	CHECK("json", "{\"data\":\"\",\"id\":9007199254740992.0}\n",
	    "(-||9007199254740992|-|-1)@36");
	CHECK("json", "{\"data\":\"\",\"id\":-9007199254740992.0}\n",
	    "(-||-9007199254740992|-|-1)@37");
}

Test(json, empty_id_resets)
{
	CHECK("json", "{\"data\":\"\",\"id\":\"\"}\n", "(-|||-|-1)@20");
}

Test(json, id_or_type_that_would_break_a_line_is_ignored)
{
	CHECK("json", "{\"data\":\"a\",\"id\":\"1\\n\"}\n",
	    "<ignored an id with CR, LF or NUL or over 1024 bytes,0>@24(a)@24");
	CHECK("json", "{\"data\":\"a\",\"event\":\"\\rx\"}\n",
	    "<ignored an event type with CR, LF or NUL,0>@27(a)@27");
	CHECK("json", "{\"data\":\"a\",\"id\":\"\\u0000\"}\n",
	    "<ignored an id with CR, LF or NUL or over 1024 bytes,0>@27(a)@27");
}

Test(json, id_that_could_not_come_back_is_ignored)
{
	static const char reason[] =
	    "<ignored an id with CR, LF or NUL or over 1024 bytes,0>";

	for (size_t n = 1023; n <= 1025; n++) {
		struct told told = {.no_positions = true};
		struct input_format *format =
		    create("json", 2000, &told, AT_THE_START);
		struct bytes line = {0};

		sink_text(bytes_sink(&line), "{\"data\":\"a\",\"id\":\"");
		for (size_t i = 0; i < n; i++)
			bytes_put(&line, "x", 1);
		sink_text(bytes_sink(&line), "\"}\n");
		feed(format, &told, bytes_span(&line));
		cr_assert_eq(told.n_events, 1);
		cr_assert_eq(strncmp(told.text.at, reason, strlen(reason)) == 0,
		    n > 1024);
		bytes_free(&line);
		bytes_free(&told.text);
		input_format_destroy(format);
	}
}

Test(json, other_members_are_ignored)
{
	CHECK("json", "{\"x\":[1],\"data\":\"a\",\"Data\":2}\n", "(a)@30");
}

Test(json, empty_line_is_nothing)
{
	CHECK("json", "\n\r\n \t\n", "");
}

static void
check_bad_json(const char *line, const char *reason)
{
	char input[200], wanted[300];

	snprintf(input, sizeof(input), "%s\n{\"data\":\"a\"}\n", line);
	snprintf(wanted, sizeof(wanted), "<skipped a %s,%zu>@%zu(a)@%zu",
	    reason, strlen(line), strlen(line) + 1, strlen(input));
	check_all_ways(
	    "json", 100, AT_THE_START, span_of(input), span_of(wanted));
}

Test(json, line_that_is_no_json_is_skipped_and_the_next_is_not)
{
	static const char *const bad[] = {"x", "{", "}", "{\"data\":\"a\"",
	    "{\"data\":\"a\"}}", "{\"data\":\"a\"} {\"data\":\"b\"}",
	    "{\"data\":'a'}", "{\"data\":\"\\ud800\"}", "{\"data\":1e999}",
	    "{\"data\":\"a\",}", "{data:1}", "{\"data\":\"\t\"}",
	    "{\"data\":1e99999}"};

	for (size_t i = 0; i < LENGTH(bad); i++)
		check_bad_json(bad[i], "line that is not JSON");
}

Test(json, value_that_is_no_object_is_skipped_and_the_next_is_not)
{
	static const char *const bad[] = {"[]", "[1, 2]", "\"a\"", "1", "-0.5",
	    "99999999999999999999", "null", "true"};

	for (size_t i = 0; i < LENGTH(bad); i++)
		check_bad_json(bad[i], "JSON value that is not an object");
}

/* With --json. */

static void
check_mapped(const char *mapping, struct span input, struct span wanted)
{
	struct json_members members;
	struct told told = {.no_positions = true};
	struct event_sink sink = {on_event, on_reject, &told};
	struct input_format *format;

	cr_assert_null(json_members_parse(&members, mapping));
	format = input_format_create(&format_json,
	    (struct input_options){.max_event = 100, .json = &members}, sink,
	    AT_THE_START);
	feed(format, &told, input);
	assert_span(bytes_span(&told.text), wanted);
	input_format_destroy(format);
	bytes_free(&told.text);
}

Test(json, members_of_other_names_become_the_fields)
{
	check_mapped("data=MESSAGE,id=__CURSOR,event=level",
	    LITERAL(
		"{\"MESSAGE\":\"x\",\"__CURSOR\":\"s=1;i=2\",\"level\":30}\n"
		"{\"MESSAGE\":[104,105]}\n"),
	    LITERAL("(30|x|s=1;i=2|-|-1)([104,105])"));
}

Test(json, members_that_are_not_mapped_are_ignored)
{
	check_mapped("data=msg",
	    LITERAL("{\"msg\":\"x\",\"data\":1,\"id\":{},\"event\":null,"
		    "\"retry\":\"no\"}\n"),
	    LITERAL("(x)"));
	check_mapped(
	    "id=data", LITERAL("{\"data\":7}\n"), LITERAL("(-|7|7|-|-1)"));
}

Test(json, object_without_the_mapped_data_is_skipped)
{
	check_mapped("data=msg", LITERAL("{\"data\":1}\n"),
	    LITERAL("<skipped a JSON object without the member that --json "
		    "names for data,10>"));
}

Test(json, what_the_format_wants_is_said_where_it_seems_to_be_the_wrong_one)
{
	static const struct {
		struct span line;
		bool has_hint;
	} cases[] = {
	    {LITERAL("x\n"), true},
	    {LITERAL("[1,2]\n"), true},
	    {LITERAL("7\n"), true},
	    {LITERAL("{\"level\":30,\"msg\":\"hi\"}\n"), true},
	    {LITERAL("{\"data\":1,\"id\":{}}\n"), false},
	    {LITERAL("{\"data\":1,\"retry\":-1}\n"), false},
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct told told = {0};
		struct input_format *format =
		    create("json", 100, &told, AT_THE_START);

		feed(format, &told, cases[i].line);
		cr_assert_eq(told.hint != NULL, cases[i].has_hint, "%zu", i);
		if (told.hint)
			cr_assert_not_null(strstr(told.hint, "-f lines"));
		input_format_destroy(format);
		bytes_free(&told.text);
	}
}

Test(json, object_without_data_is_skipped)
{
	check_bad_json("{}", "JSON object without \"data\"");
	check_bad_json("{\"event\":\"a\"}", "JSON object without \"data\"");
}

Test(json, object_with_a_member_of_the_wrong_type_is_skipped)
{
	static const char *const not_strings[] = {
	    "null", "true", "1.5", "[]", "{}"};
	static const char *const not_times[] = {
	    "null", "\"1\"", "1.5", "-1", "[]"};
	char line[100];

	for (size_t i = 0; i < LENGTH(not_strings); i++) {
		snprintf(line, sizeof(line), "{\"data\":\"\",\"id\":%s}",
		    not_strings[i]);
		check_bad_json(line,
		    "JSON object whose id is neither a string nor a whole number");
		snprintf(line, sizeof(line), "{\"data\":\"\",\"event\":%s}",
		    not_strings[i]);
		check_bad_json(line,
		    "JSON object whose event type is neither a string nor a whole number");
	}
	check_bad_json("{\"data\":\"\",\"id\":9007199254740994.0}",
	    "JSON object whose id is neither a string nor a whole number");
	check_bad_json("{\"data\":\"\",\"id\":-9007199254740994.0}",
	    "JSON object whose id is neither a string nor a whole number");
	check_bad_json("{\"data\":\"\",\"event\":1.5}",
	    "JSON object whose event type is neither a string nor a whole number");
	for (size_t i = 0; i < LENGTH(not_times); i++) {
		snprintf(line, sizeof(line), "{\"data\":\"\",\"retry\":%s}",
		    not_times[i]);
		check_bad_json(line,
		    "JSON object whose \"retry\" is not a number of "
		    "milliseconds");
	}
}

Test(json, retry_of_zero_is_a_time)
{
	CHECK("json", "{\"data\":\"\",\"retry\":0}\n", "(-||-|-|0)@22");
}

Test(json, ill_formed_utf8_becomes_replacement_characters)
{
	CHECK("json",
	    "{\"data\":\"\xff"
	    "a\xe2\x82\"}\n",
	    "<encoding>@16(\xef\xbf\xbd"
	    "a\xef\xbf\xbd)@16");
	CHECK("json", "\xff\n",
	    "<encoding>@2<skipped a line that is not JSON,1>@2");
}

Test(json, nul_in_the_line_is_not_json)
{
	CHECK("json", "{\"data\":\"a\"}\0\n",
	    "<skipped a line that is not JSON,13>@14");
}

Test(json, line_over_the_cap_is_rejected)
{
	CHECK_CAPPED("json", 12, "{\"data\":\"ab\"}\n{\"data\":\"a\"}",
	    OVER_CAP(13) "@14(a)@26");
}

Test(json, value_that_is_over_the_cap_when_it_is_written_is_rejected)
{
	/* twelve bytes become 100000000000000.0, or three times as many */
	CHECK_CAPPED("json", 16, "{\"data\":1e14}\n", OVER_CAP(13) "@14");
	CHECK_CAPPED("json", 17, "{\"data\":1e14}\n", "(100000000000000.0)@14");
	CHECK_CAPPED("json", 17, "{\"data\":\"\xff\xff\xff\xff\xff\xff\"}",
	    "<encoding>@17" OVER_CAP(17) "@17");
}

Test(json, deep_nesting_is_refused_and_not_followed)
{
	struct told told = {.no_positions = true};
	struct input_format *format =
	    create("json", 200000, &told, AT_THE_START);
	struct bytes line = {0};

	sink_text(bytes_sink(&line), "{\"data\":");
	for (unsigned i = 0; i < 100000; i++)
		bytes_put(&line, "[", 1);
	bytes_put(&line, "\n", 1);
	feed(format, &told, bytes_span(&line));
	assert_span(bytes_span(&told.text),
	    LITERAL("<skipped a line that is not JSON,100008>"));
	bytes_free(&line);
	bytes_free(&told.text);
	input_format_destroy(format);
}
