/* SPDX-License-Identifier: MIT */

/* Viewers who go on in another stream, and who could. */

#include "viewer.h"

/* Two streams, of which the first is the viewer's own: it keeps no past. */
struct pair {
	struct stream *own, *shared;
	struct viewer viewer;
};

/* A viewer who has got its first block from a stream of its own. */
static void
pair_init(
    struct pair *pair, const struct stream_config *config, uint64_t now_ms)
{
	struct stream_config own = *config;

	own.channel.forget = true;
	pair->own = stream_create(&own);
	pair->shared = stream_create(config);
	attach_at(pair->own, &pair->viewer, ABSENT, ABSENT, 0, now_ms);
	fan_out_flush(pair->own->fan_out, now_ms);
	check_got(&pair->viewer, LITERAL(FIRST_BLOCK));
}

static void
pair_fini(struct pair *pair)
{
	viewer_fini(&pair->viewer);
	stream_destroy(pair->own);
	stream_destroy(pair->shared);
}

static bool
moves(struct pair *pair, const char *id)
{
	return fan_out_move(
	    &pair->viewer.subscriber, pair->shared->fan_out, span_of(id));
}

/* The viewer stays where it is, and gets what is published there. */
static void
check_stays(struct pair *pair, const char *id)
{
	cr_assert_not(moves(pair, id));
	cr_assert_eq(pair->viewer.subscriber.fan_out, pair->own->fan_out);
	cr_assert_eq(fan_out_n_subscribers(pair->own->fan_out), 1);
	cr_assert_eq(fan_out_n_subscribers(pair->shared->fan_out), 0);
	publish_with_id(pair->own, "its", "own");
	publish_with_id(pair->shared, "not", "its");
	fan_out_flush(pair->shared->fan_out, 0);
	pair->viewer.room = SIZE_MAX;
	fan_out_writable(&pair->viewer.subscriber);
	pair->viewer.got.n = 0;
	fan_out_flush(pair->own->fan_out, 0);
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
	fan_out_flush(pair.own->fan_out, 0);
	check_got(&pair.viewer, LITERAL("id: a\ndata: 1\n\n"));
	cr_assert(moves(&pair, "a"));
	cr_assert_eq(pair.viewer.subscriber.fan_out, pair.shared->fan_out);
	cr_assert_eq(fan_out_n_subscribers(pair.own->fan_out), 0);
	cr_assert_eq(fan_out_n_subscribers(pair.shared->fan_out), 1);
	stream_destroy(pair.own);
	pair.own = NULL;
	check_got(&pair.viewer, LITERAL(""));
	cr_assert_eq(fan_out_flush(pair.shared->fan_out, 0), 15000);
	check_got(
	    &pair.viewer, LITERAL("id: b\ndata: 2\n\nid: c\ndata: 3\n\n"));
	publish_with_id(pair.shared, "d", "4");
	fan_out_flush(pair.shared->fan_out, 0);
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
	fan_out_flush(pair.own->fan_out, 0);
	channel_lose(pair.own->channel, 1);
	cr_assert_not(moves(&pair, "a"));
	fan_out_flush(pair.own->fan_out, 0);
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
	cr_assert_eq(fan_out_flush(pair.shared->fan_out, 0), 15000);
	cr_assert_eq(pair.viewer.n_sends, 1);
	publish_with_id(pair.shared, "c", "3");
	fan_out_flush(pair.shared->fan_out, 0);
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
		fan_out_flush(pair.shared->fan_out, 0);
		check_got(&pair.viewer, LITERAL("id: s-id-3\ndata: 3\n\n"));
		pair_fini(&pair);
	}
}

