/* SPDX-License-Identifier: MIT */

/* What is published, and what new and returning viewers get of it. */

#include "core/event_id.h"
#include "core/gap.h"
#include "fan_out_fixture.h"

FAN_OUT_SUITE(fan_out);
FAN_OUT_SUITE(forget);
FAN_OUT_SUITE(dom_event_stream);

/* Turns. */

static void
count_call(void *ctx)
{
	++*(unsigned *)ctx;
}

Test(fan_out, says_that_there_is_something_to_flush)
{
	struct stream_config config = usual;
	unsigned n = 0;

	config.fan_out.on_due = count_call;
	config.fan_out.ctx = &n;
	configure(config);
	attach(stream, &viewer);
	cr_assert_eq(n, 1);
	viewer.room = 0;
	flush_at(0);
	publish_data(stream, "a");
	cr_assert_eq(n, 2);
	flush_at(0);
	cr_assert_eq(n, 2);
	fan_out_writable(&viewer.subscriber);
	cr_assert_eq(n, 3);
	fan_out_drain(stream->fan_out);
	cr_assert_eq(n, 4);
	fan_out_detach(&viewer.subscriber);
	cr_assert_eq(n, 5);
}

/* Losses. */

Test(fan_out, loss_is_told_of_by_the_next_flush_and_stays_in_the_past)
{
	attach(stream, &viewer);
	publish_data(stream, "a");
	channel_lose(stream->channel, 1);
	check_sent(&viewer, FIRST_BLOCK EVENT(1, "a") GAP("", 1));
	publish_data(stream, "b");
	check_history(EVENT(1, "a") GAP("", 1) EVENT(2, "b"));
	check_resumed(LITERAL("s-id-1"), GAP("", 1) EVENT(2, "b"));
}

Test(fan_out, losses_with_no_event_between_are_told_of_together)
{
	attach(stream, &viewer);
	channel_lose(stream->channel, 1);
	channel_lose(stream->channel, 2);
	publish_data(stream, "a");
	channel_lose(stream->channel, 1);
	channel_end(stream->channel, LITERAL("{}"));
	check_sent(
	    &viewer, FIRST_BLOCK GAP("", 3) EVENT(1, "a") GAP("", 1) END);
}

Test(fan_out, loss_of_unknown_size_stays_so_beside_others)
{
	attach(stream, &viewer);
	channel_lose(stream->channel, 1);
	channel_lose(stream->channel, GAP_UNKNOWN);
	channel_lose(stream->channel, 1);
	check_sent(&viewer, FIRST_BLOCK GAP("", null));
}

Test(fan_out, loss_before_a_new_viewer_is_not_told_to_it)
{
	channel_lose(stream->channel, 1);
	attach(stream, &viewer);
	check_sent(&viewer, FIRST_BLOCK);
	check_history(GAP("", 1));
}

Test(fan_out, loss_is_not_told_of_without_a_type_of_gaps)
{
	struct stream_config config = usual;

	config.channel.gap_event = "";
	configure(config);
	attach(stream, &viewer);
	channel_lose(stream->channel, 1);
	publish_data(stream, "a");
	check_sent(&viewer, FIRST_BLOCK EVENT(1, "a"));
}

/* Beginning, and events. */

Test(fan_out, destroy_takes_null)
{
	stream_destroy(NULL);
}

Test(fan_out, head_past_and_new_events_go_out_in_one_send)
{
	publish_each("ab");
	attach_at(stream, &viewer, LITERAL("H\n"), ABSENT, 1, 0);
	publish_data(stream, "c");
	cr_assert_eq(viewer.n_sends, 0);
	check_sent(&viewer, "H\n" FIRST_BLOCK EVENT(2, "b") EVENT(3, "c"));
	publish_each("de");
	check_sent(&viewer, EVENT(4, "d") EVENT(5, "e"));
	check_sent(&viewer, "");
	cr_assert_eq(viewer.n_sends, 2);
}

