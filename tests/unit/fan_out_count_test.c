/* SPDX-License-Identifier: MIT */

/* Subscribers that are told how many there are. */

#include "fan_out_fixture.h"

#define COUNT(N) "event: viewers\ndata: {\"n\":" #N "}\n\n"

static void
begin(void)
{
	struct stream_config config = usual;

	config.fan_out.viewers_event = "viewers";
	config.fan_out.heartbeat_ms = 0;
	stream = stream_create(&config);
}

TestSuite(count, .init = begin, .fini = fan_out_finish);

Test(count, is_sent_to_a_newcomer_behind_its_first_block)
{
	attach(stream, &viewer);
	check_flush(0, UINT64_MAX);
	check_got(&viewer, LITERAL(FIRST_BLOCK_OF_SILENCE COUNT(1)));
	check_flush(5000, UINT64_MAX);
	check_got(&viewer, LITERAL(""));
}

Test(count, that_has_changed_is_sent_to_all_once_a_second)
{
	attach(stream, &viewer);
	flush_at(0);
	viewer.got.n = 0;
	attach_at(stream, &other, ABSENT, ABSENT, 0, 400);
	check_flush(400, 600);
	check_got(&other, LITERAL(FIRST_BLOCK_OF_SILENCE COUNT(2)));
	check_got(&viewer, LITERAL(""));
	publish_data(stream, "a");
	check_flush(999, 1);
	check_got(&viewer, LITERAL(EVENT(1, "a")));
	check_got(&other, LITERAL(EVENT(1, "a")));
	check_flush(1000, UINT64_MAX);
	check_got(&viewer, LITERAL(COUNT(2)));
	check_got(&other, LITERAL(""));
	fan_out_detach(&other.subscriber);
	check_flush(1500, 500);
	check_flush(2100, UINT64_MAX);
	check_got(&viewer, LITERAL(COUNT(1)));
}

/* A newcomer may have been told of one that has left by then. */
Test(count, that_is_as_before_is_sent_again)
{
	struct viewer third;

	attach(stream, &viewer);
	attach(stream, &other);
	flush_at(0);
	attach_at(stream, &third, ABSENT, ABSENT, 0, 100);
	flush_at(100);
	check_got(&third, LITERAL(FIRST_BLOCK_OF_SILENCE COUNT(3)));
	fan_out_detach(&other.subscriber);
	check_flush(200, 800);
	check_flush(1000, UINT64_MAX);
	check_got(&third, LITERAL(COUNT(2)));
	viewer_fini(&third);
}

Test(count, goes_out_with_the_events_of_the_turn)
{
	attach(stream, &viewer);
	flush_at(0);
	attach(stream, &other);
	flush_at(500);
	viewer.got.n = viewer.n_sends = 0;
	publish_data(stream, "a");
	flush_at(1000);
	check_got(&viewer, LITERAL(COUNT(2) EVENT(1, "a")));
	cr_assert_eq(viewer.n_sends, 1);
}

Test(count, that_was_taken_in_part_stays_as_it_was)
{
	attach(stream, &viewer);
	flush_at(0);
	viewer.got.n = 0;
	viewer.room = 10;
	attach(stream, &other);
	flush_at(1000);
	check_got(&viewer, LITERAL("event: vie"));
	fan_out_detach(&other.subscriber);
	flush_at(2000);
	check_got(&viewer, LITERAL(""));
	viewer.room = 1000;
	viewer_writable(&viewer, 2001);
	check_got(&viewer, LITERAL("wers\ndata: {\"n\":2}\n\n" COUNT(1)));
	check_flush(9000, UINT64_MAX);
	check_got(&viewer, LITERAL(""));
}

Test(count, is_in_no_ring)
{
	attach(stream, &viewer);
	flush_at(0);
	cr_assert_eq(ring_end(channel_ring(stream->channel)), 0);
	attach_at(stream, &other, ABSENT, ABSENT, UINT64_MAX, 0);
	flush_at(0);
	check_got(&other, LITERAL(FIRST_BLOCK_OF_SILENCE COUNT(2)));
}

Test(count, of_nobody_is_due_to_nobody)
{
	attach(stream, &viewer);
	flush_at(0);
	fan_out_detach(&viewer.subscriber);
	check_flush(100, UINT64_MAX);
	check_flush(5000, UINT64_MAX);
}

Test(count, is_not_sent_unless_that_is_wanted)
{
	configure(usual);
	attach(stream, &viewer);
	flush_at(0);
	check_got(&viewer, LITERAL(FIRST_BLOCK));
}
