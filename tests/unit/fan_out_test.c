/* SPDX-License-Identifier: MIT */

#include "core/event_id.h"
#include "core/gap.h"
#include "viewer.h"

/* Everything that is in the ring, as a new viewer would see it. */
static void
check_history(struct stream *stream, struct span wanted)
{
	struct viewer viewer;
	struct bytes all = {0};

	attach_at(stream, &viewer, ABSENT, ABSENT, UINT64_MAX, 0);
	fan_out_flush(stream->fan_out, 0);
	sink_text(bytes_sink(&all), FIRST_BLOCK);
	sink_span(bytes_sink(&all), wanted);
	check_got(&viewer, bytes_span(&all));
	bytes_free(&all);
	viewer_fini(&viewer);
}

/* Losses. */

#define LOST(N) \
	"event: gap\ndata: {\"last_event_id\":\"\",\"missed\":" #N "}\n\n"

Test(fan_out, loss_is_told_of_by_the_next_flush_and_stays_in_the_past)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer, again;

	attach(stream, &viewer);
	publish_data(stream, "a");
	channel_lose(stream->channel, 1);
	fan_out_flush(stream->fan_out, 0);
	check_got(
	    &viewer, LITERAL(FIRST_BLOCK "id: s-id-1\ndata: a\n\n" LOST(1)));
	publish_data(stream, "b");
	check_history(stream,
	    LITERAL(
		"id: s-id-1\ndata: a\n\n" LOST(1) "id: s-id-2\ndata: b\n\n"));
	attach_after(stream, &again, LITERAL("s-id-1"));
	fan_out_flush(stream->fan_out, 0);
	check_got(
	    &again, LITERAL(FIRST_BLOCK LOST(1) "id: s-id-2\ndata: b\n\n"));
	viewer_fini(&again);
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(fan_out, losses_with_no_event_between_are_told_of_together)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	attach(stream, &viewer);
	channel_lose(stream->channel, 1);
	channel_lose(stream->channel, 2);
	publish_data(stream, "a");
	channel_lose(stream->channel, 1);
	channel_end(stream->channel, LITERAL("{}"));
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer,
	    LITERAL(FIRST_BLOCK LOST(3) "id: s-id-1\ndata: a\n\n" LOST(
		1) "id: pipecast-end\nevent: end\ndata: {}\n\n"));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(fan_out, loss_of_unknown_size_stays_so_beside_others)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	attach(stream, &viewer);
	channel_lose(stream->channel, 1);
	channel_lose(stream->channel, GAP_UNKNOWN);
	channel_lose(stream->channel, 1);
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK LOST(null)));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(fan_out, loss_before_a_new_viewer_is_not_told_to_it)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	channel_lose(stream->channel, 1);
	attach(stream, &viewer);
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK));
	check_history(stream, LITERAL(LOST(1)));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

/* Beginning. */

Test(fan_out, destroy_takes_null)
{
	stream_destroy(NULL);
}

Test(fan_out, head_and_first_block_go_out_in_one_send)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	attach_at(stream, &viewer, LITERAL("Head: 1\r\n\r\n"), ABSENT, 0, 0);
	cr_assert_eq(viewer.n_sends, 0);
	fan_out_flush(stream->fan_out, 0);
	cr_assert_eq(viewer.n_sends, 1);
	check_got(&viewer, LITERAL("Head: 1\r\n\r\n" FIRST_BLOCK));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(fan_out, first_block_and_past_events_go_out_in_one_send)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	publish_data(stream, "a");
	attach_at(stream, &viewer, LITERAL("H\n"), ABSENT, 1, 0);
	publish_data(stream, "b");
	fan_out_flush(stream->fan_out, 0);
	cr_assert_eq(viewer.n_sends, 1);
	check_got(&viewer,
	    LITERAL("H\n" FIRST_BLOCK "id: s-id-1\ndata: a\n\n"
		    "id: s-id-2\ndata: b\n\n"));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(fan_out, new_viewer_gets_what_comes_after_it)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	publish_data(stream, "a");
	attach(stream, &viewer);
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK));
	publish_data(stream, "b");
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer, LITERAL("id: s-id-2\ndata: b\n\n"));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(fan_out, new_viewer_gets_as_much_of_the_past_as_is_asked_for)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	publish_data(stream, "a");
	publish_data(stream, "b");
	publish_data(stream, "c");
	attach_at(stream, &viewer, ABSENT, ABSENT, 2, 0);
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer,
	    LITERAL(FIRST_BLOCK "id: s-id-2\ndata: b\n\n"
				"id: s-id-3\ndata: c\n\n"));
	viewer_fini(&viewer);
	check_history(stream,
	    LITERAL("id: s-id-1\ndata: a\n\nid: s-id-2\ndata: b\n\n"
		    "id: s-id-3\ndata: c\n\n"));
	stream_destroy(stream);
}