Test(move, needs_the_event_and_only_one_of_that_id)
{
	static const char *const ids[] = {NULL, "", "x", "evicted", "s-id-1",
	    "s-id-99", "s-other-3", "twice"};

	for (size_t i = 0; i < LENGTH(ids); i++) {
		struct stream_config config = usual;
		struct pair pair;

		config.channel.history = 70;
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
		fan_out_flush(pair.own->fan_out, 0);
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
		fan_out_flush(pair.own->fan_out, 15000);
		cr_assert_not(moves(&pair, "a"));
		pair.viewer.room = SIZE_MAX;
		fan_out_writable(&pair.viewer.subscriber);
		cr_assert_not(moves(&pair, "a"));
		fan_out_flush(pair.own->fan_out, 15001);
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
	fan_out_drain(pair.own->fan_out);
	cr_assert_not(moves(&pair, "a"));
	fan_out_flush(pair.own->fan_out, 0);
	cr_assert_eq(pair.viewer.n_done, 1);
	cr_assert_not(moves(&pair, "a"));
	cr_assert_eq(fan_out_n_subscribers(pair.own->fan_out), 0);
	cr_assert_eq(fan_out_n_subscribers(pair.shared->fan_out), 0);
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
	fan_out_flush(pair.own->fan_out, 0);
	fan_out_flush(pair.shared->fan_out, 0);
	check_got(&pair.viewer, LITERAL("id: a\ndata: 1\n\n"));
	for (unsigned i = 0; i < 5; i++) {
		struct subscriber *subscriber = &pair.viewer.subscriber;

		cr_assert(fan_out_move(
		    subscriber, pair.shared->fan_out, LITERAL("a")));
		cr_assert(fan_out_move(
		    subscriber, pair.shared->fan_out, LITERAL("a")));
		cr_assert_eq(fan_out_n_subscribers(pair.shared->fan_out), 2);
		if (i % 2)
			fan_out_flush(pair.shared->fan_out, 0);
		cr_assert(fan_out_move(
		    subscriber, pair.own->fan_out, LITERAL("s-id-1")));
		cr_assert_eq(fan_out_n_subscribers(pair.shared->fan_out), 1);
		if (i > 2)
			fan_out_flush(pair.own->fan_out, 0);
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
	channel_end(pair.shared->channel, LITERAL("{}"));
	fan_out_flush(pair.shared->fan_out, 0);
	cr_assert(moves(&pair, "a"));
	fan_out_flush(pair.shared->fan_out, 0);
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
		fan_out_flush(pair.shared->fan_out, 5000);
		attach_at(pair.shared, &second, ABSENT, ABSENT, 0, 6000);
		fan_out_flush(pair.shared->fan_out, 6000);
		first.got.n = second.got.n = 0;
		cr_assert(fan_out_move(&pair.viewer.subscriber,
		    pair.shared->fan_out, LITERAL("a")));
		fan_out_flush(pair.shared->fan_out, 7000);
		for (uint64_t now_ms = 19000; now_ms <= 22000; now_ms += 500) {
			fan_out_flush(pair.shared->fan_out, now_ms);
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
	struct stream_config config = usual;
	struct pair pair;

	config.fan_out.max_age_ms = 900;
	pair_init(&pair, &config, 100);
	publish_with_id(pair.shared, "a", "1");
	cr_assert_eq(fan_out_flush(pair.shared->fan_out, 100), UINT64_MAX);
	cr_assert(moves(&pair, "a"));
	cr_assert_eq(fan_out_flush(pair.own->fan_out, 100), UINT64_MAX);
	cr_assert_eq(fan_out_flush(pair.shared->fan_out, 100), 900);
	cr_assert_eq(fan_out_flush(pair.shared->fan_out, 999), 1);
	cr_assert_eq(pair.viewer.n_done, 0);
	cr_assert_eq(fan_out_flush(pair.shared->fan_out, 1000), UINT64_MAX);
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
	struct stream_config config = usual;
	struct stream *stream;

	config.channel.history = 60;
	stream = stream_create(&config);
	publish_data(stream, "1");
	publish_data(stream, "2");
	publish_with_id(stream, "own", "3");
	publish_data(stream, "4");
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct viewer viewer;

		cr_assert_eq(channel_can_resume(stream->channel, cases[i].id),
		    cases[i].can, "case %zu", i);
		/* the same as who does it sees */
		attach_after(stream, &viewer, cases[i].id);
		fan_out_flush(stream->fan_out, 0);
		bytes_put(&viewer.got, "", 1);
		cr_assert_eq(strstr(viewer.got.at, "event: gap") == NULL,
		    cases[i].can, "case %zu", i);
		viewer_fini(&viewer);
	}
	stream_destroy(stream);
}

/* Viewers who begin in another stream. */

static bool
is_transferred(struct pair *pair, struct channel_resume resume)
{
	return fan_out_transfer(
	    &pair->viewer.subscriber, pair->shared->fan_out, &resume);
}

static void
check_gets(struct pair *pair, struct span wanted)
{
	fan_out_flush(pair->shared->fan_out, 0);
	check_got(&pair->viewer, wanted);
}

Test(transfer, begins_as_a_new_viewer_does)
{
	struct channel_resume resume = {
	    .replay = 1, .latest = LITERAL("data: latest\n\n")};
	struct pair pair;

	pair_init(&pair, &usual, 0);
	publish_with_id(pair.shared, "a", "1");
	publish_with_id(pair.shared, "b", "2");
	cr_assert(is_transferred(&pair, resume));
	cr_assert_eq(fan_out_n_subscribers(pair.own->fan_out), 0);
	check_gets(&pair, LITERAL("data: latest\n\nid: b\ndata: 2\n\n"));
	publish_with_id(pair.shared, "c", "3");
	check_gets(&pair, LITERAL("id: c\ndata: 3\n\n"));
	pair_fini(&pair);
}

Test(transfer, with_nothing_to_say_sends_nothing)
{
	struct channel_resume resume = {.replay = 0};
	struct pair pair;

	pair_init(&pair, &usual, 0);
	publish_with_id(pair.shared, "a", "1");
	cr_assert(is_transferred(&pair, resume));
	check_gets(&pair, LITERAL(""));
	publish_with_id(pair.shared, "b", "2");
	check_gets(&pair, LITERAL("id: b\ndata: 2\n\n"));
	pair_fini(&pair);
}

Test(transfer, resumes_after_the_last_event)
{
	struct channel_resume resume = {.last_event_id = LITERAL("a")};
	struct pair pair;

	pair_init(&pair, &usual, 0);
	publish_with_id(pair.shared, "a", "1");
	publish_with_id(pair.shared, "b", "2");
	cr_assert(is_transferred(&pair, resume));
	check_gets(&pair, LITERAL("id: b\ndata: 2\n\n"));
	pair_fini(&pair);
}

Test(transfer, tells_of_a_gap)
{
	struct channel_resume resume = {.last_event_id = LITERAL("x")};
	struct pair pair;

	pair_init(&pair, &usual, 0);
	publish_with_id(pair.shared, "a", "1");
	cr_assert(is_transferred(&pair, resume));
	check_gets(&pair,
	    LITERAL("event: gap\ndata: {\"last_event_id\":\"x\","
		    "\"missed\":null}\n\nid: a\ndata: 1\n\n"));
	pair_fini(&pair);
}

Test(transfer, waits_until_everything_was_sent)
{
	struct channel_resume resume = {.replay = 1};
	struct pair pair;

	pair_init(&pair, &usual, 0);
	publish_with_id(pair.shared, "a", "1");
	publish_with_id(pair.own, "its", "own");
	cr_assert_not(is_transferred(&pair, resume));
	fan_out_flush(pair.own->fan_out, 0);
	check_got(&pair.viewer, LITERAL("id: its\ndata: own\n\n"));
	cr_assert(is_transferred(&pair, resume));
	check_gets(&pair, LITERAL("id: a\ndata: 1\n\n"));
	pair_fini(&pair);
}
