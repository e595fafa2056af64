/* SPDX-License-Identifier: MIT */

#include "core/event_id.h"
#include "core/gap.h"
#include "viewer.h"

/* Everything that is in the ring, as a new viewer would see it. */
static void
check_history(struct hub *hub, struct span wanted)
{
	struct viewer viewer;
	struct bytes all = {0};

	attach_at(hub, &viewer, ABSENT, ABSENT, UINT64_MAX, 0);
	hub_flush(hub, 0);
	sink_text(bytes_sink(&all), FIRST_BLOCK);
	sink_span(bytes_sink(&all), wanted);
	check_got(&viewer, bytes_span(&all));
	bytes_free(&all);
	viewer_fini(&viewer);
}

/* Losses. */

#define LOST(N) \
	"event: gap\ndata: {\"last_event_id\":\"\",\"missed\":" #N "}\n\n"

Test(hub, loss_is_told_of_by_the_next_flush_and_stays_in_the_past)
{
	struct hub *hub = hub_create(&usual);
	struct viewer viewer, again;

	attach(hub, &viewer);
	publish_data(hub, "a");
	hub_lose(hub, 1);
	hub_flush(hub, 0);
	check_got(
	    &viewer, LITERAL(FIRST_BLOCK "id: s-id-1\ndata: a\n\n" LOST(1)));
	publish_data(hub, "b");
	check_history(hub,
	    LITERAL(
		"id: s-id-1\ndata: a\n\n" LOST(1) "id: s-id-2\ndata: b\n\n"));
	attach_after(hub, &again, LITERAL("s-id-1"));
	hub_flush(hub, 0);
	check_got(
	    &again, LITERAL(FIRST_BLOCK LOST(1) "id: s-id-2\ndata: b\n\n"));
	viewer_fini(&again);
	viewer_fini(&viewer);
	hub_destroy(hub);
}

Test(hub, losses_with_no_event_between_are_told_of_together)
{
	struct hub *hub = hub_create(&usual);
	struct viewer viewer;

	attach(hub, &viewer);
	hub_lose(hub, 1);
	hub_lose(hub, 2);
	publish_data(hub, "a");
	hub_lose(hub, 1);
	hub_end(hub, LITERAL("{}"));
	hub_flush(hub, 0);
	check_got(&viewer,
	    LITERAL(FIRST_BLOCK LOST(3) "id: s-id-1\ndata: a\n\n" LOST(
		1) "id: pipecast-end\nevent: end\ndata: {}\n\n"));
	viewer_fini(&viewer);
	hub_destroy(hub);
}

Test(hub, loss_of_unknown_size_stays_so_beside_others)
{
	struct hub *hub = hub_create(&usual);
	struct viewer viewer;

	attach(hub, &viewer);
	hub_lose(hub, 1);
	hub_lose(hub, GAP_UNKNOWN);
	hub_lose(hub, 1);
	hub_flush(hub, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK LOST(null)));
	viewer_fini(&viewer);
	hub_destroy(hub);
}

Test(hub, loss_before_a_new_viewer_is_not_told_to_it)
{
	struct hub *hub = hub_create(&usual);
	struct viewer viewer;

	hub_lose(hub, 1);
	attach(hub, &viewer);
	hub_flush(hub, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK));
	check_history(hub, LITERAL(LOST(1)));
	viewer_fini(&viewer);
	hub_destroy(hub);
}

/* Beginning. */

Test(hub, destroy_takes_null)
{
	hub_destroy(NULL);
}

Test(hub, head_and_first_block_go_out_in_one_send)
{
	struct hub *hub = hub_create(&usual);
	struct viewer viewer;

	attach_at(hub, &viewer, LITERAL("Head: 1\r\n\r\n"), ABSENT, 0, 0);
	cr_assert_eq(viewer.n_sends, 0);
	hub_flush(hub, 0);
	cr_assert_eq(viewer.n_sends, 1);
	check_got(&viewer, LITERAL("Head: 1\r\n\r\n" FIRST_BLOCK));
	viewer_fini(&viewer);
	hub_destroy(hub);
}