/* Events. */

Test(fan_out, events_of_a_turn_go_out_in_one_send)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	attach(stream, &viewer);
	fan_out_flush(stream->fan_out, 0);
	viewer.got.n = 0;
	publish_data(stream, "a");
	publish_data(stream, "b");
	publish_data(stream, "c");
	cr_assert_eq(viewer.n_sends, 1);
	fan_out_flush(stream->fan_out, 0);
	cr_assert_eq(viewer.n_sends, 2);
	check_got(&viewer,
	    LITERAL("id: s-id-1\ndata: a\n\nid: s-id-2\ndata: b\n\n"
		    "id: s-id-3\ndata: c\n\n"));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(fan_out, flush_of_nothing_sends_nothing)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	fan_out_flush(stream->fan_out, 0);
	attach(stream, &viewer);
	fan_out_flush(stream->fan_out, 0);
	fan_out_flush(stream->fan_out, 1);
	fan_out_flush(stream->fan_out, 2);
	cr_assert_eq(viewer.n_sends, 1);
	cr_assert_eq(viewer.n_waits, 0);
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(fan_out, event_keeps_an_id_of_its_own)
{
	struct stream *stream = stream_create(&usual);

	publish_with_id(stream, "mine", "a");
	publish_with_id(stream, "", "b");
	publish_data(stream, "c");
	check_history(stream,
	    LITERAL("id: mine\ndata: a\n\nid:\ndata: b\n\n"
		    "id: s-id-3\ndata: c\n\n"));
	stream_destroy(stream);
}

Test(fan_out, what_is_no_event_gets_no_id)
{
	struct stream *stream = stream_create(&usual);
	struct event event = EVENT_NONE;

	event.comment = LITERAL("note");
	cr_assert_eq(channel_publish(stream->channel, &event), 0);
	event = EVENT_NONE;
	event.retry_ms = 7;
	cr_assert_eq(channel_publish(stream->channel, &event), 0);
	event = EVENT_NONE;
	cr_assert_eq(channel_publish(stream->channel, &event), 0);
	publish_data(stream, "a");
	check_history(stream,
	    LITERAL(": note\nretry: 7\n\n"
		    "id: s-id-1\ndata: a\n\n"));
	stream_destroy(stream);
}

/* Resuming. */

