/* SPDX-License-Identifier: MIT */

/* What the stream does as time goes by, and how streams end. */

#include "viewer.h"

/* Heartbeats. */

static void
check_flush(struct stream *stream, uint64_t now_ms, uint64_t wanted)
{
	uint64_t in = fan_out_flush(stream->fan_out, now_ms);

	cr_assert_eq(in, wanted, "at %llu: again in %llu",
	    (unsigned long long)now_ms, (unsigned long long)in);
}

Test(heartbeat, is_sent_after_silence_only)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	attach_at(stream, &viewer, ABSENT, ABSENT, 0, 1000);
	fan_out_flush(stream->fan_out, 1000);
	check_got(&viewer, LITERAL(FIRST_BLOCK));
	check_flush(stream, 1000, 15000);
	check_flush(stream, 15999, 1);
	check_got(&viewer, LITERAL(""));
	check_flush(stream, 16000, 15000);
	check_got(&viewer, LITERAL(":\n"));
	publish_data(stream, "a");
	fan_out_flush(stream->fan_out, 20000);
	viewer.got.n = 0;
	check_flush(stream, 31000, 4000);
	check_got(&viewer, LITERAL(""));
	check_flush(stream, 36000, 15000);
	check_got(&viewer, LITERAL(":\n"));
	cr_assert_eq(viewer.n_done, 0);
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(heartbeat, of_several_viewers_is_due_when_the_first_is)
{
	struct stream *stream = stream_create(&usual);
	struct viewer early, late;

	attach_at(stream, &early, ABSENT, ABSENT, 0, 0);
	attach_at(stream, &late, ABSENT, ABSENT, 0, 0);
	late.room = 1;
	fan_out_flush(stream->fan_out, 0);
	late.room = SIZE_MAX;
	viewer_writable(&late, 5000);
	early.got.n = late.got.n = 0;
	check_flush(stream, 6000, 9000);
	check_flush(stream, 15000, 5000);
	check_got(&early, LITERAL(":\n"));
	check_got(&late, LITERAL(""));
	check_flush(stream, 20000, 10000);
	check_got(&early, LITERAL(""));
	check_got(&late, LITERAL(":\n"));
	viewer_fini(&early);
	viewer_fini(&late);
	stream_destroy(stream);
}