Test(hub, first_block_and_past_events_go_out_in_one_send)
{
	struct hub *hub = hub_create(&usual);
	struct viewer viewer;

	publish_data(hub, "a");
	attach_at(hub, &viewer, LITERAL("H\n"), ABSENT, 1, 0);
	publish_data(hub, "b");
	hub_flush(hub, 0);
	cr_assert_eq(viewer.n_sends, 1);
	check_got(&viewer,
	    LITERAL("H\n" FIRST_BLOCK "id: s-id-1\ndata: a\n\n"
		    "id: s-id-2\ndata: b\n\n"));
	viewer_fini(&viewer);
	hub_destroy(hub);
}

Test(hub, new_viewer_gets_what_comes_after_it)
{
	struct hub *hub = hub_create(&usual);
	struct viewer viewer;

	publish_data(hub, "a");
	attach(hub, &viewer);
	hub_flush(hub, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK));
	publish_data(hub, "b");
	hub_flush(hub, 0);
	check_got(&viewer, LITERAL("id: s-id-2\ndata: b\n\n"));
	viewer_fini(&viewer);
	hub_destroy(hub);
}

Test(hub, new_viewer_gets_as_much_of_the_past_as_is_asked_for)
{
	struct hub *hub = hub_create(&usual);
	struct viewer viewer;

	publish_data(hub, "a");
	publish_data(hub, "b");
	publish_data(hub, "c");
	attach_at(hub, &viewer, ABSENT, ABSENT, 2, 0);
	hub_flush(hub, 0);
	check_got(&viewer,
	    LITERAL(FIRST_BLOCK "id: s-id-2\ndata: b\n\n"
				"id: s-id-3\ndata: c\n\n"));
	viewer_fini(&viewer);
	check_history(hub,
	    LITERAL("id: s-id-1\ndata: a\n\nid: s-id-2\ndata: b\n\n"
		    "id: s-id-3\ndata: c\n\n"));
	hub_destroy(hub);
}

/* Events. */

Test(hub, events_of_a_turn_go_out_in_one_send)
{
	struct hub *hub = hub_create(&usual);
	struct viewer viewer;

	attach(hub, &viewer);
	hub_flush(hub, 0);
	viewer.got.n = 0;
	publish_data(hub, "a");
	publish_data(hub, "b");
	publish_data(hub, "c");
	cr_assert_eq(viewer.n_sends, 1);
	hub_flush(hub, 0);
	cr_assert_eq(viewer.n_sends, 2);
	check_got(&viewer,
	    LITERAL("id: s-id-1\ndata: a\n\nid: s-id-2\ndata: b\n\n"
		    "id: s-id-3\ndata: c\n\n"));
	viewer_fini(&viewer);
	hub_destroy(hub);
}

Test(hub, flush_of_nothing_sends_nothing)
{
	struct hub *hub = hub_create(&usual);
	struct viewer viewer;

	hub_flush(hub, 0);
	attach(hub, &viewer);
	hub_flush(hub, 0);
	hub_flush(hub, 1);
	hub_flush(hub, 2);
	cr_assert_eq(viewer.n_sends, 1);
	cr_assert_eq(viewer.n_waits, 0);
	viewer_fini(&viewer);
	hub_destroy(hub);
}

Test(hub, event_keeps_an_id_of_its_own)
{
	struct hub *hub = hub_create(&usual);

	publish_with_id(hub, "mine", "a");
	publish_with_id(hub, "", "b");
	publish_data(hub, "c");
	check_history(hub,
	    LITERAL("id: mine\ndata: a\n\nid:\ndata: b\n\n"
		    "id: s-id-3\ndata: c\n\n"));
	hub_destroy(hub);
}

Test(hub, what_is_no_event_gets_no_id)
{
	struct hub *hub = hub_create(&usual);
	struct event event = EVENT_NONE;

	event.comment = LITERAL("note");
	cr_assert_eq(hub_publish(hub, &event), 0);
	event = EVENT_NONE;
	event.retry_ms = 7;
	cr_assert_eq(hub_publish(hub, &event), 0);
	event = EVENT_NONE;
	cr_assert_eq(hub_publish(hub, &event), 0);
	publish_data(hub, "a");
	check_history(hub,
	    LITERAL(": note\nretry: 7\n\n"
		    "id: s-id-1\ndata: a\n\n"));
	hub_destroy(hub);
}

/* Resuming. */