Test(fan_out, viewer_resumes_after_an_event_of_ours)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	publish_data(stream, "a");
	publish_data(stream, "b");
	attach_after(stream, &viewer, LITERAL("s-id-1"));
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK "id: s-id-2\ndata: b\n\n"));
	viewer_fini(&viewer);
	attach_after(stream, &viewer, LITERAL("s-id-2"));
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK));
	viewer_fini(&viewer);
	attach_after(stream, &viewer, LITERAL("s-id-0"));
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer,
	    LITERAL(FIRST_BLOCK "id: s-id-1\ndata: a\n\n"
				"id: s-id-2\ndata: b\n\n"));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(fan_out, viewer_resumes_after_an_event_with_its_own_id)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	publish_with_id(stream, "x", "a");
	publish_data(stream, "b");
	publish_with_id(stream, "y\xff", "c");
	publish_data(stream, "d");
	attach_after(stream, &viewer, LITERAL("x"));
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer,
	    LITERAL(FIRST_BLOCK "id: s-id-2\ndata: b\n\n"
				"id: y\xef\xbf\xbd\ndata: c\n\n"
				"id: s-id-4\ndata: d\n\n"));
	viewer_fini(&viewer);
	/* a browser has seen the id as it was written */
	attach_after(stream, &viewer, LITERAL("y\xef\xbf\xbd"));
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK "id: s-id-4\ndata: d\n\n"));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(fan_out, replay_is_for_new_viewers_only)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	publish_data(stream, "a");
	publish_data(stream, "b");
	attach_at(stream, &viewer, ABSENT, LITERAL("s-id-2"), 2, 0);
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(fan_out, unknown_last_event_id_is_a_gap_of_unknown_size)
{
	static const struct {
		struct span id, json;
	} cases[] = {
	    {LITERAL("x"), LITERAL("x")},
	    {LITERAL("s-other-1"), LITERAL("s-other-1")},
	    {LITERAL("s-id-2"), LITERAL("s-id-2")},
	    {LITERAL("f-1-2-3"), LITERAL("f-1-2-3")},
	    {LITERAL("\"\\\xff"), LITERAL("\\\"\\\\\xef\xbf\xbd")},
	    {LITERAL("a\nid: b"), LITERAL("a\\u000aid: b")},
	};
	struct stream *stream = stream_create(&usual);

	publish_data(stream, "a");
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct viewer viewer;
		struct bytes wanted = {0};
		struct byte_sink sink = bytes_sink(&wanted);

		sink_text(sink, FIRST_BLOCK);
		sink_text(sink, "event: gap\ndata: {\"last_event_id\":\"");
		sink_span(sink, cases[i].json);
		sink_text(sink, "\",\"missed\":null}\n\n");
		sink_text(sink, "id: s-id-1\ndata: a\n\n");
		attach_after(stream, &viewer, cases[i].id);
		fan_out_flush(stream->fan_out, 0);
		check_got(&viewer, bytes_span(&wanted));
		viewer_fini(&viewer);
		bytes_free(&wanted);
	}
	stream_destroy(stream);
}

Test(fan_out, gap_tells_how_many_events_are_missed)
{
	struct stream_config config = usual;
	struct viewer viewer;
	struct stream *stream;

	config.channel.history = 60; /* three events */
	stream = stream_create(&config);
	for (unsigned i = 0; i < 7; i++)
		publish_data(stream, "x");
	attach_after(stream, &viewer, LITERAL("s-id-2"));
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer,
	    LITERAL(FIRST_BLOCK "event: gap\ndata: "
				"{\"last_event_id\":\"s-id-2\","
				"\"missed\":2}\n\n"
				"id: s-id-5\ndata: x\n\n"
				"id: s-id-6\ndata: x\n\n"
				"id: s-id-7\ndata: x\n\n"));
	viewer_fini(&viewer);
	attach_after(stream, &viewer, LITERAL("s-id-4"));
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer,
	    LITERAL(FIRST_BLOCK "id: s-id-5\ndata: x\n\n"
				"id: s-id-6\ndata: x\n\n"
				"id: s-id-7\ndata: x\n\n"));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(fan_out, gap_event_has_the_type_that_is_configured)
{
	struct stream_config config = usual;
	struct viewer viewer;
	struct stream *stream;

	config.channel.gap_event = "lost";
	stream = stream_create(&config);
	attach_after(stream, &viewer, LITERAL("x"));
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer,
	    LITERAL(FIRST_BLOCK "event: lost\ndata: "
				"{\"last_event_id\":\"x\","
				"\"missed\":null}\n\n"));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(fan_out, gap_event_without_a_type_is_none)
{
	struct stream_config config = usual;
	struct viewer viewer;
	struct stream *stream;

	config.channel.gap_event = "";
	stream = stream_create(&config);
	publish_data(stream, "a");
	attach_after(stream, &viewer, LITERAL("x"));
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK "id: s-id-1\ndata: a\n\n"));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(fan_out, gap_holds_the_longest_id_there_is)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;
	char id[EVENT_ID_MAX];

	memset(id, '\x01', sizeof(id));
	attach_after(stream, &viewer, (struct span){id, sizeof(id)});
	fan_out_flush(stream->fan_out, 0);
	cr_assert_eq(viewer.got.n,
	    strlen(FIRST_BLOCK "event: gap\ndata: {\"last_event_id\":\"\","
			       "\"missed\":null}\n\n") +
		6 * sizeof(id));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

