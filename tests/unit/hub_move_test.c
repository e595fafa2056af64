/* SPDX-License-Identifier: MIT */

/* Viewers who go on in another hub, and who could. */

#include "viewer.h"

/* Two hubs, of which the first is the viewer's own: it keeps no past. */
struct pair {
	struct hub *own, *shared;
	struct viewer viewer;
};

/* A viewer who has got its first block from a hub of its own. */
static void
pair_init(struct pair *pair, const struct hub_config *config, uint64_t now_ms)
{
	struct hub_config own = *config;

	own.forget = true;
	pair->own = hub_create(&own);
	pair->shared = hub_create(config);
	attach_at(pair->own, &pair->viewer, ABSENT, ABSENT, 0, now_ms);
	hub_flush(pair->own, now_ms);
	check_got(&pair->viewer, LITERAL(FIRST_BLOCK));
}

static void
pair_fini(struct pair *pair)
{
	viewer_fini(&pair->viewer);
	hub_destroy(pair->own);
	hub_destroy(pair->shared);
}

static bool
moves(struct pair *pair, const char *id)
{
	return hub_move(&pair->viewer.subscriber, pair->shared, span_of(id), 0);
}

/* The viewer stays where it is, and gets what is published there. */
static void
check_stays(struct pair *pair, const char *id)
{
	cr_assert_not(moves(pair, id));
	cr_assert_eq(pair->viewer.subscriber.hub, pair->own);
	cr_assert_eq(hub_n_subscribers(pair->own), 1);
	cr_assert_eq(hub_n_subscribers(pair->shared), 0);
	publish_with_id(pair->own, "its", "own");
	publish_with_id(pair->shared, "not", "its");
	hub_flush(pair->shared, 0);
	pair->viewer.room = SIZE_MAX;
	hub_writable(&pair->viewer.subscriber);
	pair->viewer.got.n = 0;
	hub_flush(pair->own, 0);
	cr_assert_geq(pair->viewer.got.n, strlen("id: its\ndata: own\n\n"));
}

Test(move, goes_on_right_after_the_event)
{
	struct pair pair;

	pair_init(&pair, &usual, 0);
	publish_with_id(pair.shared, "a", "1");
	publish_with_id(pair.shared, "b", "2");
	publish_with_id(pair.shared, "c", "3");
	publish_with_id(pair.own, "a", "1");
	hub_flush(pair.own, 0);
	check_got(&pair.viewer, LITERAL("id: a\ndata: 1\n\n"));
	cr_assert(moves(&pair, "a"));
	cr_assert_eq(pair.viewer.subscriber.hub, pair.shared);
	cr_assert_eq(hub_n_subscribers(pair.own), 0);
	cr_assert_eq(hub_n_subscribers(pair.shared), 1);
	hub_destroy(pair.own);
	pair.own = NULL;
	check_got(&pair.viewer, LITERAL(""));
	cr_assert_eq(hub_flush(pair.shared, 0), 15000);
	check_got(
	    &pair.viewer, LITERAL("id: b\ndata: 2\n\nid: c\ndata: 3\n\n"));
	publish_with_id(pair.shared, "d", "4");
	hub_flush(pair.shared, 0);
	check_got(&pair.viewer, LITERAL("id: d\ndata: 4\n\n"));
	cr_assert_eq(pair.viewer.n_done, 0);
	pair_fini(&pair);
}

Test(move, waits_until_a_loss_was_told_of)
{
	struct pair pair;

	pair_init(&pair, &usual, 0);
	publish_with_id(pair.shared, "a", "1");
	publish_with_id(pair.own, "a", "1");
	hub_flush(pair.own, 0);
	hub_lose(pair.own, 1);
	cr_assert_not(moves(&pair, "a"));
	hub_flush(pair.own, 0);
	cr_assert(moves(&pair, "a"));
	pair_fini(&pair);
}

Test(move, to_the_end_sends_nothing)
{
	struct pair pair;

	pair_init(&pair, &usual, 0);
	publish_with_id(pair.shared, "a", "1");
	publish_with_id(pair.shared, "b", "2");
	cr_assert(moves(&pair, "b"));
	cr_assert_eq(hub_flush(pair.shared, 0), 15000);
	cr_assert_eq(pair.viewer.n_sends, 1);
	publish_with_id(pair.shared, "c", "3");
	hub_flush(pair.shared, 0);
	check_got(&pair.viewer, LITERAL("id: c\ndata: 3\n\n"));
	pair_fini(&pair);
}