Test(hub, viewer_resumes_after_an_event_of_ours)
{
	struct hub *hub = hub_create(&usual);
	struct viewer viewer;

	publish_data(hub, "a");
	publish_data(hub, "b");
	attach_after(hub, &viewer, LITERAL("s-id-1"));
	hub_flush(hub, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK "id: s-id-2\ndata: b\n\n"));
	viewer_fini(&viewer);
	attach_after(hub, &viewer, LITERAL("s-id-2"));
	hub_flush(hub, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK));
	viewer_fini(&viewer);
	attach_after(hub, &viewer, LITERAL("s-id-0"));
	hub_flush(hub, 0);
	check_got(&viewer,
	    LITERAL(FIRST_BLOCK "id: s-id-1\ndata: a\n\n"
				"id: s-id-2\ndata: b\n\n"));
	viewer_fini(&viewer);
	hub_destroy(hub);
}

Test(hub, viewer_resumes_after_an_event_with_its_own_id)
{
	struct hub *hub = hub_create(&usual);
	struct viewer viewer;

	publish_with_id(hub, "x", "a");
	publish_data(hub, "b");
	publish_with_id(hub, "y\xff", "c");
	publish_data(hub, "d");
	attach_after(hub, &viewer, LITERAL("x"));
	hub_flush(hub, 0);
	check_got(&viewer,
	    LITERAL(FIRST_BLOCK "id: s-id-2\ndata: b\n\n"
				"id: y\xef\xbf\xbd\ndata: c\n\n"
				"id: s-id-4\ndata: d\n\n"));
	viewer_fini(&viewer);
	/* a browser has seen the id as it was written */
	attach_after(hub, &viewer, LITERAL("y\xef\xbf\xbd"));
	hub_flush(hub, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK "id: s-id-4\ndata: d\n\n"));
	viewer_fini(&viewer);
	hub_destroy(hub);
}

Test(hub, replay_is_for_new_viewers_only)
{
	struct hub *hub = hub_create(&usual);
	struct viewer viewer;

	publish_data(hub, "a");
	publish_data(hub, "b");
	attach_at(hub, &viewer, ABSENT, LITERAL("s-id-2"), 2, 0);
	hub_flush(hub, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK));
	viewer_fini(&viewer);
	hub_destroy(hub);
}

Test(hub, unknown_last_event_id_is_a_gap_of_unknown_size)
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
	struct hub *hub = hub_create(&usual);

	publish_data(hub, "a");
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct viewer viewer;
		struct bytes wanted = {0};
		struct byte_sink sink = bytes_sink(&wanted);

		sink_text(sink, FIRST_BLOCK);
		sink_text(sink, "event: gap\ndata: {\"last_event_id\":\"");
		sink_span(sink, cases[i].json);
		sink_text(sink, "\",\"missed\":null}\n\n");
		sink_text(sink, "id: s-id-1\ndata: a\n\n");
		attach_after(hub, &viewer, cases[i].id);
		hub_flush(hub, 0);
		check_got(&viewer, bytes_span(&wanted));
		viewer_fini(&viewer);
		bytes_free(&wanted);
	}
	hub_destroy(hub);
}

Test(hub, gap_tells_how_many_events_are_missed)
{
	struct hub_config config = usual;
	struct viewer viewer;
	struct hub *hub;

	config.history = 60; /* three events */
	hub = hub_create(&config);
	for (unsigned i = 0; i < 7; i++)
		publish_data(hub, "x");
	attach_after(hub, &viewer, LITERAL("s-id-2"));
	hub_flush(hub, 0);
	check_got(&viewer,
	    LITERAL(FIRST_BLOCK "event: gap\ndata: "
				"{\"last_event_id\":\"s-id-2\","
				"\"missed\":2}\n\n"
				"id: s-id-5\ndata: x\n\n"
				"id: s-id-6\ndata: x\n\n"
				"id: s-id-7\ndata: x\n\n"));
	viewer_fini(&viewer);
	attach_after(hub, &viewer, LITERAL("s-id-4"));
	hub_flush(hub, 0);
	check_got(&viewer,
	    LITERAL(FIRST_BLOCK "id: s-id-5\ndata: x\n\n"
				"id: s-id-6\ndata: x\n\n"
				"id: s-id-7\ndata: x\n\n"));
	viewer_fini(&viewer);
	hub_destroy(hub);
}

Test(hub, gap_event_has_the_type_that_is_configured)
{
	struct hub_config config = usual;
	struct viewer viewer;
	struct hub *hub;

	config.gap_event = "lost";
	hub = hub_create(&config);
	attach_after(hub, &viewer, LITERAL("x"));
	hub_flush(hub, 0);
	check_got(&viewer,
	    LITERAL(FIRST_BLOCK "event: lost\ndata: "
				"{\"last_event_id\":\"x\","
				"\"missed\":null}\n\n"));
	viewer_fini(&viewer);
	hub_destroy(hub);
}