/* Slow viewers. */

Test(fan_out, viewer_that_takes_a_part_is_sent_the_rest_when_it_can_take_more)
{
	for (size_t at_most = 1; at_most < 80; at_most++) {
		struct stream *stream = stream_create(&usual);
		struct viewer viewer;
		unsigned turns = 0;

		attach_at(stream, &viewer, LITERAL("HEAD\n"), ABSENT, 0, 0);
		viewer.at_most = at_most;
		publish_data(stream, "a");
		publish_data(stream, "b");
		fan_out_flush(stream->fan_out, 0);
		while (viewer.n_waits > turns) {
			turns++;
			viewer_writable(&viewer, 0);
			cr_assert_eq(viewer.n_sends, turns + 1);
		}
		check_got(&viewer,
		    LITERAL("HEAD\n" FIRST_BLOCK "id: s-id-1\ndata: a\n\n"
			    "id: s-id-2\ndata: b\n\n"));
		cr_assert_eq(viewer.n_done, 0);
		viewer_fini(&viewer);
		stream_destroy(stream);
	}
}

Test(fan_out, blocked_viewer_is_not_written_to_before_it_can_take_more)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	attach(stream, &viewer);
	viewer.room = 0;
	fan_out_flush(stream->fan_out, 0);
	cr_assert_eq(viewer.n_sends, 1);
	cr_assert_eq(viewer.n_waits, 1);
	publish_data(stream, "a");
	fan_out_flush(stream->fan_out, 0);
	fan_out_flush(stream->fan_out, 0);
	cr_assert_eq(viewer.n_sends, 1);
	cr_assert_eq(viewer.n_waits, 1);
	viewer.room = SIZE_MAX;
	viewer_writable(&viewer, 0);
	cr_assert_eq(viewer.n_sends, 2);
	cr_assert_eq(viewer.n_waits, 1);
	check_got(&viewer, LITERAL(FIRST_BLOCK "id: s-id-1\ndata: a\n\n"));
	publish_data(stream, "b");
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer, LITERAL("id: s-id-2\ndata: b\n\n"));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(fan_out, viewer_that_was_blocked_before_leaves_like_any_other)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	attach(stream, &viewer);
	viewer.room = 0;
	fan_out_flush(stream->fan_out, 0);
	cr_assert_eq(viewer.n_waits, 1);
	viewer.room = SIZE_MAX;
	viewer_writable(&viewer, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK));
	channel_end(stream->channel, LITERAL("{}"));
	fan_out_flush(stream->fan_out, 0);
	cr_assert_eq(viewer.n_done, 1);
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(fan_out, viewer_that_is_behind_gets_all_of_it)
{
	struct stream_config config = usual;
	struct viewer slow;
	struct bytes wanted = {0};
	struct stream *stream;

	config.channel.history = 100;
	stream = stream_create(&config);
	attach(stream, &slow);
	slow.room = 5;
	sink_text(bytes_sink(&wanted), FIRST_BLOCK);
	for (unsigned i = 1; i <= 1000; i++) {
		char block[64];

		publish_data(stream, "x");
		fan_out_flush(stream->fan_out, 0);
		snprintf(block, sizeof(block), "id: s-id-%u\ndata: x\n\n", i);
		sink_text(bytes_sink(&wanted), block);
	}
	slow.room = SIZE_MAX;
	viewer_writable(&slow, 0);
	check_got(&slow, bytes_span(&wanted));
	bytes_free(&wanted);
	viewer_fini(&slow);
	stream_destroy(stream);
}