Test(heartbeat, is_not_sent_if_none_is_wanted)
{
	struct stream_config config = usual;
	struct viewer viewer;
	struct stream *stream;

	config.fan_out.heartbeat_ms = 0;
	stream = stream_create(&config);
	attach(stream, &viewer);
	check_flush(stream, 1000000, UINT64_MAX);
	check_got(&viewer, LITERAL(FIRST_BLOCK));
	check_flush(stream, 2000000, UINT64_MAX);
	check_got(&viewer, LITERAL(""));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(heartbeat, without_viewers_is_never_due)
{
	struct stream *stream = stream_create(&usual);

	check_flush(stream, 1000000, UINT64_MAX);
	stream_destroy(stream);
}

Test(heartbeat, does_not_cut_an_event_of_a_blocked_viewer)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	attach(stream, &viewer);
	fan_out_flush(stream->fan_out, 0);
	viewer.got.n = 0;
	viewer.room = 9;
	publish_data(stream, "a");
	fan_out_flush(stream->fan_out, 0);
	fan_out_flush(stream->fan_out, 15000);
	fan_out_flush(stream->fan_out, 30000);
	check_got(&viewer, LITERAL("id: s-id-"));
	viewer.room = SIZE_MAX;
	viewer_writable(&viewer, 31000);
	check_got(&viewer, LITERAL("1\ndata: a\n\n"));
	check_flush(stream, 45000, 1000);
	check_flush(stream, 46000, 15000);
	check_got(&viewer, LITERAL(":\n"));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(heartbeat, goes_on_after_a_viewer_was_blocked)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	attach(stream, &viewer);
	viewer.room = 0;
	fan_out_flush(stream->fan_out, 0);
	check_flush(stream, 14000, UINT64_MAX);
	check_flush(stream, 15000, UINT64_MAX);
	check_flush(stream, 16000, UINT64_MAX);
	viewer.room = SIZE_MAX;
	viewer_writable(&viewer, 17000);
	check_got(&viewer, LITERAL(FIRST_BLOCK));
	check_flush(stream, 31000, 1000);
	check_flush(stream, 32000, 15000);
	check_got(&viewer, LITERAL(":\n"));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(heartbeat, is_due_again_though_the_first_block_was_sent_late)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	attach(stream, &viewer);
	check_flush(stream, 20000, 15000);
	check_got(&viewer, LITERAL(FIRST_BLOCK));
	check_flush(stream, 35000, 15000);
	check_got(&viewer, LITERAL(":\n"));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(heartbeat, that_could_not_be_sent_is_sent_whole_before_the_next_event)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	attach(stream, &viewer);
	fan_out_flush(stream->fan_out, 0);
	viewer.got.n = 0;
	viewer.room = 1;
	fan_out_flush(stream->fan_out, 15000);
	publish_data(stream, "a");
	fan_out_flush(stream->fan_out, 15001);
	check_got(&viewer, LITERAL(":"));
	viewer.room = SIZE_MAX;
	viewer_writable(&viewer, 15002);
	check_got(&viewer, LITERAL("\nid: s-id-1\ndata: a\n\n"));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(heartbeat, of_viewers_who_came_at_different_times_keeps_their_order)
{
	enum { N = 20 };
	struct stream *stream = stream_create(&usual);
	struct viewer viewers[N];

	/* three at a time, and with no time between some turns */
	for (size_t i = 0; i < N; i++) {
		attach_at(stream, &viewers[i], ABSENT, ABSENT, 0, i / 3 * 500);
		fan_out_flush(stream->fan_out, i / 3 * 500);
		fan_out_flush(stream->fan_out, i / 3 * 500);
		viewers[i].got.n = 0;
	}
	for (uint64_t now_ms = 15000; now_ms < 15000 + N / 3 * 500;
	     now_ms += 500) {
		check_flush(stream, now_ms, 500);
		for (size_t i = 0; i < N; i++)
			cr_assert_eq(viewers[i].got.n,
			    15000 + i / 3 * 500 <= now_ms ? 2 : 0);
	}
	/* news put them all into one step again */
	publish_data(stream, "a");
	check_flush(stream, 18100, 15000);
	for (size_t i = 0; i < N; i++)
		viewers[i].got.n = 0;
	check_flush(stream, 33099, 1);
	check_flush(stream, 33100, 15000);
	check_flush(stream, 33100, 15000);
	for (size_t i = 0; i < N; i++) {
		check_got(&viewers[i], LITERAL(":\n"));
		viewer_fini(&viewers[i]);
	}
	stream_destroy(stream);
}

Test(heartbeat, of_one_viewer_costs_the_others_no_send)
{
	struct stream *stream = stream_create(&usual);
	struct viewer early, late;

	attach_at(stream, &early, ABSENT, ABSENT, 0, 0);
	fan_out_flush(stream->fan_out, 0);
	attach_at(stream, &late, ABSENT, ABSENT, 0, 9000);
	fan_out_flush(stream->fan_out, 9000);
	cr_assert_eq(early.n_sends, 1);
	cr_assert_eq(late.n_sends, 1);
	check_flush(stream, 15000, 9000);
	cr_assert_eq(early.n_sends, 2);
	cr_assert_eq(late.n_sends, 1);
	check_flush(stream, 24000, 6000);
	cr_assert_eq(early.n_sends, 2);
	cr_assert_eq(late.n_sends, 2);
	viewer_fini(&early);
	viewer_fini(&late);
	stream_destroy(stream);
}

Test(heartbeat, is_not_sent_with_news)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	attach(stream, &viewer);
	fan_out_flush(stream->fan_out, 0);
	viewer.got.n = 0;
	publish_data(stream, "a");
	check_flush(stream, 16000, 15000);
	check_got(&viewer, LITERAL("id: s-id-1\ndata: a\n\n"));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

/* Endings. */

Test(max_age, ends_a_stream_within_the_last_tenth)
{
	struct stream_config config = usual;
	bool early = false, late = false;

	config.fan_out.max_age_ms = 100000;
	config.fan_out.heartbeat_ms = 0;
	for (uint32_t seed = 0; seed < 200; seed++) {
		struct viewer viewer;
		struct stream *stream;
		uint64_t in;

		config.fan_out.seed = seed * 7919;
		stream = stream_create(&config);
		attach_at(stream, &viewer, ABSENT, ABSENT, 0, 1000);
		in = fan_out_flush(stream->fan_out, 1000);
		cr_assert_geq(in, 90000 - 100);
		cr_assert_leq(in, 100000);
		early = early || in < 92000;
		late = late || in > 98000;
		cr_assert_eq(fan_out_flush(stream->fan_out, 1000 + in - 1), 1);
		cr_assert_eq(viewer.n_done, 0);
		publish_data(stream, "a");
		check_flush(stream, 1000 + in, UINT64_MAX);
		cr_assert_eq(viewer.n_done, 1);
		cr_assert_eq(viewer.done_error, 0);
		check_got(
		    &viewer, LITERAL(FIRST_BLOCK "id: s-id-1\ndata: a\n\n"));
		viewer_fini(&viewer);
		stream_destroy(stream);
	}
	cr_assert(early && late);
}

Test(max_age, of_a_blocked_viewer_waits_for_what_it_was_promised)
{
	struct stream_config config = usual;
	struct viewer viewer;
	struct stream *stream;

	config.fan_out.max_age_ms = 500;
	stream = stream_create(&config);
	attach(stream, &viewer);
	viewer.room = 5;
	publish_data(stream, "a");
	fan_out_flush(stream->fan_out, 0);
	check_flush(stream, 300, 200);
	fan_out_flush(stream->fan_out, 500);
	cr_assert_eq(viewer.n_done, 0);
	publish_data(stream, "not any more");
	viewer.room = SIZE_MAX;
	viewer_writable(&viewer, 600);
	cr_assert_eq(viewer.n_done, 1);
	check_got(&viewer, LITERAL(FIRST_BLOCK "id: s-id-1\ndata: a\n\n"));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(max_age, is_what_comes_first_if_it_is_before_the_heartbeat)
{
	static const uint64_t heartbeats[] = {400, 900, 1500};

	for (size_t i = 0; i < LENGTH(heartbeats); i++) {
		struct stream_config config = usual;
		struct viewer viewer;
		struct stream *stream;

		config.fan_out.max_age_ms = 900;
		config.fan_out.heartbeat_ms = heartbeats[i];
		stream = stream_create(&config);
		attach_at(stream, &viewer, ABSENT, ABSENT, 0, 5000);
		fan_out_flush(stream->fan_out, 5000);
		check_flush(stream, 5000, i == 0 ? 400 : 900);
		check_flush(stream, 5300, i == 0 ? 100 : 600);
		viewer_fini(&viewer);
		stream_destroy(stream);
	}
}

/*
 * Attaches n viewers, one every step_ms, and flushes whenever that is due.
 * Returns how many flushes it took to let all of them go.
 */
static unsigned
age_many(size_t n, uint64_t step_ms, uint64_t max_age_ms)
{
	struct viewer *viewers = calloc(n, sizeof(*viewers));
	struct stream_config config = usual;
	uint64_t now_ms = 0, due_ms = UINT64_MAX;
	size_t n_attached = 0;
	unsigned n_due = 0;
	struct stream *stream;

	config.fan_out.max_age_ms = max_age_ms;
	config.fan_out.heartbeat_ms = 0;
	stream = stream_create(&config);
	while (n_attached < n || fan_out_n_subscribers(stream->fan_out) > 0) {
		uint64_t next_ms = n_attached * step_ms;
		bool attaches = n_attached < n && next_ms <= due_ms;

		now_ms = attaches ? next_ms : due_ms;
		if (attaches)
			attach_at(stream, &viewers[n_attached++], ABSENT,
			    ABSENT, 0, now_ms);
		else
			n_due++;
		for (size_t i = 0; i < n_attached; i++)
			if (viewers[i].n_done == 0)
				cr_assert_leq(now_ms, i * step_ms + max_age_ms);
		due_ms = fan_out_flush(stream->fan_out, now_ms);
		due_ms = due_ms == UINT64_MAX ? due_ms : now_ms + due_ms;
		cr_assert_gt(due_ms, now_ms);
		for (size_t i = 0; i < n_attached; i++)
			if (viewers[i].n_done == 1) {
				cr_assert_geq(
				    now_ms, i * step_ms + max_age_ms / 10 * 9);
				cr_assert_eq(viewers[i].done_error, 0);
				viewers[i].n_done = 2;
			}
	}
	cr_assert_eq(due_ms, UINT64_MAX);
	for (size_t i = 0; i < n; i++)
		viewer_fini(&viewers[i]);
	free(viewers);
	stream_destroy(stream);
	return n_due;
}

Test(max_age, of_thousands_is_looked_at_a_few_times)
{
	/* all at once, and coming and going all the time */
	unsigned n_due = age_many(10000, 0, 3600000);

	cr_assert_geq(n_due, 10);
	cr_assert_leq(n_due, 14);
	n_due = age_many(4000, 3600, 3600000);
	cr_assert_geq(n_due, 120);
	cr_assert_leq(n_due, 600);
}

Test(end, is_an_event_with_an_id_that_says_so)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	attach(stream, &viewer);
	publish_data(stream, "a");
	channel_end(stream->channel, LITERAL("{\"exit_status\":3}"));
	cr_assert_eq(viewer.n_done, 0);
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer,
	    LITERAL(FIRST_BLOCK "id: s-id-1\ndata: a\n\n"
				"id: pipecast-end\nevent: end\n"
				"data: {\"exit_status\":3}\n\n"));
	cr_assert_eq(viewer.n_sends, 1);
	cr_assert_eq(viewer.n_done, 1);
	cr_assert_eq(viewer.done_error, 0);
	viewer_fini(&viewer);
	stream_destroy(stream);
}