Test(hub, gap_event_without_a_type_is_none)
{
	struct hub_config config = usual;
	struct viewer viewer;
	struct hub *hub;

	config.gap_event = "";
	hub = hub_create(&config);
	publish_data(hub, "a");
	attach_after(hub, &viewer, LITERAL("x"));
	hub_flush(hub, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK "id: s-id-1\ndata: a\n\n"));
	viewer_fini(&viewer);
	hub_destroy(hub);
}

Test(hub, gap_holds_the_longest_id_there_is)
{
	struct hub *hub = hub_create(&usual);
	struct viewer viewer;
	char id[EVENT_ID_MAX];

	memset(id, '\x01', sizeof(id));
	attach_after(hub, &viewer, (struct span){id, sizeof(id)});
	hub_flush(hub, 0);
	cr_assert_eq(viewer.got.n,
	    strlen(FIRST_BLOCK "event: gap\ndata: {\"last_event_id\":\"\","
			       "\"missed\":null}\n\n") +
		6 * sizeof(id));
	viewer_fini(&viewer);
	hub_destroy(hub);
}

/* Slow viewers. */

Test(hub, viewer_that_takes_a_part_is_sent_the_rest_when_it_can_take_more)
{
	for (size_t at_most = 1; at_most < 80; at_most++) {
		struct hub *hub = hub_create(&usual);
		struct viewer viewer;
		unsigned turns = 0;

		attach_at(hub, &viewer, LITERAL("HEAD\n"), ABSENT, 0, 0);
		viewer.at_most = at_most;
		publish_data(hub, "a");
		publish_data(hub, "b");
		hub_flush(hub, 0);
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
		hub_destroy(hub);
	}
}

Test(hub, blocked_viewer_is_not_written_to_before_it_can_take_more)
{
	struct hub *hub = hub_create(&usual);
	struct viewer viewer;

	attach(hub, &viewer);
	viewer.room = 0;
	hub_flush(hub, 0);
	cr_assert_eq(viewer.n_sends, 1);
	cr_assert_eq(viewer.n_waits, 1);
	publish_data(hub, "a");
	hub_flush(hub, 0);
	hub_flush(hub, 0);
	cr_assert_eq(viewer.n_sends, 1);
	cr_assert_eq(viewer.n_waits, 1);
	viewer.room = SIZE_MAX;
	viewer_writable(&viewer, 0);
	cr_assert_eq(viewer.n_sends, 2);
	cr_assert_eq(viewer.n_waits, 1);
	check_got(&viewer, LITERAL(FIRST_BLOCK "id: s-id-1\ndata: a\n\n"));
	publish_data(hub, "b");
	hub_flush(hub, 0);
	check_got(&viewer, LITERAL("id: s-id-2\ndata: b\n\n"));
	viewer_fini(&viewer);
	hub_destroy(hub);
}

Test(hub, viewer_that_was_blocked_before_leaves_like_any_other)
{
	struct hub *hub = hub_create(&usual);
	struct viewer viewer;

	attach(hub, &viewer);
	viewer.room = 0;
	hub_flush(hub, 0);
	cr_assert_eq(viewer.n_waits, 1);
	viewer.room = SIZE_MAX;
	viewer_writable(&viewer, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK));
	hub_end(hub, LITERAL("{}"));
	hub_flush(hub, 0);
	cr_assert_eq(viewer.n_done, 1);
	viewer_fini(&viewer);
	hub_destroy(hub);
}

Test(hub, viewer_that_is_behind_gets_all_of_it)
{
	struct hub_config config = usual;
	struct viewer slow;
	struct bytes wanted = {0};
	struct hub *hub;

	config.history = 100;
	hub = hub_create(&config);
	attach(hub, &slow);
	slow.room = 5;
	sink_text(bytes_sink(&wanted), FIRST_BLOCK);
	for (unsigned i = 1; i <= 1000; i++) {
		char block[64];

		publish_data(hub, "x");
		hub_flush(hub, 0);
		snprintf(block, sizeof(block), "id: s-id-%u\ndata: x\n\n", i);
		sink_text(bytes_sink(&wanted), block);
	}
	slow.room = SIZE_MAX;
	viewer_writable(&slow, 0);
	check_got(&slow, bytes_span(&wanted));
	bytes_free(&wanted);
	viewer_fini(&slow);
	hub_destroy(hub);
}