Test(fan_out, has_room_until_a_viewer_is_a_whole_history_behind)
{
	struct stream_config config = usual;
	struct viewer slow, fast;
	struct stream *stream;

	config.channel.history = 60; /* three events */
	stream = stream_create(&config);
	cr_assert(channel_has_room(stream->channel));
	attach(stream, &slow);
	attach(stream, &fast);
	fan_out_flush(stream->fan_out, 0);
	slow.room = 0;
	publish_data(stream, "1");
	publish_data(stream, "2");
	fan_out_flush(stream->fan_out, 0);
	cr_assert(channel_has_room(stream->channel));
	publish_data(stream, "3");
	cr_assert_not(channel_has_room(stream->channel));
	fan_out_flush(stream->fan_out, 0);
	cr_assert_not(channel_has_room(stream->channel));
	slow.room = 1;
	viewer_writable(&slow, 0);
	cr_assert(channel_has_room(stream->channel));
	publish_data(stream, "4");
	cr_assert_not(channel_has_room(stream->channel));
	viewer_fini(&slow);
	fan_out_flush(stream->fan_out, 0);
	cr_assert(channel_has_room(stream->channel));
	viewer_fini(&fast);
	stream_destroy(stream);
}

Test(fan_out, viewer_that_resumes_far_back_counts_for_the_room)
{
	struct stream_config config = usual;
	struct viewer viewer;
	struct stream *stream;

	config.channel.history = 60;
	stream = stream_create(&config);
	for (unsigned i = 0; i < 9; i++)
		publish_data(stream, "x");
	cr_assert(channel_has_room(stream->channel));
	attach_at(stream, &viewer, ABSENT, ABSENT, 3, 0);
	viewer.room = 5;
	cr_assert(channel_has_room(
	    stream->channel)); /* it may be able to take all of it */
	fan_out_flush(stream->fan_out, 0);
	cr_assert_not(channel_has_room(stream->channel));
	viewer.room = SIZE_MAX;
	viewer_writable(&viewer, 0);
	cr_assert(channel_has_room(stream->channel));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(fan_out, without_a_history_has_room_when_everything_was_sent)
{
	struct stream_config config = usual;
	struct viewer viewer;
	struct stream *stream;

	config.channel.history = 0;
	stream = stream_create(&config);
	attach(stream, &viewer);
	fan_out_flush(stream->fan_out, 0);
	cr_assert(channel_has_room(stream->channel));
	publish_data(stream, "a");
	cr_assert_not(channel_has_room(stream->channel));
	fan_out_flush(stream->fan_out, 0);
	cr_assert(channel_has_room(stream->channel));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(fan_out, without_viewers_there_is_always_room)
{
	struct stream_config config = usual;
	struct stream *stream;

	config.channel.history = 10;
	stream = stream_create(&config);
	for (unsigned i = 0; i < 100; i++) {
		publish_data(stream, "x");
		fan_out_flush(stream->fan_out, 0);
		cr_assert(channel_has_room(stream->channel));
	}
	stream_destroy(stream);
}

/* Gone viewers. */

Test(fan_out, viewer_that_fails_is_let_go_with_its_error)
{
	struct stream *stream = stream_create(&usual);
	struct viewer bad, good;

	attach(stream, &good);
	attach(stream, &bad);
	bad.error = -EPIPE;
	fan_out_flush(stream->fan_out, 0);
	cr_assert_eq(bad.n_done, 1);
	cr_assert_eq(bad.done_error, -EPIPE);
	check_got(&good, LITERAL(FIRST_BLOCK));
	publish_data(stream, "a");
	fan_out_flush(stream->fan_out, 0);
	cr_assert_eq(bad.n_sends, 1);
	check_got(&good, LITERAL("id: s-id-1\ndata: a\n\n"));
	viewer_fini(&bad);
	viewer_fini(&good);
	stream_destroy(stream);
}

Test(fan_out, viewer_that_fails_later_is_let_go_as_well)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	attach(stream, &viewer);
	viewer.room = 3;
	fan_out_flush(stream->fan_out, 0);
	viewer.error = -ECONNRESET;
	viewer_writable(&viewer, 0);
	cr_assert_eq(viewer.n_done, 1);
	cr_assert_eq(viewer.done_error, -ECONNRESET);
	viewer_writable(&viewer, 0);
	cr_assert_eq(viewer.n_sends, 2);
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(fan_out, viewer_may_free_itself_when_it_is_done)
{
	struct stream *stream = stream_create(&usual);

	for (unsigned i = 0; i < 3; i++) {
		struct viewer *viewer = malloc(sizeof(*viewer));

		attach(stream, viewer);
		viewer->frees_itself = true;
		viewer->error = i == 1 ? -EPIPE : 0;
	}
	channel_end(stream->channel, LITERAL("{}"));
	fan_out_flush(stream->fan_out, 0);
	stream_destroy(stream);
}

Test(fan_out, viewer_may_take_others_with_it_when_it_is_done)
{
	for (size_t first = 0; first < 4; first++) {
		for (size_t other = 0; other < 4; other++) {
			struct stream *stream = stream_create(&usual);
			struct viewer viewers[4];

			for (size_t i = 0; i < 4; i++)
				attach(stream, &viewers[i]);
			viewers[first].error = -EPIPE;
			viewers[first].detaches = &viewers[other];
			fan_out_flush(stream->fan_out, 0);
			publish_data(stream, "a");
			fan_out_flush(stream->fan_out, 0);
			for (size_t i = 0; i < 4; i++) {
				if (i != first && i != other)
					cr_assert_eq(viewers[i].n_sends, 2);
				cr_assert_eq(viewers[i].n_done, i == first);
				viewer_fini(&viewers[i]);
			}
			stream_destroy(stream);
		}
	}
}

Test(fan_out, detach_of_a_viewer_that_is_not_attached_is_harmless)
{
	struct viewer viewer;

	viewer_init(&viewer);
	fan_out_detach(&viewer.subscriber);
	viewer_writable(&viewer, 0);
	cr_assert_eq(viewer.n_sends, 0);
}

Test(fan_out, any_of_its_viewers_may_leave)
{
	for (size_t first = 0; first < 3; first++) {
		for (size_t second = 0; second < 3; second++) {
			struct stream *stream = stream_create(&usual);
			struct viewer viewers[3];

			for (size_t i = 0; i < 3; i++)
				attach(stream, &viewers[i]);
			fan_out_detach(&viewers[first].subscriber);
			fan_out_detach(&viewers[second].subscriber);
			publish_data(stream, "a");
			fan_out_flush(stream->fan_out, 0);
			for (size_t i = 0; i < 3; i++) {
				bool left = i == first || i == second;

				cr_assert_eq(viewers[i].n_sends, !left);
				cr_assert_eq(viewers[i].n_done, 0);
				viewer_fini(&viewers[i]);
			}
			stream_destroy(stream);
		}
	}
}

/* Memory. */

Test(forget, keeps_only_what_is_still_to_be_sent)
{
	struct stream_config config = usual;
	struct viewer fast, slow;
	struct stream *stream;

	config.channel.forget = true;
	stream = stream_create(&config);
	publish_data(stream, "1");
	fan_out_flush(stream->fan_out, 0);
	check_history(stream, LITERAL("id: s-id-1\ndata: 1\n\n"));
	attach(stream, &fast);
	attach(stream, &slow);
	publish_data(stream, "2");
	fan_out_flush(stream->fan_out, 0);
	slow.room = 0;
	publish_data(stream, "3");
	fan_out_flush(stream->fan_out, 0);
	check_history(stream, LITERAL("id: s-id-3\ndata: 3\n\n"));
	slow.room = SIZE_MAX;
	viewer_writable(&slow, 0);
	check_history(stream, LITERAL(""));
	viewer_fini(&fast);
	viewer_fini(&slow);
	stream_destroy(stream);
}

Test(forget, what_the_slowest_of_several_was_sent)
{
	/* in the second they stand in the way as well */
	static const size_t histories[] = {1000, 30};

	for (size_t h = 0; h < LENGTH(histories); h++) {
		struct stream_config config = usual;
		struct viewer viewers[3];
		struct stream *stream;

		config.channel.forget = true;
		config.channel.history = histories[h];
		stream = stream_create(&config);
		for (size_t i = 0; i < LENGTH(viewers); i++)
			attach(stream, &viewers[i]);
		fan_out_flush(stream->fan_out, 0);
		for (size_t i = 0; i < LENGTH(viewers); i++) {
			viewers[i].room = 0;
			publish_data(stream, "x");
			fan_out_flush(stream->fan_out, 0);
		}
		viewers[0].room = SIZE_MAX;
		viewer_writable(&viewers[0], 0);
		check_history(stream,
		    LITERAL("id: s-id-2\ndata: x\n\n"
			    "id: s-id-3\ndata: x\n\n"));
		publish_data(stream, "y");
		fan_out_flush(stream->fan_out, 0);
		fan_out_detach(&viewers[1].subscriber);
		fan_out_flush(stream->fan_out, 0);
		check_history(stream,
		    LITERAL("id: s-id-3\ndata: x\n\n"
			    "id: s-id-4\ndata: y\n\n"));
		for (size_t i = 0; i < LENGTH(viewers); i++)
			viewer_fini(&viewers[i]);
		stream_destroy(stream);
	}
}

Test(forget, makes_a_gap_for_who_comes_back)
{
	struct stream_config config = usual;
	struct viewer viewer, other;
	struct stream *stream;

	config.channel.forget = true;
	stream = stream_create(&config);
	attach(stream, &viewer);
	publish_data(stream, "1");
	publish_data(stream, "2");
	fan_out_flush(stream->fan_out, 0);
	attach_after(stream, &other, LITERAL("s-id-1"));
	fan_out_flush(stream->fan_out, 0);
	check_got(&other,
	    LITERAL(FIRST_BLOCK "event: gap\ndata: "
				"{\"last_event_id\":\"s-id-1\","
				"\"missed\":1}\n\n"));
	viewer_fini(&viewer);
	viewer_fini(&other);
	stream_destroy(stream);
}

/* The dialect of 2006. */

Test(dom_event_stream, has_no_ids_and_no_times)
{
	struct stream_config config = usual;
	struct event event = EVENT_NONE;
	struct viewer viewer;
	struct stream *stream;

	config.channel.dialect = DIALECT_DOM_EVENT_STREAM;
	stream = stream_create(&config);
	attach_at(stream, &viewer, LITERAL("H\n"), ABSENT, 0, 0);
	publish_with_id(stream, "x", "a");
	event.retry_ms = 5;
	cr_assert_eq(channel_publish(stream->channel, &event), 0);
	event.type = LITERAL("t");
	event.data = LITERAL("b");
	cr_assert_eq(channel_publish(stream->channel, &event), 0);
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer,
	    LITERAL("H\n; pipecast\ndata: a\n\n"
		    "Event: t\ndata: b\n\n"));
	fan_out_flush(stream->fan_out, 15000);
	check_got(&viewer, LITERAL(";\n"));
	fan_out_drain(stream->fan_out);
	fan_out_flush(stream->fan_out, 15000);
	cr_assert_eq(viewer.n_done, 1);
	check_got(&viewer, LITERAL(""));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(dom_event_stream, ends_with_an_event)
{
	struct stream_config config = usual;
	struct viewer viewer;
	struct stream *stream;

	config.channel.dialect = DIALECT_DOM_EVENT_STREAM;
	stream = stream_create(&config);
	attach_after(stream, &viewer, LITERAL("x"));
	channel_end(stream->channel, LITERAL("{}"));
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer,
	    LITERAL("; pipecast\n"
		    "Event: gap\ndata: {\"last_event_id\":\"x\","
		    "\"missed\":null}\n\n"
		    "Event: end\ndata: {}\n\n"));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(dom_event_stream, nothing_in_it_is_taken_for_an_id)
{
	struct stream_config config = usual;
	struct stream *stream;

	config.channel.dialect = DIALECT_DOM_EVENT_STREAM;
	stream = stream_create(&config);
	publish_data(stream, "a");
	for (unsigned c = 1; c < 256; c++) {
		char id = (char)c;

		cr_assert_not(
		    channel_can_resume(stream->channel, (struct span){&id, 1}));
	}
	stream_destroy(stream);
}

Test(dom_event_stream, own_ids_are_not_looked_for_where_none_are_written)
{
	struct stream_config config = usual;
	struct viewer viewer;
	struct stream *stream;

	config.channel.dialect = DIALECT_DOM_EVENT_STREAM;
	config.channel.gap_event = "";
	stream = stream_create(&config);
	publish_with_id(stream, "a: ab", "ab");
	attach_after(stream, &viewer, LITERAL(": ab\n"));
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer, LITERAL("; pipecast\ndata: ab\n\n"));
	viewer_fini(&viewer);
	stream_destroy(stream);
}
