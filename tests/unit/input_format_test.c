/* SPDX-License-Identifier: MIT */

#include "told.h"

Test(input_format, is_found_by_its_name)
{
	static const char *const names[] = {
	    "lines", "blocks", "nul", "sse", "json"};
	char all[100] = "";

	for (size_t i = 0; i < LENGTH(names); i++) {
		const struct input_format_kind *kind =
		    input_format_find(names[i]);

		cr_assert_not_null(kind);
		cr_assert_str_eq(kind->name, names[i]);
		strcat(all, i ? ", " : "");
		strcat(all, names[i]);
	}
	cr_assert_str_eq(input_format_names(), all);
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
		check(names[i], LITERAL(""), LITERAL(""));
}

Test(input_format, sink_that_wants_no_more_keeps_the_rest_of_the_bytes)
{
	struct told told = {.one_at_a_time = true};
	struct input_format *format = create("lines", 100, &told, AT_THE_START);

	cr_assert_eq(input_format_feed(format, "a\nb\r\nc", 6), 2);
	cr_assert_eq(input_format_feed(format, "b\r\nc", 4), 3);
	cr_assert_eq(input_format_feed(format, "c", 1), 1);
	assert_span(
	    bytes_span(&told.text), LITERAL("(-|a|-|-|-1)@2(-|b|-|-|-1)@5"));
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