Test(hub, has_room_until_a_viewer_is_a_whole_history_behind)
{
	struct hub_config config = usual;
	struct viewer slow, fast;
	struct hub *hub;

	config.history = 60; /* three events */
	hub = hub_create(&config);
	cr_assert(hub_has_room(hub));
	attach(hub, &slow);
	attach(hub, &fast);
	hub_flush(hub, 0);
	slow.room = 0;
	publish_data(hub, "1");
	publish_data(hub, "2");
	hub_flush(hub, 0);
	cr_assert(hub_has_room(hub));
	publish_data(hub, "3");
	cr_assert_not(hub_has_room(hub));
	hub_flush(hub, 0);
	cr_assert_not(hub_has_room(hub));
	slow.room = 1;
	viewer_writable(&slow, 0);
	cr_assert(hub_has_room(hub));
	publish_data(hub, "4");
	cr_assert_not(hub_has_room(hub));
	viewer_fini(&slow);
	hub_flush(hub, 0);
	cr_assert(hub_has_room(hub));
	viewer_fini(&fast);
	hub_destroy(hub);
}

Test(hub, viewer_that_resumes_far_back_counts_for_the_room)
{
	struct hub_config config = usual;
	struct viewer viewer;
	struct hub *hub;

	config.history = 60;
	hub = hub_create(&config);
	for (unsigned i = 0; i < 9; i++)
		publish_data(hub, "x");
	cr_assert(hub_has_room(hub));
	attach_at(hub, &viewer, ABSENT, ABSENT, 3, 0);
	viewer.room = 5;
	cr_assert(hub_has_room(hub)); /* it may be able to take all of it */
	hub_flush(hub, 0);
	cr_assert_not(hub_has_room(hub));
	viewer.room = SIZE_MAX;
	viewer_writable(&viewer, 0);
	cr_assert(hub_has_room(hub));
	viewer_fini(&viewer);
	hub_destroy(hub);
}

Test(hub, without_a_history_has_room_when_everything_was_sent)
{
	struct hub_config config = usual;
	struct viewer viewer;
	struct hub *hub;

	config.history = 0;
	hub = hub_create(&config);
	attach(hub, &viewer);
	hub_flush(hub, 0);
	cr_assert(hub_has_room(hub));
	publish_data(hub, "a");
	cr_assert_not(hub_has_room(hub));
	hub_flush(hub, 0);
	cr_assert(hub_has_room(hub));
	viewer_fini(&viewer);
	hub_destroy(hub);
}

Test(hub, without_viewers_there_is_always_room)
{
	struct hub_config config = usual;
	struct hub *hub;

	config.history = 10;
	hub = hub_create(&config);
	for (unsigned i = 0; i < 100; i++) {
		publish_data(hub, "x");
		hub_flush(hub, 0);
		cr_assert(hub_has_room(hub));
	}
	hub_destroy(hub);
}

/* Gone viewers. */

Test(hub, viewer_that_fails_is_let_go_with_its_error)
{
	struct hub *hub = hub_create(&usual);
	struct viewer bad, good;

	attach(hub, &good);
	attach(hub, &bad);
	bad.error = -EPIPE;
	hub_flush(hub, 0);
	cr_assert_eq(bad.n_done, 1);
	cr_assert_eq(bad.done_error, -EPIPE);
	check_got(&good, LITERAL(FIRST_BLOCK));
	publish_data(hub, "a");
	hub_flush(hub, 0);
	cr_assert_eq(bad.n_sends, 1);
	check_got(&good, LITERAL("id: s-id-1\ndata: a\n\n"));
	viewer_fini(&bad);
	viewer_fini(&good);
	hub_destroy(hub);
}

Test(hub, viewer_that_fails_later_is_let_go_as_well)
{
	struct hub *hub = hub_create(&usual);
	struct viewer viewer;

	attach(hub, &viewer);
	viewer.room = 3;
	hub_flush(hub, 0);
	viewer.error = -ECONNRESET;
	viewer_writable(&viewer, 0);
	cr_assert_eq(viewer.n_done, 1);
	cr_assert_eq(viewer.done_error, -ECONNRESET);
	viewer_writable(&viewer, 0);
	cr_assert_eq(viewer.n_sends, 2);
	viewer_fini(&viewer);
	hub_destroy(hub);
}