Test(move, goes_by_ids_of_ours_and_of_files_too)
{
	static const char *const ids[] = {
	    "s-id-2", "f-1-2-3", "\xc3\xa4\xef\xbf\xbd"};

	for (size_t i = 0; i < LENGTH(ids); i++) {
		struct pair pair;

		pair_init(&pair, &usual, 0);
		publish_data(pair.shared, "1");
		if (i == 0)
			publish_data(pair.shared, "2");
		else /* as it comes from a source, ill-formed or not */
			publish_with_id(
			    pair.shared, i == 1 ? ids[i] : "\xc3\xa4\xff", "2");
		publish_data(pair.shared, "3");
		cr_assert(moves(&pair, ids[i]), "%s", ids[i]);
		hub_flush(pair.shared, 0);
		check_got(&pair.viewer, LITERAL("id: s-id-3\ndata: 3\n\n"));
		pair_fini(&pair);
	}
}

Test(move, needs_the_event_and_only_one_of_that_id)
{
	static const char *const ids[] = {NULL, "", "x", "evicted", "s-id-1",
	    "s-id-99", "s-other-3", "twice"};

	for (size_t i = 0; i < LENGTH(ids); i++) {
		struct hub_config config = usual;
		struct pair pair;

		config.history = 70;
		pair_init(&pair, &config, 0);
		publish_data(pair.shared, "1");
		publish_with_id(pair.shared, "evicted", "2");
		publish_with_id(pair.shared, "twice", "3");
		publish_with_id(pair.shared, "once", "4");
		publish_with_id(pair.shared, "twice", "5");
		check_stays(&pair, ids[i]);
		cr_assert(moves(&pair, "once"));
		pair_fini(&pair);
	}
}

Test(move, of_a_viewer_who_was_not_sent_everything_is_refused)
{
	struct pair pair;

	pair_init(&pair, &usual, 0);
	publish_with_id(pair.shared, "a", "1");
	publish_with_id(pair.own, "a", "1");
	check_stays(&pair, "a");
	cr_assert(moves(&pair, "a"));
	pair_fini(&pair);
}

Test(move, of_a_viewer_who_is_blocked_is_refused)
{
	/* in its note, within an event, or right at its end */
	for (size_t room = 0; room <= 15; room += 5) {
		struct pair pair;

		pair_init(&pair, &usual, 0);
		publish_with_id(pair.shared, "a", "1");
		publish_with_id(pair.own, "a", "1");
		pair.viewer.room = room;
		hub_flush(pair.own, 0);
		if (room < strlen("id: a\ndata: 1\n\n"))
			check_stays(&pair, "a");
		cr_assert(moves(&pair, "a"));
		pair_fini(&pair);
	}
}

Test(move, of_a_viewer_who_got_part_of_a_heartbeat_is_refused)
{
	for (size_t room = 0; room < 2; room++) {
		struct pair pair;

		pair_init(&pair, &usual, 0);
		publish_with_id(pair.shared, "a", "1");
		pair.viewer.room = room;
		hub_flush(pair.own, 15000);
		cr_assert_not(moves(&pair, "a"));
		pair.viewer.room = SIZE_MAX;
		hub_writable(&pair.viewer.subscriber);
		cr_assert_not(moves(&pair, "a"));
		hub_flush(pair.own, 15001);
		cr_assert(moves(&pair, "a"));
		check_got(&pair.viewer, LITERAL(":\n"));
		pair_fini(&pair);
	}
}

Test(move, of_a_viewer_who_has_not_begun_is_refused)
{
	struct pair pair;

	pair_init(&pair, &usual, 0);
	viewer_fini(&pair.viewer);
	publish_with_id(pair.shared, "a", "1");
	attach(pair.own, &pair.viewer);
	check_stays(&pair, "a");
	pair_fini(&pair);
}

Test(move, of_a_viewer_who_leaves_or_left_is_refused)
{
	struct pair pair;

	pair_init(&pair, &usual, 0);
	publish_with_id(pair.shared, "a", "1");
	hub_drain(pair.own);
	cr_assert_not(moves(&pair, "a"));
	hub_flush(pair.own, 0);
	cr_assert_eq(pair.viewer.n_done, 1);
	cr_assert_not(moves(&pair, "a"));
	cr_assert_eq(hub_n_subscribers(pair.own), 0);
	cr_assert_eq(hub_n_subscribers(pair.shared), 0);
	pair_fini(&pair);
}

Test(move, may_be_done_again_and_back)
{
	struct viewer other;
	struct pair pair;

	pair_init(&pair, &usual, 0);
	attach(pair.shared, &other);
	publish_with_id(pair.own, "a", "1");
	publish_with_id(pair.shared, "a", "1");
	hub_flush(pair.own, 0);
	hub_flush(pair.shared, 0);
	check_got(&pair.viewer, LITERAL("id: a\ndata: 1\n\n"));
	for (unsigned i = 0; i < 5; i++) {
		struct subscriber *subscriber = &pair.viewer.subscriber;

		cr_assert(hub_move(subscriber, pair.shared, LITERAL("a"), 0));
		cr_assert(hub_move(subscriber, pair.shared, LITERAL("a"), 0));
		cr_assert_eq(hub_n_subscribers(pair.shared), 2);
		if (i % 2)
			hub_flush(pair.shared, 0);
		cr_assert(hub_move(subscriber, pair.own, LITERAL("s-id-1"), 0));
		cr_assert_eq(hub_n_subscribers(pair.shared), 1);
		if (i > 2)
			hub_flush(pair.own, 0);
	}
	check_got(&pair.viewer, LITERAL(""));
	viewer_fini(&other);
	pair_fini(&pair);
}