static void
check_end(const char *type, struct span wanted)
{
	struct stream_config config = usual;
	struct viewer viewer;
	struct stream *stream;

	config.channel.end_event = type;
	stream = stream_create(&config);
	attach(stream, &viewer);
	channel_end(stream->channel, LITERAL("{}"));
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer, wanted);
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(end, has_the_type_that_is_configured)
{
	check_end("over",
	    LITERAL(FIRST_BLOCK "id: pipecast-end\nevent: over\n"
				"data: {}\n\n"));
	check_end("x",
	    LITERAL(FIRST_BLOCK "id: pipecast-end\nevent: x\n"
				"data: {}\n\n"));
}

Test(end, without_a_type_is_the_end_of_the_response_alone)
{
	struct stream_config config = usual;
	struct viewer viewer;
	struct stream *stream;

	config.channel.end_event = "";
	stream = stream_create(&config);
	attach(stream, &viewer);
	channel_end(stream->channel, LITERAL("{}"));
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK));
	cr_assert_eq(viewer.n_done, 1);
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(end, reaches_a_blocked_viewer_when_it_can_take_more)
{
	for (size_t at_most = 1; at_most < 90; at_most++) {
		struct stream *stream = stream_create(&usual);
		struct viewer viewer;

		attach(stream, &viewer);
		viewer.at_most = at_most;
		publish_data(stream, "a");
		fan_out_flush(stream->fan_out, 0);
		channel_end(stream->channel, LITERAL("{}"));
		fan_out_flush(stream->fan_out, 0);
		while (viewer.n_done == 0)
			viewer_writable(&viewer, 0);
		check_got(&viewer,
		    LITERAL(FIRST_BLOCK "id: s-id-1\ndata: a\n\n"
					"id: pipecast-end\nevent: end\n"
					"data: {}\n\n"));
		viewer_fini(&viewer);
		stream_destroy(stream);
	}
}