Test(hub, viewer_may_free_itself_when_it_is_done)
{
	struct hub *hub = hub_create(&usual);

	for (unsigned i = 0; i < 3; i++) {
		struct viewer *viewer = malloc(sizeof(*viewer));

		attach(hub, viewer);
		viewer->frees_itself = true;
		viewer->error = i == 1 ? -EPIPE : 0;
	}
	hub_end(hub, LITERAL("{}"));
	hub_flush(hub, 0);
	hub_destroy(hub);
}

Test(hub, viewer_may_take_others_with_it_when_it_is_done)
{
	for (size_t first = 0; first < 4; first++) {
		for (size_t other = 0; other < 4; other++) {
			struct hub *hub = hub_create(&usual);
			struct viewer viewers[4];

			for (size_t i = 0; i < 4; i++)
				attach(hub, &viewers[i]);
			viewers[first].error = -EPIPE;
			viewers[first].detaches = &viewers[other];
			hub_flush(hub, 0);
			publish_data(hub, "a");
			hub_flush(hub, 0);
			for (size_t i = 0; i < 4; i++) {
				if (i != first && i != other)
					cr_assert_eq(viewers[i].n_sends, 2);
				cr_assert_eq(viewers[i].n_done, i == first);
				viewer_fini(&viewers[i]);
			}
			hub_destroy(hub);
		}
	}
}

Test(hub, detach_of_a_viewer_that_is_not_attached_is_harmless)
{
	struct viewer viewer;

	viewer_init(&viewer);
	hub_detach(&viewer.subscriber);
	viewer_writable(&viewer, 0);
	cr_assert_eq(viewer.n_sends, 0);
}

Test(hub, any_of_its_viewers_may_leave)
{
	for (size_t first = 0; first < 3; first++) {
		for (size_t second = 0; second < 3; second++) {
			struct hub *hub = hub_create(&usual);
			struct viewer viewers[3];

			for (size_t i = 0; i < 3; i++)
				attach(hub, &viewers[i]);
			hub_detach(&viewers[first].subscriber);
			hub_detach(&viewers[second].subscriber);
			publish_data(hub, "a");
			hub_flush(hub, 0);
			for (size_t i = 0; i < 3; i++) {
				bool left = i == first || i == second;

				cr_assert_eq(viewers[i].n_sends, !left);
				cr_assert_eq(viewers[i].n_done, 0);
				viewer_fini(&viewers[i]);
			}
			hub_destroy(hub);
		}
	}
}

/* Memory. */

Test(forget, keeps_only_what_is_still_to_be_sent)
{
	struct hub_config config = usual;
	struct viewer fast, slow;
	struct hub *hub;

	config.forget = true;
	hub = hub_create(&config);
	publish_data(hub, "1");
	hub_flush(hub, 0);
	check_history(hub, LITERAL("id: s-id-1\ndata: 1\n\n"));
	attach(hub, &fast);
	attach(hub, &slow);
	publish_data(hub, "2");
	hub_flush(hub, 0);
	slow.room = 0;
	publish_data(hub, "3");
	hub_flush(hub, 0);
	check_history(hub, LITERAL("id: s-id-3\ndata: 3\n\n"));
	slow.room = SIZE_MAX;
	viewer_writable(&slow, 0);
	check_history(hub, LITERAL(""));
	viewer_fini(&fast);
	viewer_fini(&slow);
	hub_destroy(hub);
}

Test(forget, what_the_slowest_of_several_was_sent)
{
	/* in the second they stand in the way as well */
	static const size_t histories[] = {1000, 30};

	for (size_t h = 0; h < LENGTH(histories); h++) {
		struct hub_config config = usual;
		struct viewer viewers[3];
		struct hub *hub;

		config.forget = true;
		config.history = histories[h];
		hub = hub_create(&config);
		for (size_t i = 0; i < LENGTH(viewers); i++)
			attach(hub, &viewers[i]);
		hub_flush(hub, 0);
		for (size_t i = 0; i < LENGTH(viewers); i++) {
			viewers[i].room = 0;
			publish_data(hub, "x");
			hub_flush(hub, 0);
		}
		viewers[0].room = SIZE_MAX;
		viewer_writable(&viewers[0], 0);
		check_history(hub,
		    LITERAL("id: s-id-2\ndata: x\n\n"
			    "id: s-id-3\ndata: x\n\n"));
		publish_data(hub, "y");
		hub_flush(hub, 0);
		hub_detach(&viewers[1].subscriber);
		hub_flush(hub, 0);
		check_history(hub,
		    LITERAL("id: s-id-3\ndata: x\n\n"
			    "id: s-id-4\ndata: y\n\n"));
		for (size_t i = 0; i < LENGTH(viewers); i++)
			viewer_fini(&viewers[i]);
		hub_destroy(hub);
	}
}