Test(fan_out, event_keeps_an_id_of_its_own)
{
	publish_with_id(stream, "mine", "a");
	publish_with_id(stream, "", "b");
	publish_data(stream, "c");
	check_history(OWN("mine", "a") "id:\ndata: b\n\n" EVENT(3, "c"));
}

Test(fan_out, what_is_no_event_gets_no_id)
{
	struct event events[] = {EVENT_NONE, EVENT_NONE, EVENT_NONE};

	events[0].comment = LITERAL("note");
	events[1].retry_ms = 7;
	for (size_t i = 0; i < LENGTH(events); i++)
		cr_assert_eq(channel_publish(stream->channel, &events[i]), 0);
	publish_data(stream, "a");
	check_history(": note\nretry: 7\n\n" EVENT(1, "a"));
}

/* Resuming. */

Test(fan_out, viewer_resumes_after_the_event_that_it_saw_last)
{
	publish_with_id(stream, "x", "a");
	publish_data(stream, "b");
	publish_with_id(stream, "y\xff", "c");
	publish_data(stream, "d");
	check_resumed(LITERAL("x"),
	    EVENT(2, "b") OWN("y\xef\xbf\xbd", "c") EVENT(4, "d"));
	check_resumed(LITERAL("s-id-3"), EVENT(4, "d"));
	/* a browser has seen the id as it was written */
	check_resumed(LITERAL("y\xef\xbf\xbd"), EVENT(4, "d"));
}

Test(fan_out, replay_is_for_new_viewers_only)
{
	publish_each("ab");
	attach_at(stream, &viewer, ABSENT, LITERAL("s-id-2"), 2, 0);
	check_sent(&viewer, FIRST_BLOCK);
}

Test(fan_out, unknown_last_event_id_is_a_gap_of_unknown_size)
{
	publish_data(stream, "a");
	check_resumed(LITERAL("x"), GAP("x", null) EVENT(1, "a"));
	check_resumed(LITERAL("s-id-2"), GAP("s-id-2", null) EVENT(1, "a"));
	check_resumed(LITERAL("f-1-2-3"), GAP("f-1-2-3", null) EVENT(1, "a"));
	check_resumed(LITERAL("\"\\\xff"),
	    GAP("\\\"\\\\\xef\xbf\xbd", null) EVENT(1, "a"));
	check_resumed(
	    LITERAL("a\nid: b"), GAP("a\\u000aid: b", null) EVENT(1, "a"));
}

Test(fan_out, gap_holds_the_longest_id_there_is)
{
	char id[EVENT_ID_MAX];

	memset(id, '\x01', sizeof(id));
	attach_after(stream, &viewer, (struct span){id, sizeof(id)});
	flush_at(0);
	cr_assert_eq(
	    viewer.got.n, strlen(FIRST_BLOCK GAP("", null)) + 6 * sizeof(id));
}

Test(fan_out, can_resume_tells_whether_there_is_no_gap_after_an_event)
{
	static const struct {
		struct span id;
		bool can;
	} cases[] = {
	    {LITERAL("s-id-0"), false},
	    {LITERAL("s-id-1"), true}, /* it is gone, but the next is not */
	    {LITERAL("s-id-4"), true},
	    {LITERAL("s-id-5"), false},
	    {LITERAL("s-other-2"), false},
	    {LITERAL("own"), true},
	    {LITERAL("ow"), false},
	    {LITERAL(""), false},
	    {ABSENT, true},
	};
	struct stream_config config = usual;

	config.channel.history = 60;
	configure(config);
	publish_each("12");
	publish_with_id(stream, "own", "3");
	publish_data(stream, "4");
	for (size_t i = 0; i < LENGTH(cases); i++)
		cr_assert_eq(channel_can_resume(stream->channel, cases[i].id),
		    cases[i].can, "case %zu", i);
}

/* Slow viewers. */