Test(move, to_a_stream_that_has_ended_ends_there)
{
	struct pair pair;

	pair_init(&pair, &usual, 0);
	publish_with_id(pair.shared, "a", "1");
	publish_with_id(pair.shared, "b", "2");
	hub_end(pair.shared, LITERAL("{}"));
	hub_flush(pair.shared, 0);
	cr_assert(moves(&pair, "a"));
	hub_flush(pair.shared, 0);
	check_got(&pair.viewer,
	    LITERAL("id: b\ndata: 2\n\n"
		    "id: pipecast-end\nevent: end\ndata: {}\n\n"));
	cr_assert_eq(pair.viewer.n_done, 1);
	cr_assert_eq(pair.viewer.done_error, 0);
	pair_fini(&pair);
}

Test(move, keeps_the_time_of_the_last_heartbeat)
{
	/* the others got their last news at 5000 and at 6000 */
	for (uint64_t last_ms = 4000; last_ms <= 7000; last_ms += 500) {
		struct viewer first, second;
		struct pair pair;

		pair_init(&pair, &usual, last_ms);
		attach_at(pair.shared, &first, ABSENT, ABSENT, 0, 5000);
		publish_with_id(pair.shared, "a", "1");
		hub_flush(pair.shared, 5000);
		attach_at(pair.shared, &second, ABSENT, ABSENT, 0, 6000);
		hub_flush(pair.shared, 6000);
		first.got.n = second.got.n = 0;
		cr_assert(hub_move(
		    &pair.viewer.subscriber, pair.shared, LITERAL("a"), 7000));
		hub_flush(pair.shared, 7000);
		for (uint64_t now_ms = 19000; now_ms <= 22000; now_ms += 500) {
			hub_flush(pair.shared, now_ms);
			cr_assert_eq(pair.viewer.got.n,
			    now_ms >= last_ms + 15000 ? 2 : 0);
			cr_assert_eq(first.got.n, now_ms >= 20000 ? 2 : 0);
			cr_assert_eq(second.got.n, now_ms >= 21000 ? 2 : 0);
		}
		viewer_fini(&first);
		viewer_fini(&second);
		pair_fini(&pair);
	}
}

Test(move, keeps_the_time_to_leave)
{
	struct hub_config config = usual;
	struct pair pair;

	config.max_age_ms = 900;
	pair_init(&pair, &config, 100);
	publish_with_id(pair.shared, "a", "1");
	cr_assert_eq(hub_flush(pair.shared, 100), UINT64_MAX);
	cr_assert(moves(&pair, "a"));
	cr_assert_eq(hub_flush(pair.own, 100), UINT64_MAX);
	cr_assert_eq(hub_flush(pair.shared, 100), 900);
	cr_assert_eq(hub_flush(pair.shared, 999), 1);
	cr_assert_eq(pair.viewer.n_done, 0);
	cr_assert_eq(hub_flush(pair.shared, 1000), UINT64_MAX);
	cr_assert_eq(pair.viewer.n_done, 1);
	cr_assert_eq(pair.viewer.done_error, 0);
	pair_fini(&pair);
}

/* Who could go on. */

Test(can_resume, if_nothing_is_missing_after_that_event)
{
	static const struct {
		struct span id;
		bool can;
	} cases[] = {
	    {LITERAL("s-id-0"), false},
	    {LITERAL("s-id-1"), true}, /* it is gone, but the next is not */
	    {LITERAL("s-id-2"), true},
	    {LITERAL("s-id-4"), true},
	    {LITERAL("s-id-5"), false},
	    {LITERAL("s-other-2"), false},
	    {LITERAL("own"), true},
	    {LITERAL("ow"), false},
	    {LITERAL("x"), false},
	    {LITERAL(""), false},
	    {ABSENT, true},
	};
	struct hub_config config = usual;
	struct hub *hub;

	config.history = 60;
	hub = hub_create(&config);
	publish_data(hub, "1");
	publish_data(hub, "2");
	publish_with_id(hub, "own", "3");
	publish_data(hub, "4");
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct viewer viewer;

		cr_assert_eq(hub_can_resume(hub, cases[i].id), cases[i].can,
		    "case %zu", i);
		/* the same as who does it sees */
		attach_after(hub, &viewer, cases[i].id);
		hub_flush(hub, 0);
		bytes_put(&viewer.got, "", 1);
		cr_assert_eq(strstr(viewer.got.at, "event: gap") == NULL,
		    cases[i].can, "case %zu", i);
		viewer_fini(&viewer);
	}
	hub_destroy(hub);
}
