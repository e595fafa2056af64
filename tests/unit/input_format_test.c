/* SPDX-License-Identifier: MIT */

#include "told.h"

Test(input_format, is_found_by_its_name)
{
	static const char *const names[] = {
	    "lines", "blocks", "nul", "sse", "json"};
	for (size_t i = 0; i < LENGTH(names); i++) {
		const struct input_format_kind *kind =
		    input_format_find(names[i]);

		cr_assert_not_null(kind);
		cr_assert_str_eq(kind->name, names[i]);
		cr_assert_str_eq(input_format_name(i), names[i]);
	}
	cr_assert_null(input_format_name(LENGTH(names)));
}

Test(input_format, of_another_name_is_not_found)
{
	cr_assert_null(input_format_find(""));
	cr_assert_null(input_format_find("line"));
	cr_assert_null(input_format_find("LINES"));
	cr_assert_null(input_format_find("lines "));
	cr_assert_null(input_format_find("whole"));
}

Test(input_format, destroy_takes_null)
{
	input_format_destroy(NULL);
}

Test(input_format, may_be_destroyed_in_the_middle_of_anything)
{
	static const char *const names[] = {
	    "lines", "blocks", "nul", "sse", "json", "whole"};

	for (size_t i = 0; i < LENGTH(names); i++) {
		struct told told = {0};
		struct input_format *format =
		    create(names[i], 100, &told, AT_THE_START);

		feed(format, &told,
		    LITERAL("event: a\nid: b\ndata: c\n{\"data\""));
		input_format_destroy(format);
		bytes_free(&told.text);
	}
}

Test(input_format, of_empty_input_says_nothing)
{
	static const char *const names[] = {
	    "lines", "blocks", "nul", "sse", "json", "whole"};

	for (size_t i = 0; i < LENGTH(names); i++)
		check_all_ways(
		    names[i], 100, AT_THE_START, LITERAL(""), LITERAL(""));
}

Test(input_format, sink_that_wants_no_more_keeps_the_rest_of_the_bytes)
{
	struct told told = {.one_at_a_time = true};
	struct input_format *format = create("lines", 100, &told, AT_THE_START);

	cr_assert_eq(input_format_feed(format, "a\nb\r\nc", 6), 2);
	cr_assert_eq(input_format_feed(format, "b\r\nc", 4), 3);
	cr_assert_eq(input_format_feed(format, "c", 1), 1);
	assert_span(bytes_span(&told.text), LITERAL("(a)@2(b)@5"));
	input_format_destroy(format);
	bytes_free(&told.text);
}

Test(input_format, rejection_does_not_stop)
{
	struct told told = {.one_at_a_time = true};
	struct input_format *format = create("lines", 1, &told, AT_THE_START);

	cr_assert_eq(input_format_feed(format, "ab\ncd\ne\nf", 9), 8);
	input_format_destroy(format);
	bytes_free(&told.text);
}

Test(input_format, byte_order_mark_of_the_input_is_dropped)
{
	static const struct {
		const char *name;
		struct span input, told;
	} cases[] = {
	    {"lines",
		LITERAL("\xef\xbb\xbf"
			"a\n"),
		LITERAL("(a)@5")},
	    {"lines", LITERAL("\xef\xbb\xbf\n"), LITERAL("()@4")},
	    {"lines", LITERAL("\xef\xbb\xbf\r"), LITERAL("")},
	    {"lines", LITERAL("\xef\xbb\xbf"), LITERAL("")},
	    {"blocks",
		LITERAL("\xef\xbb\xbf"
			"a\n\n"),
		LITERAL("(a)@6")},
	    {"nul",
		LITERAL("\xef\xbb\xbf"
			"a\0"),
		LITERAL("(a)@5")},
	    {"json", LITERAL("\xef\xbb\xbf{\"data\":1}\n"), LITERAL("(1)@14")},
	    {"sse",
		LITERAL("\xef\xbb\xbf"
			"data: a\n\n"),
		LITERAL("(a)@12")},
	    {"whole",
		LITERAL("\xef\xbb\xbf"
			"a\nb\n"),
		LITERAL("(a\nb)@7")},
	};

	for (size_t i = 0; i < LENGTH(cases); i++)
		check_all_ways(cases[i].name, 100, AT_THE_START, cases[i].input,
		    cases[i].told);
}

Test(input_format, byte_order_mark_elsewhere_is_kept)
{
	struct input_start later = {.position = 3};

	CHECK("lines", "\xef\xbb\xbf\xef\xbb\xbf\n\xef\xbb\xbf\n",
	    "(\xef\xbb\xbf)@7(\xef\xbb\xbf)@11");
	CHECK_FROM("lines", later, "\xef\xbb\xbf\n", "(\xef\xbb\xbf)@7");
	CHECK("lines", "\xef\xbb\n", "<encoding>@3(\xef\xbb)@3");
	CHECK("lines", "\xef", "<encoding>@1(\xef)@1");
	CHECK_CAPPED("lines", 1, "long\n\xef\xbb\xbf\n",
	    OVER_CAP(4) "@5" OVER_CAP(3) "@9");
}

Test(input_format, another_encoding_is_told_of_once)
{
	CHECK("lines", "a\n\xe4\n\xf6\n", "(a)@2<encoding>@4(\xe4)@4(\xf6)@6");
	CHECK("json", "{\"data\":\"\xc3\xa4\xff\"}\n",
	    "<encoding>@15(\xc3\xa4\xef\xbf\xbd)@15");
}

/* More of them would come: a line, a string, an object, a field, a run. */
Test(input_format, pause_ends_nothing_that_is_unfinished)
{
	static const char *const names[] = {
	    "lines", "nul", "sse", "json", "whole"};

	for (size_t i = 0; i < LENGTH(names); i++) {
		begin_pauses(names[i], 100, AT_THE_START);
		PAUSE_AFTER("", "");
		PAUSE_AFTER("data: a", "");
		end_pauses();
	}
}
