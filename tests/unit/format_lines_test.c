/* SPDX-License-Identifier: MIT */

#include "told.h"

/* lines */

Test(lines, each_line_is_an_event)
{
	check("lines", LITERAL("ab\nc\rd\r\ne\n"),
	    LITERAL("(-|ab|-|-|-1)@3(-|c|-|-|-1)@5(-|d|-|-|-1)@8"
		    "(-|e|-|-|-1)@10"));
}

Test(lines, empty_line_is_an_event_with_empty_data)
{
	check("lines", LITERAL("\n\r\n\ra"),
	    LITERAL("(-||-|-|-1)@1(-||-|-|-1)@3(-|a|-|-|-1)@5"));
}

Test(lines, last_line_needs_no_end)
{
	check("lines", LITERAL("a\nbc"),
	    LITERAL("(-|a|-|-|-1)@2(-|bc|-|-|-1)@4"));
}

Test(lines, bytes_are_passed_on_as_they_are)
{
	check("lines", LITERAL(" \0\xff:\xe2\x80\xa8\n"),
	    LITERAL("<encoding>@8(-| \0\xff:\xe2\x80\xa8|-|-|-1)@8"));
}

Test(lines, line_over_the_cap_is_rejected_and_the_next_is_not)
{
	check_capped("lines", 3, LITERAL("abc\nabcd\r\nabc\nabcde"),
	    LITERAL("(-|abc|-|-|-1)@4"
		    "<skipped an event over --max-event,4>@10"
		    "(-|abc|-|-|-1)@14"
		    "<skipped an event over --max-event,5>@19"));
}

Test(lines, in_the_middle_the_rest_of_a_line_is_passed_over)
{
	struct input_start middle = {
	    .position = 50, .in_middle = true, .end = 99};

	check_all_ways("lines", 100, middle, LITERAL("ab\nc\nd"),
	    LITERAL("(-|c|-|-|-1)@55(-|d|-|-|-1)@56"));
	check_all_ways(
	    "lines", 100, middle, LITERAL("\n\n"), LITERAL("(-||-|-|-1)@52"));
	check_all_ways("lines", 100, middle, LITERAL("ab"), LITERAL(""));
	check_all_ways("lines", 1, middle, LITERAL("abc\nd\n"),
	    LITERAL("(-|d|-|-|-1)@56"));
}

Test(lines, line_that_began_too_far_back_is_a_loss_if_it_ends_now)
{
	struct input_start middle = {
	    .position = 50, .in_middle = true, .end = 52};

	check_all_ways("lines", 100, middle, LITERAL("abc\nd\n"),
	    LITERAL("<skipped an event that began too far back to be read,0>@54"
		    "(-|d|-|-|-1)@56"));
	check_all_ways("lines", 1, middle, LITERAL("abc"),
	    LITERAL(
		"<skipped an event that began too far back to be read,0>@53"));
	check_all_ways("lines", 100, middle, LITERAL("a\nd\n"),
	    LITERAL("(-|d|-|-|-1)@54"));
	check_all_ways("lines", 100, middle, LITERAL("\r\nd\n"),
	    LITERAL("(-|d|-|-|-1)@54"));
	check_all_ways("lines", 100, middle, LITERAL("ab"), LITERAL(""));
}

Test(lines, after_a_cr_the_lf_belongs_to_the_line_before)
{
	struct input_start start = {.position = 50, .after_cr = true};

	check_all_ways(
	    "lines", 100, start, LITERAL("\na\n"), LITERAL("(-|a|-|-|-1)@53"));
	check_all_ways(
	    "lines", 100, start, LITERAL("a\n"), LITERAL("(-|a|-|-|-1)@52"));
	start.in_middle = true;
	start.end = 99;
	check_all_ways("lines", 100, start, LITERAL("\na\nb\n"),
	    LITERAL("(-|b|-|-|-1)@55"));
}

Test(lines, progress_is_an_event_when_the_input_pauses)
{
	struct told told = {0};
	struct input_format *format = create("lines", 100, &told, AT_THE_START);

	feed_and_pause(
	    format, &told, LITERAL("\r1%"), LITERAL("(-|1%|-|-|-1)@3"));
	feed_and_pause(
	    format, &told, LITERAL("\r2%"), LITERAL("(-|2%|-|-|-1)@6"));
	feed_and_pause(format, &told, LITERAL("\ndone"), LITERAL(""));
	feed_and_pause(
	    format, &told, LITERAL(".\n"), LITERAL("(-|done.|-|-|-1)@13"));
	input_format_destroy(format);
	bytes_free(&told.text);
}

Test(lines, after_an_event_of_a_pause_the_end_of_its_line_is_none)
{
	struct input_start inside = {.position = 50, .inside_line = true};

	check_all_ways("lines", 100, inside, LITERAL("\r2%\n"),
	    LITERAL("(-|2%|-|-|-1)@54"));
	check_all_ways(
	    "lines", 100, inside, LITERAL("\n\n"), LITERAL("(-||-|-|-1)@52"));
}

/* nul */

Test(nul, each_string_is_an_event)
{
	check("nul", LITERAL("ab\0c\nd\r\0\0e"),
	    LITERAL("(-|ab|-|-|-1)@3(-|c\nd\r|-|-|-1)@8(-||-|-|-1)@9"
		    "(-|e|-|-|-1)@10"));
}

Test(nul, string_over_the_cap_is_rejected_and_the_next_is_not)
{
	check_capped("nul", 3, LITERAL("a\nbc\0abc\0"),
	    LITERAL("<skipped an event over --max-event,4>@5"
		    "(-|abc|-|-|-1)@9"));
}

Test(nul, in_the_middle_the_rest_of_a_string_is_passed_over)
{
	struct input_start middle = {
	    .position = 5, .in_middle = true, .end = 99};

	check_all_ways("nul", 100, middle, LITERAL("a\nb\0c\0"),
	    LITERAL("(-|c|-|-|-1)@11"));
}
