/* SPDX-License-Identifier: MIT */

#include "told.h"

/* blocks */

Test(blocks, lines_up_to_an_empty_one_are_an_event)
{
	check("blocks", LITERAL("a\nb\n\nc\n\n"),
	    LITERAL("(-|a\nb|-|-|-1)@5(-|c|-|-|-1)@8"));
	check("blocks", LITERAL("a\r\nb\r\n\r\nc\r\r"),
	    LITERAL("(-|a\nb|-|-|-1)@8(-|c|-|-|-1)@11"));
}

Test(blocks, any_number_of_empty_lines_separates)
{
	check("blocks", LITERAL("\n\na\n\n\n\nb\n\n\n"),
	    LITERAL("(-|a|-|-|-1)@5(-|b|-|-|-1)@10"));
}

Test(blocks, line_of_spaces_is_not_empty)
{
	check(
	    "blocks", LITERAL("a\n \nb\n\n"), LITERAL("(-|a\n \nb|-|-|-1)@7"));
}

Test(blocks, last_block_needs_no_end)
{
	check("blocks", LITERAL("a\n\nb"),
	    LITERAL("(-|a|-|-|-1)@3(-|b|-|-|-1)@4"));
	check("blocks", LITERAL("a\nb\n"), LITERAL("(-|a\nb|-|-|-1)@4"));
}

Test(blocks, block_of_exactly_the_cap_is_an_event)
{
	check_capped(
	    "blocks", 3, LITERAL("a\nb\n\n"), LITERAL("(-|a\nb|-|-|-1)@5"));
	check_capped(
	    "blocks", 3, LITERAL("abc\n\n"), LITERAL("(-|abc|-|-|-1)@5"));
}

Test(blocks, block_over_the_cap_is_rejected_and_the_next_is_not)
{
	check_capped("blocks", 3, LITERAL("ab\nc\n\nabc\n\n"),
	    LITERAL("<skipped an event over --max-event,5>@6"
		    "(-|abc|-|-|-1)@11"));
	check_capped("blocks", 3, LITERAL("abcd\nc\n\nabc\n\n"),
	    LITERAL("<skipped an event over --max-event,7>@8"
		    "(-|abc|-|-|-1)@13"));
	check_capped("blocks", 3, LITERAL("abc\nd\ne\n\nf"),
	    LITERAL("<skipped an event over --max-event,7>@9"
		    "(-|f|-|-|-1)@10"));
	check_capped("blocks", 3, LITERAL("ab\nabcde"),
	    LITERAL("<skipped an event over --max-event,8>@8"));
}

Test(blocks, in_the_middle_the_rest_of_a_block_is_passed_over)
{
	struct input_start middle = {
	    .position = 50, .in_middle = true, .end = 99};

	check_all_ways("blocks", 100, middle, LITERAL("a\nb\n\nc\n\n"),
	    LITERAL("(-|c|-|-|-1)@58"));
	/* the first line end may be that of a line whose text we missed */
	check_all_ways("blocks", 100, middle, LITERAL("\nb\n\nc\n\n"),
	    LITERAL("(-|c|-|-|-1)@57"));
	check_all_ways("blocks", 100, middle, LITERAL("\n\nc\n\n"),
	    LITERAL("(-|c|-|-|-1)@55"));
	check_all_ways("blocks", 3, middle, LITERAL("abcd\nabcd\n\nc\n"),
	    LITERAL("(-|c|-|-|-1)@63"));
	check_all_ways("blocks", 100, middle, LITERAL("a\nb\n"), LITERAL(""));
}

Test(blocks, block_that_began_too_far_back_is_a_loss_if_it_ends_now)
{
	struct input_start middle = {
	    .position = 50, .in_middle = true, .end = 55};

	check_all_ways("blocks", 100, middle, LITERAL("a\nb\nd\n\nc\n\n"),
	    LITERAL("<skipped an event that began too far back to be read,0>@57"
		    "(-|c|-|-|-1)@60"));
	check_all_ways("blocks", 100, middle, LITERAL("a\nb\nd\n"),
	    LITERAL(
		"<skipped an event that began too far back to be read,0>@56"));
	check_all_ways("blocks", 100, middle, LITERAL("a\nb\n\nd\n"),
	    LITERAL("(-|d|-|-|-1)@57"));
}

Test(blocks, lines_so_far_are_an_event_when_the_input_pauses)
{
	struct told told = {0};
	struct input_format *format =
	    create("blocks", 100, &told, AT_THE_START);

	feed_and_pause(
	    format, &told, LITERAL("a\nb\n"), LITERAL("(-|a\nb|-|-|-1)@4"));
	feed_and_pause(format, &told, LITERAL("\n"), LITERAL(""));
	feed_and_pause(
	    format, &told, LITERAL("\nc\r\n"), LITERAL("(-|c|-|-|-1)@9"));
	feed_and_pause(format, &told, LITERAL("d\n\ne\n"),
	    LITERAL("(-|d|-|-|-1)@12(-|e|-|-|-1)@14"));
	input_format_destroy(format);
	bytes_free(&told.text);
}

Test(blocks, line_is_not_cut_when_the_input_pauses)
{
	struct told told = {0};
	struct input_format *format =
	    create("blocks", 100, &told, AT_THE_START);

	feed_and_pause(format, &told, LITERAL("a\nb"), LITERAL(""));
	feed_and_pause(
	    format, &told, LITERAL("c\n"), LITERAL("(-|a\nbc|-|-|-1)@5"));
	input_format_destroy(format);
	bytes_free(&told.text);
}

Test(blocks, rest_of_what_is_skipped_is_no_event_after_a_pause)
{
	struct input_start middle = {
	    .position = 50, .in_middle = true, .end = 99};
	struct told told = {0};
	struct input_format *format = create("blocks", 3, &told, AT_THE_START);

	feed_and_pause(format, &told, LITERAL("abcd\ne\n"), LITERAL(""));
	feed_and_pause(format, &told, LITERAL("f\n\n"),
	    LITERAL("<skipped an event over --max-event,9>@10"));
	input_format_destroy(format);
	format = create("blocks", 100, &told, middle);
	feed_and_pause(format, &told, LITERAL("a\nb\n"), LITERAL(""));
	feed_and_pause(
	    format, &told, LITERAL("\nc\n"), LITERAL("(-|c|-|-|-1)@57"));
	input_format_destroy(format);
	bytes_free(&told.text);
}

/* whole */

Test(whole, all_lines_are_one_event)
{
	check(
	    "whole", LITERAL("a\n\nb\r\nc"), LITERAL("(-|a\n\nb\nc|-|-|-1)@7"));
	check("whole", LITERAL("a\n"), LITERAL("(-|a|-|-|-1)@2"));
	check("whole", LITERAL("\n"), LITERAL("(-||-|-|-1)@1"));
}

Test(whole, input_over_the_cap_is_rejected)
{
	check_capped("whole", 3, LITERAL("ab\nc\n"),
	    LITERAL("<skipped an event over --max-event,5>@5"));
	check_capped("whole", 3, LITERAL("ab\nabcd\n"),
	    LITERAL("<skipped an event over --max-event,7>@8"));
}