Test(forget, makes_a_gap_for_who_comes_back)
{
	struct hub_config config = usual;
	struct viewer viewer, other;
	struct hub *hub;

	config.forget = true;
	hub = hub_create(&config);
	attach(hub, &viewer);
	publish_data(hub, "1");
	publish_data(hub, "2");
	hub_flush(hub, 0);
	attach_after(hub, &other, LITERAL("s-id-1"));
	hub_flush(hub, 0);
	check_got(&other,
	    LITERAL(FIRST_BLOCK "event: gap\ndata: "
				"{\"last_event_id\":\"s-id-1\","
				"\"missed\":1}\n\n"));
	viewer_fini(&viewer);
	viewer_fini(&other);
	hub_destroy(hub);
}

/* The dialect of 2006. */

Test(dom_event_stream, has_no_ids_and_no_times)
{
	struct hub_config config = usual;
	struct event event = EVENT_NONE;
	struct viewer viewer;
	struct hub *hub;

	config.dialect = DIALECT_DOM_EVENT_STREAM;
	hub = hub_create(&config);
	attach_at(hub, &viewer, LITERAL("H\n"), ABSENT, 0, 0);
	publish_with_id(hub, "x", "a");
	event.retry_ms = 5;
	cr_assert_eq(hub_publish(hub, &event), 0);
	event.type = LITERAL("t");
	event.data = LITERAL("b");
	cr_assert_eq(hub_publish(hub, &event), 0);
	hub_flush(hub, 0);
	check_got(&viewer,
	    LITERAL("H\n; pipecast\ndata: a\n\n"
		    "Event: t\ndata: b\n\n"));
	hub_flush(hub, 15000);
	check_got(&viewer, LITERAL(";\n"));
	hub_drain(hub);
	hub_flush(hub, 15000);
	cr_assert_eq(viewer.n_done, 1);
	check_got(&viewer, LITERAL(""));
	viewer_fini(&viewer);
	hub_destroy(hub);
}

Test(dom_event_stream, ends_with_an_event)
{
	struct hub_config config = usual;
	struct viewer viewer;
	struct hub *hub;

	config.dialect = DIALECT_DOM_EVENT_STREAM;
	hub = hub_create(&config);
	attach_after(hub, &viewer, LITERAL("x"));
	hub_end(hub, LITERAL("{}"));
	hub_flush(hub, 0);
	check_got(&viewer,
	    LITERAL("; pipecast\n"
		    "Event: gap\ndata: {\"last_event_id\":\"x\","
		    "\"missed\":null}\n\n"
		    "Event: end\ndata: {}\n\n"));
	viewer_fini(&viewer);
	hub_destroy(hub);
}

Test(dom_event_stream, nothing_in_it_is_taken_for_an_id)
{
	struct hub_config config = usual;
	struct hub *hub;

	config.dialect = DIALECT_DOM_EVENT_STREAM;
	hub = hub_create(&config);
	publish_data(hub, "a");
	for (unsigned c = 1; c < 256; c++) {
		char id = (char)c;

		cr_assert_not(hub_can_resume(hub, (struct span){&id, 1}));
	}
	hub_destroy(hub);
}

Test(dom_event_stream, own_ids_are_not_looked_for_where_none_are_written)
{
	struct hub_config config = usual;
	struct viewer viewer;
	struct hub *hub;

	config.dialect = DIALECT_DOM_EVENT_STREAM;
	config.gap_event = "";
	hub = hub_create(&config);
	publish_with_id(hub, "a: ab", "ab");
	attach_after(hub, &viewer, LITERAL(": ab\n"));
	hub_flush(hub, 0);
	check_got(&viewer, LITERAL("; pipecast\ndata: ab\n\n"));
	viewer_fini(&viewer);
	hub_destroy(hub);
}