Test(end, waits_for_a_blocked_viewer_as_everything_does)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	attach(stream, &viewer);
	viewer.room = 3;
	fan_out_flush(stream->fan_out, 0);
	channel_end(stream->channel, LITERAL("{}"));
	fan_out_flush(stream->fan_out, 0);
	fan_out_flush(stream->fan_out, 0);
	cr_assert_eq(viewer.n_sends, 1);
	cr_assert_eq(viewer.n_done, 0);
	viewer.room = SIZE_MAX;
	viewer_writable(&viewer, 0);
	cr_assert_eq(viewer.n_sends, 2);
	cr_assert_eq(viewer.n_done, 1);
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(end, viewer_who_resumes_after_it_is_let_go_at_once)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	publish_data(stream, "a");
	channel_end(stream->channel, LITERAL("{}"));
	attach_after(stream, &viewer, LITERAL("s-id-1"));
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer,
	    LITERAL(FIRST_BLOCK "id: pipecast-end\nevent: end\n"
				"data: {}\n\n"));
	cr_assert_eq(viewer.n_done, 1);
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(end, viewer_who_comes_after_it_is_told_so)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	publish_data(stream, "a");
	channel_end(stream->channel, LITERAL("{}"));
	attach(stream, &viewer);
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer,
	    LITERAL(FIRST_BLOCK "id: pipecast-end\nevent: end\n"
				"data: {}\n\n"));
	cr_assert_eq(viewer.n_done, 1);
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(end, is_not_forgotten)
{
	struct stream_config config = usual;
	struct viewer first, second;
	struct stream *stream;

	config.channel.forget = true;
	stream = stream_create(&config);
	attach(stream, &first);
	publish_data(stream, "a");
	channel_end(stream->channel, LITERAL("{}"));
	fan_out_flush(stream->fan_out, 0);
	cr_assert_eq(first.n_done, 1);
	attach(stream, &second);
	fan_out_flush(stream->fan_out, 0);
	check_got(&second,
	    LITERAL(FIRST_BLOCK "id: pipecast-end\nevent: end\n"
				"data: {}\n\n"));
	viewer_fini(&first);
	viewer_fini(&second);
	stream_destroy(stream);
}

