/* SPDX-License-Identifier: MIT */

/* What the lines of a stream mean is for the stream reader's tests. */

#include "told.h"

Test(sse, events_come_with_type_data_and_id)
{
	CHECK("sse", "event: t\nid: 7\ndata: a\ndata: b\n\ndata:c\r\r",
	    "(t|a\nb|7|-|-1)@32(|c|7|-|-1)@40");
}

Test(sse, comment_and_retry_are_passed_on)
{
	CHECK("sse", ": hi\nretry: 99\n", "(-|-|-|hi|-1)@5(-|-|-|-|99)@15");
}

#define UNFINISHED(N) \
	"<skipped an event without an empty line at its end," #N ">"

Test(sse, unfinished_block_at_the_end_is_discarded_and_its_data_told_of)
{
	CHECK("sse", "data: a\n\ndata: b\n", "(a)@9" UNFINISHED(2) "@17");
	CHECK("sse", "data: a", UNFINISHED(7) "@7");
	CHECK("sse", "data:\nid: 1", UNFINISHED(6) "@11");
	CHECK("sse", "data: a\n\r", "(a)@9");
	CHECK("sse", "event: t\nid: 1\ndata", "");
	CHECK_CAPPED("sse", 3, "data: 12345\n", UNFINISHED(12) "@12");
	CHECK_CAPPED("sse", 3, "data: 1234567890", UNFINISHED(16) "@16");
}

Test(sse, unfinished_line_at_the_end_is_discarded)
{
	/* half of "retry: 100" and half of a comment */
	CHECK("sse", "retry: 10", "");
	CHECK("sse", ": h", "");
	CHECK("sse", "id: \0", "");
}

Test(sse, ignored_fields_are_told)
{
	CHECK("sse", "id: \0\nevent: \0\nEvent: x\ndata: a\n\n",
	    "<ignored an id with NUL or over 1024 bytes,0>@6<ignored an event type with NUL,0>@15<ignored the field \"Event:\" of the 2006 format; today's is \"event:\",0>@24(a)@33");
}

Test(sse, byte_order_mark_counts_at_the_beginning_of_the_input_only)
{
	struct input_start later = {.position = 3};

	CHECK("sse",
	    "\xef\xbb\xbf"
	    "data: a\n\n",
	    "(a)@12");
	CHECK_FROM("sse", later,
	    "\xef\xbb\xbf"
	    "data: a\n\n",
	    "");
}

Test(sse, event_over_the_cap_is_rejected_and_the_next_is_not)
{
	CHECK_CAPPED("sse", 10, "data: a\ndata: 1234567890\n\ndata: b\n\n",
	    OVER_CAP(12) "@26(b)@35");
	CHECK_CAPPED("sse", 10,
	    "data: a\n\ndata: 1234567890\ndata: b\n\ndata: c\n\n",
	    "(a)@9" OVER_CAP(12) "@35(c)@44");
	CHECK_CAPPED("sse", 10,
	    "data: a\ndata: 1234\ndata: 1234\n\ndata: b\n\n",
	    OVER_CAP(11) "@31(b)@40");
}

Test(sse, the_field_name_does_not_count_against_the_cap)
{
	CHECK_CAPPED("sse", 10, "data: 1234567890\n\n", "(1234567890)@18");
	CHECK_CAPPED("sse", 10, "data:12345678901\n\ndata: b\n\n",
	    OVER_CAP(11) "@18(b)@27");
}

Test(sse, in_the_middle_the_rest_of_a_block_is_passed_over)
{
	struct input_start middle = {
	    .position = 5, .in_middle = true, .end = 99};

	CHECK_FROM(
	    "sse", middle, "a: x\ndata: y\nid: 1\n\ndata: b\n\n", "(b)@34");
	CHECK_FROM("sse", middle, "\n\ndata: b\n\n", "(b)@16");
}
