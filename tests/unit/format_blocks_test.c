/* SPDX-License-Identifier: MIT */

#include "told.h"

/* blocks */

Test(blocks, lines_up_to_an_empty_one_are_an_event)
{
	CHECK("blocks", "a\nb\n\nc\n\n", "(a\nb)@5(c)@8");
	CHECK("blocks", "a\r\nb\r\n\r\nc\r\r", "(a\nb)@8(c)@11");
}

Test(blocks, any_number_of_empty_lines_separates)
{
	CHECK("blocks", "\n\na\n\n\n\nb\n\n\n", "(a)@5(b)@10");
}

Test(blocks, line_of_spaces_is_not_empty)
{
	CHECK("blocks", "a\n \nb\n\n", "(a\n \nb)@7");
}

Test(blocks, last_block_needs_no_end)
{
	CHECK("blocks", "a\n\nb", "(a)@3(b)@4");
	CHECK("blocks", "a\nb\n", "(a\nb)@4");
}

Test(blocks, block_of_exactly_the_cap_is_an_event)
{
	CHECK_CAPPED("blocks", 3, "a\nb\n\n", "(a\nb)@5");
	CHECK_CAPPED("blocks", 3, "abc\n\n", "(abc)@5");
}

Test(blocks, block_over_the_cap_is_rejected_and_the_next_is_not)
{
	CHECK_CAPPED("blocks", 3, "ab\nc\n\nabc\n\n", OVER_CAP(5) "@6(abc)@11");
	CHECK_CAPPED(
	    "blocks", 3, "abcd\nc\n\nabc\n\n", OVER_CAP(7) "@8(abc)@13");
	CHECK_CAPPED("blocks", 3, "abc\nd\ne\n\nf", OVER_CAP(7) "@9(f)@10");
	CHECK_CAPPED("blocks", 3, "ab\nabcde", OVER_CAP(8) "@8");
}

Test(blocks, in_the_middle_the_rest_of_a_block_is_passed_over)
{
	struct input_start middle = {
	    .position = 50, .in_middle = true, .end = 99};

	CHECK_FROM("blocks", middle, "a\nb\n\nc\n\n", "(c)@58");
	/* the first line end may be that of a line whose text we missed */
	CHECK_FROM("blocks", middle, "\nb\n\nc\n\n", "(c)@57");
	CHECK_FROM("blocks", middle, "\n\nc\n\n", "(c)@55");
	check_all_ways("blocks", 3, middle, LITERAL("abcd\nabcd\n\nc\n"),
	    LITERAL("(c)@63"));
	CHECK_FROM("blocks", middle, "a\nb\n", "");
}

Test(blocks, block_that_began_too_far_back_is_a_loss_if_it_ends_now)
{
	struct input_start middle = {
	    .position = 50, .in_middle = true, .end = 55};

	CHECK_FROM(
	    "blocks", middle, "a\nb\nd\n\nc\n\n", TOO_FAR_BACK "@57(c)@60");
	check_all_ways("blocks", 100, middle, LITERAL("a\nb\nd\n"),
	    LITERAL(TOO_FAR_BACK "@56"));
	CHECK_FROM("blocks", middle, "a\nb\n\nd\n", "(d)@57");
}

Test(blocks, lines_so_far_are_an_event_when_the_input_pauses)
{
	begin_pauses("blocks", 100, AT_THE_START);
	PAUSE_AFTER("a\nb\n", "(a\nb)@4");
	PAUSE_AFTER("\n", "");
	PAUSE_AFTER("\nc\r\n", "(c)@9");
	PAUSE_AFTER("d\n\ne\n", "(d)@12(e)@14");
	end_pauses();
}

Test(blocks, line_is_not_cut_when_the_input_pauses)
{
	begin_pauses("blocks", 100, AT_THE_START);
	PAUSE_AFTER("a\nb", "");
	PAUSE_AFTER("c\n", "(a\nbc)@5");
	end_pauses();
}

Test(blocks, rest_of_what_is_skipped_is_no_event_after_a_pause)
{
	struct input_start middle = {
	    .position = 50, .in_middle = true, .end = 99};
	begin_pauses("blocks", 3, AT_THE_START);
	PAUSE_AFTER("abcd\ne\n", "");
	PAUSE_AFTER("f\n\n", OVER_CAP(9) "@10");
	end_pauses();
	begin_pauses("blocks", 100, middle);
	PAUSE_AFTER("a\nb\n", "");
	PAUSE_AFTER("\nc\n", "(c)@57");
	end_pauses();
}

/* whole */

Test(whole, all_lines_are_one_event)
{
	CHECK("whole", "a\n\nb\r\nc", "(a\n\nb\nc)@7");
	CHECK("whole", "a\n", "(a)@2");
	CHECK("whole", "\n", "()@1");
}

Test(whole, input_over_the_cap_is_rejected)
{
	CHECK_CAPPED("whole", 3, "ab\nc\n", OVER_CAP(5) "@5");
	CHECK_CAPPED("whole", 3, "ab\nabcd\n", OVER_CAP(7) "@8");
}