Test(end, no_heartbeat_is_due_while_a_viewer_leaves)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	attach(stream, &viewer);
	channel_end(stream->channel, LITERAL("{}"));
	fan_out_flush(stream->fan_out, 15000);
	check_got(&viewer,
	    LITERAL(FIRST_BLOCK "id: pipecast-end\nevent: end\n"
				"data: {}\n\n"));
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(end, of_a_viewer_who_leaves_already_changes_nothing)
{
	struct stream_config config = usual;
	struct viewer viewer;
	struct stream *stream;

	config.fan_out.max_age_ms = 500;
	stream = stream_create(&config);
	attach(stream, &viewer);
	viewer.room = 1;
	publish_data(stream, "a");
	fan_out_flush(stream->fan_out, 500);
	publish_data(stream, "not any more");
	channel_end(stream->channel, LITERAL("{}"));
	viewer.room = SIZE_MAX;
	viewer_writable(&viewer, 600);
	check_got(&viewer, LITERAL(FIRST_BLOCK "id: s-id-1\ndata: a\n\n"));
	cr_assert_eq(viewer.n_done, 1);
	viewer_fini(&viewer);
	stream_destroy(stream);
}

/* The reconnection time of a farewell, which is all the viewer got. */
static unsigned
farewell_retry(struct viewer *viewer)
{
	unsigned retry_ms;
	int n = 0;

	bytes_put(&viewer->got, "", 1);
	cr_assert_eq(
	    sscanf(viewer->got.at, "retry: %u\n\n%n", &retry_ms, &n), 1);
	cr_assert_eq((size_t)n, viewer->got.n - 1, "%s", viewer->got.at);
	viewer->got.n = 0;
	return retry_ms;
}

Test(drain, sends_what_is_left_then_a_reconnection_time)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;
	struct span rest = LITERAL(FIRST_BLOCK "id: s-id-1\ndata: a\n\n");
	unsigned retry_ms;

	attach(stream, &viewer);
	publish_data(stream, "a");
	fan_out_drain(stream->fan_out);
	cr_assert_eq(viewer.n_sends, 0);
	fan_out_flush(stream->fan_out, 0);
	cr_assert_eq(viewer.n_sends, 2);
	cr_assert_eq(viewer.n_done, 1);
	cr_assert_eq(viewer.done_error, 0);
	assert_span(((struct span){viewer.got.at, rest.n}), rest);
	viewer.got.n -= rest.n;
	memmove(viewer.got.at, viewer.got.at + rest.n, viewer.got.n);
	retry_ms = farewell_retry(&viewer);
	cr_assert_geq(retry_ms, 2000);
	cr_assert_lt(retry_ms, 4000);
	viewer_fini(&viewer);
	stream_destroy(stream);
}

