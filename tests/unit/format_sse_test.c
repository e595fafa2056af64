/* SPDX-License-Identifier: MIT */

/* What the lines of a stream mean is for the stream reader's tests. */

#include "told.h"

Test(sse, events_come_with_type_data_and_id)
{
	check("sse", LITERAL("event: t\nid: 7\ndata: a\ndata: b\n\ndata:c\r\r"),
	    LITERAL("(t|a\nb|7|-|-1)@32(|c|7|-|-1)@40"));
}

Test(sse, comment_and_retry_are_passed_on)
{
	check("sse", LITERAL(": hi\nretry: 99\n"),
	    LITERAL("(-|-|-|hi|-1)@5(-|-|-|-|99)@15"));
}

Test(sse, unfinished_block_at_the_end_is_discarded)
{
	check("sse", LITERAL("data: a\n\ndata: b\n"), LITERAL("(|a|-|-|-1)@9"));
	check("sse", LITERAL("data: a"), LITERAL(""));
	check("sse", LITERAL("data: a\n\r"), LITERAL("(|a|-|-|-1)@9"));
}

Test(sse, unfinished_line_at_the_end_is_discarded)
{
	/* half of "retry: 100" and half of a comment */
	check("sse", LITERAL("retry: 10"), LITERAL(""));
	check("sse", LITERAL(": h"), LITERAL(""));
	check("sse", LITERAL("id: \0"), LITERAL(""));
}

Test(sse, ignored_fields_are_told)
{
	check("sse", LITERAL("id: \0\nevent: \0\nEvent: x\ndata: a\n\n"),
	    LITERAL("<ignored an id with NUL or over 1024 bytes,0>@6"
		    "<ignored an event type with NUL,0>@15"
		    "<ignored the field \"Event:\" of the 2006 format; "
		    "today's is \"event:\",0>@24"
		    "(|a|-|-|-1)@33"));
}

Test(sse, byte_order_mark_counts_at_the_beginning_of_the_input_only)
{
	struct input_start later = {.position = 3};

	check("sse",
	    LITERAL("\xef\xbb\xbf"
		    "data: a\n\n"),
	    LITERAL("(|a|-|-|-1)@12"));
	check_all_ways("sse", 100, later,
	    LITERAL("\xef\xbb\xbf"
		    "data: a\n\n"),
	    LITERAL(""));
}

Test(sse, event_over_the_cap_is_rejected_and_the_next_is_not)
{
	check_capped("sse", 10,
	    LITERAL("data: a\ndata: 1234567890\n\ndata: b\n\n"),
	    LITERAL("<skipped an event over --max-event,12>@26"
		    "(|b|-|-|-1)@35"));
	check_capped("sse", 10,
	    LITERAL("data: a\n\ndata: 1234567890\ndata: b\n\ndata: c\n\n"),
	    LITERAL("(|a|-|-|-1)@9"
		    "<skipped an event over --max-event,12>@35"
		    "(|c|-|-|-1)@44"));
	check_capped("sse", 10,
	    LITERAL("data: a\ndata: 1234\ndata: 1234\n\ndata: b\n\n"),
	    LITERAL("<skipped an event over --max-event,11>@31"
		    "(|b|-|-|-1)@40"));
}

Test(sse, the_field_name_does_not_count_against_the_cap)
{
	check_capped("sse", 10, LITERAL("data: 1234567890\n\n"),
	    LITERAL("(|1234567890|-|-|-1)@18"));
	check_capped("sse", 10, LITERAL("data:12345678901\n\ndata: b\n\n"),
	    LITERAL("<skipped an event over --max-event,11>@18"
		    "(|b|-|-|-1)@27"));
}

Test(sse, in_the_middle_the_rest_of_a_block_is_passed_over)
{
	struct input_start middle = {
	    .position = 5, .in_middle = true, .end = 99};

	check_all_ways("sse", 100, middle,
	    LITERAL("a: x\ndata: y\nid: 1\n\ndata: b\n\n"),
	    LITERAL("(|b|-|-|-1)@34"));
	check_all_ways("sse", 100, middle, LITERAL("\n\ndata: b\n\n"),
	    LITERAL("(|b|-|-|-1)@16"));
}
