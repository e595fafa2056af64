/* SPDX-License-Identifier: MIT */

#include "told.h"

/* lines */

Test(lines, each_line_is_an_event)
{
	CHECK("lines", "ab\nc\rd\r\ne\n", "(ab)@3(c)@5(-|d|-|cr|-1)@8(e)@10");
}

Test(lines, empty_line_is_an_event_with_empty_data)
{
	CHECK("lines", "\n\r\n\ra", "()@1()@3(a)@5");
}

Test(lines, last_line_needs_no_end)
{
	CHECK("lines", "a\nbc", "(a)@2(bc)@4");
}

Test(lines, bytes_are_passed_on_as_they_are)
{
	CHECK("lines", " \0\xff:\xe2\x80\xa8\n",
	    "<encoding>@8( \0\xff:\xe2\x80\xa8)@8");
}

Test(lines, line_over_the_cap_is_rejected_and_the_next_is_not)
{
	CHECK_CAPPED("lines", 3, "abc\nabcd\r\nabc\nabcde",
	    "(abc)@4" OVER_CAP(4) "@10(abc)@14" OVER_CAP(5) "@19");
}

Test(lines, in_the_middle_the_rest_of_a_line_is_passed_over)
{
	struct input_start middle = {
	    .position = 50, .in_middle = true, .end = 99};

	CHECK_FROM("lines", middle, "ab\nc\nd", "(c)@55(d)@56");
	CHECK_FROM("lines", middle, "\n\n", "()@52");
	CHECK_FROM("lines", middle, "ab", "");
	check_all_ways(
	    "lines", 1, middle, LITERAL("abc\nd\n"), LITERAL("(d)@56"));
}

Test(lines, line_that_began_too_far_back_is_a_loss_if_it_ends_now)
{
	struct input_start middle = {
	    .position = 50, .in_middle = true, .end = 52};

	CHECK_FROM("lines", middle, "abc\nd\n", TOO_FAR_BACK "@54(d)@56");
	check_all_ways(
	    "lines", 1, middle, LITERAL("abc"), LITERAL(TOO_FAR_BACK "@53"));
	CHECK_FROM("lines", middle, "a\nd\n", "(d)@54");
	CHECK_FROM("lines", middle, "\r\nd\n", "(d)@54");
	CHECK_FROM("lines", middle, "ab", "");
}

Test(lines, after_a_cr_the_lf_belongs_to_the_line_before)
{
	struct input_start start = {.position = 50, .after_cr = true};

	CHECK_FROM("lines", start, "\na\n", "(a)@53");
	CHECK_FROM("lines", start, "a\n", "(-|a|-|cr|-1)@52");
	start.in_middle = true;
	start.end = 99;
	CHECK_FROM("lines", start, "\na\nb\n", "(b)@55");
}

Test(lines, progress_is_an_event_when_the_input_pauses)
{
	begin_pauses("lines", 100, AT_THE_START);
	PAUSE_AFTER("\r1%", "(1%)@3");
	PAUSE_AFTER("\r2%", "(-|2%|-|cr|-1)@6");
	PAUSE_AFTER("\ndone", "");
	PAUSE_AFTER(".\n", "(done.)@13");
	end_pauses();
}

Test(lines, after_an_event_of_a_pause_the_end_of_its_line_is_none)
{
	struct input_start inside = {.position = 50, .inside_line = true};

	CHECK_FROM("lines", inside, "\r2%\n", "(-|2%|-|cr|-1)@54");
	CHECK_FROM("lines", inside, "\n\n", "()@52");
}

Test(lines, line_over_another_has_a_comment)
{
	CHECK("lines", "a\n\rb\rc\r\r  \rd\r\ne\r\r\nf\n",
	    "(a)@2(b)@5(-|c|-|cr|-1)@7(-|d|-|cr|-1)@14(e)@16()@18(f)@20");
}

/* nul */

Test(nul, each_string_is_an_event)
{
	CHECK("nul", "ab\0c\nd\r\0\0e", "(ab)@3(c\nd\r)@8()@9(e)@10");
}

Test(nul, string_over_the_cap_is_rejected_and_the_next_is_not)
{
	CHECK_CAPPED("nul", 3, "a\nbc\0abc\0", OVER_CAP(4) "@5(abc)@9");
}

Test(nul, in_the_middle_the_rest_of_a_string_is_passed_over)
{
	struct input_start middle = {
	    .position = 5, .in_middle = true, .end = 99};

	CHECK_FROM("nul", middle, "a\nb\0c\0", "(c)@11");
}