static void
check_spread(uint32_t seed)
{
	struct stream_config config = usual;
	struct stream *stream;
	struct viewer viewers[100];
	unsigned low = 4000, high = 2000;

	config.fan_out.seed = seed;
	stream = stream_create(&config);
	for (size_t i = 0; i < LENGTH(viewers); i++)
		attach(stream, &viewers[i]);
	fan_out_flush(stream->fan_out, 0);
	fan_out_drain(stream->fan_out);
	for (size_t i = 0; i < LENGTH(viewers); i++)
		viewers[i].got.n = 0;
	fan_out_flush(stream->fan_out, 0);
	for (size_t i = 0; i < LENGTH(viewers); i++) {
		unsigned retry_ms = farewell_retry(&viewers[i]);

		cr_assert(retry_ms >= 2000 && retry_ms < 4000);
		low = retry_ms < low ? retry_ms : low;
		high = retry_ms > high ? retry_ms : high;
		viewer_fini(&viewers[i]);
	}
	cr_assert_lt(low, 2300);
	cr_assert_gt(high, 3700);
	stream_destroy(stream);
}

Test(drain, spreads_the_viewers_over_the_reconnection_time)
{
	check_spread(1);
	check_spread(0);
}

Test(drain, without_a_reconnection_time_has_none_to_spread)
{
	struct stream_config config = usual;
	struct viewer viewer;
	struct stream *stream;

	config.channel.retry_ms = 0;
	stream = stream_create(&config);
	attach(stream, &viewer);
	fan_out_flush(stream->fan_out, 0);
	viewer.got.n = 0;
	fan_out_drain(stream->fan_out);
	fan_out_flush(stream->fan_out, 0);
	cr_assert_eq(farewell_retry(&viewer), 0);
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(drain, reconnection_time_of_weeks_stays_one)
{
	static const uint64_t times[] = {UINT64_C(1) << 32, INT64_MAX / 2};

	for (size_t i = 0; i < LENGTH(times); i++) {
		struct stream_config config = usual;
		struct viewer viewer;
		struct stream *stream;
		unsigned long long retry_ms;

		config.channel.retry_ms = times[i];
		stream = stream_create(&config);
		attach(stream, &viewer);
		fan_out_flush(stream->fan_out, 0);
		viewer.got.n = 0;
		fan_out_drain(stream->fan_out);
		fan_out_flush(stream->fan_out, 0);
		bytes_put(&viewer.got, "", 1);
		cr_assert_eq(
		    sscanf(viewer.got.at, "retry: %llu", &retry_ms), 1);
		cr_assert_gt(retry_ms, times[i]);
		cr_assert_leq(retry_ms, times[i] + UINT32_MAX);
		viewer_fini(&viewer);
		stream_destroy(stream);
	}
}

Test(drain, reaches_a_blocked_viewer_byte_by_byte)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;
	struct span rest = LITERAL(FIRST_BLOCK "id: s-id-1\ndata: a\n\n");

	attach(stream, &viewer);
	publish_data(stream, "a");
	viewer.at_most = 1;
	fan_out_flush(stream->fan_out, 0);
	fan_out_drain(stream->fan_out);
	fan_out_flush(stream->fan_out, 0);
	publish_data(stream, "not any more");
	for (unsigned i = 0; i < 1000 && viewer.n_done == 0; i++)
		viewer_writable(&viewer, 0);
	cr_assert_eq(viewer.n_done, 1);
	viewer.got.n -= rest.n;
	memmove(viewer.got.at, viewer.got.at + rest.n, viewer.got.n);
	farewell_retry(&viewer);
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(drain, of_a_viewer_who_leaves_already_changes_nothing)
{
	struct stream *stream = stream_create(&usual);
	struct viewer viewer;

	attach(stream, &viewer);
	channel_end(stream->channel, LITERAL("{}"));
	fan_out_drain(stream->fan_out);
	fan_out_flush(stream->fan_out, 0);
	check_got(&viewer,
	    LITERAL(FIRST_BLOCK "id: pipecast-end\nevent: end\n"
				"data: {}\n\n"));
	cr_assert_eq(viewer.n_done, 1);
	viewer_fini(&viewer);
	stream_destroy(stream);
}