Test(fan_out, has_room_until_a_viewer_is_a_whole_history_behind)
{
	struct stream_config config = usual;

	config.channel.history = 60; /* three events */
	configure(config);
	attach(stream, &viewer);
	flush_at(0);
	viewer.room = 0;
	publish_each("12");
	flush_at(0);
	cr_assert(channel_has_room(stream->channel));
	publish_data(stream, "3");
	cr_assert_not(channel_has_room(stream->channel));
	flush_at(0);
	cr_assert_not(channel_has_room(stream->channel));
	/* Of a compressed chunk, all is kept until all was sent. */
	viewer.room = VIEWERS_TAKE ? 41 : 1;
	viewer_writable(&viewer, 0);
	cr_assert(channel_has_room(stream->channel));
	publish_each("45");
	cr_assert_not(channel_has_room(stream->channel));
	fan_out_detach(&viewer.subscriber);
	cr_assert(channel_has_room(stream->channel));
}

Test(fan_out, detach_of_a_viewer_that_is_not_attached_is_harmless)
{
	viewer_init(&viewer);
	fan_out_detach(&viewer.subscriber);
	viewer_writable(&viewer, 0);
	cr_assert_eq(viewer.n_sends, 0);
}

/* Memory. */

Test(forget, keeps_only_what_is_still_to_be_sent)
{
	struct stream_config config = usual;

	config.channel.forget = true;
	configure(config);
	publish_data(stream, "1");
	flush_at(0);
	check_history(EVENT(1, "1"));
	attach(stream, &viewer);
	publish_data(stream, "2");
	flush_at(0);
	viewer.room = 0;
	publish_data(stream, "3");
	flush_at(0);
	check_history(EVENT(3, "3"));
	viewer.room = SIZE_MAX;
	viewer_writable(&viewer, 0);
	check_history("");
}

/* The dialect of 2006. */

static void
configure_dom(const char *gap_event)
{
	struct stream_config config = usual;

	config.channel.dialect = DIALECT_DOM_EVENT_STREAM;
	config.channel.gap_event = gap_event;
	configure(config);
}

Test(dom_event_stream, has_no_ids_and_no_times)
{
	struct event event = EVENT_NONE;

	configure_dom("gap");
	attach_at(stream, &viewer, LITERAL("H\n"), ABSENT, 0, 0);
	publish_with_id(stream, "x", "a");
	event.retry_ms = 5;
	cr_assert_eq(channel_publish(stream->channel, &event), 0);
	event.type = LITERAL("t");
	event.data = LITERAL("b");
	cr_assert_eq(channel_publish(stream->channel, &event), 0);
	check_sent(&viewer,
	    "H\n; pipecast, heartbeat 15000 ms\ndata: a\n\nEvent: t\ndata: b\n\n");
	flush_at(15000);
	check_got(&viewer, LITERAL(";\n"));
	fan_out_drain(stream->fan_out);
	flush_at(15000);
	cr_assert_eq(viewer.n_done, 1);
	check_got(&viewer, LITERAL(""));
}

Test(dom_event_stream, nothing_in_it_is_taken_for_an_id)
{
	configure_dom("");
	publish_data(stream, "a");
	for (unsigned c = 1; c < 256; c++) {
		char id = (char)c;

		cr_assert_not(
		    channel_can_resume(stream->channel, (struct span){&id, 1}));
	}
	publish_with_id(stream, "a: ab", "ab");
	attach_after(stream, &viewer, LITERAL(": ab\n"));
	check_sent(
	    &viewer, "; pipecast, heartbeat 15000 ms\ndata: a\n\ndata: ab\n\n");
}

Test(fan_out, viewer_whose_place_is_unknown_gets_what_is_no_past)
{
	publish_data(stream, "past");
	channel_end_past(stream->channel);
	publish_data(stream, "new");
	check_resumed(LITERAL("s-old-1"), GAP("s-old-1", null) EVENT(2, "new"));
	check_resumed(LITERAL("foreign"), GAP("foreign", null) EVENT(2, "new"));
}

Test(fan_out, ends_and_leaves_the_channel_to_another)
{
	struct fan_out *last = fan_out_create(stream->channel, &usual.fan_out);

	fan_out_destroy(stream->fan_out);
	stream->fan_out = last;
	attach(stream, &viewer);
	publish_data(stream, "a");
	flush_at(0);
	check_got(&viewer, LITERAL(FIRST_BLOCK EVENT(1, "a")));
}
