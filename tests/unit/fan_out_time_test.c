/* SPDX-License-Identifier: MIT */

/* What the stream does as time goes by, and how streams end. */

#include "fan_out_fixture.h"

FAN_OUT_SUITE(heartbeat);
FAN_OUT_SUITE(max_age);
FAN_OUT_SUITE(end);
FAN_OUT_SUITE(drain);

/* Heartbeats. */

Test(heartbeat, is_sent_after_silence_only)
{
	attach_at(stream, &viewer, ABSENT, ABSENT, 0, 1000);
	flush_at(1000);
	check_flush(15999, 1);
	check_got(&viewer, LITERAL(FIRST_BLOCK));
	check_flush(16000, 15000);
	check_got(&viewer, LITERAL(":\n"));
	publish_data(stream, "a");
	flush_at(20000);
	check_got(&viewer, LITERAL(EVENT(1, "a")));
	check_flush(31000, 4000);
	check_got(&viewer, LITERAL(""));
	check_flush(35000, 15000);
	check_got(&viewer, LITERAL(":\n"));
}

Test(heartbeat, of_viewers_who_came_at_different_times_keeps_their_order)
{
	enum { N = 20 };
	struct viewer viewers[N];

	/* three at a time, and with no time between some turns */
	for (size_t i = 0; i < N; i++) {
		attach_at(stream, &viewers[i], ABSENT, ABSENT, 0, i / 3 * 500);
		flush_at(i / 3 * 500);
		flush_at(i / 3 * 500);
		viewers[i].got.n = 0;
	}
	for (uint64_t now_ms = 15000; now_ms < 15000 + N / 3 * 500;
	     now_ms += 500) {
		check_flush(now_ms, 500);
		for (size_t i = 0; i < N; i++)
			cr_assert_eq(viewers[i].got.n,
			    15000 + i / 3 * 500 <= now_ms ? 2 : 0);
	}
	/* news put them all into one step again */
	publish_data(stream, "a");
	check_flush(18100, 15000);
	for (size_t i = 0; i < N; i++)
		viewers[i].got.n = 0;
	check_flush(33099, 1);
	check_flush(33100, 15000);
	for (size_t i = 0; i < N; i++) {
		check_got(&viewers[i], LITERAL(":\n"));
		viewer_fini(&viewers[i]);
	}
}

/* Endings. */

Test(max_age, ends_a_stream_within_the_last_tenth)
{
	struct stream_config config = usual;
	bool early = false, late = false;

	config.fan_out.max_age_ms = 100000;
	config.fan_out.heartbeat_ms = 0;
	for (uint32_t seed = 0; seed < 200; seed++) {
		uint64_t in;

		config.fan_out.seed = seed * 7919;
		configure(config);
		attach_at(stream, &viewer, ABSENT, ABSENT, 0, 1000);
		in = fan_out_flush(stream->fan_out, 1000);
		cr_assert_geq(in, 90000 - 100);
		cr_assert_leq(in, 100000);
		early = early || in < 92000;
		late = late || in > 98000;
		check_flush(1000 + in - 1, 1);
		cr_assert_eq(viewer.n_done, 0);
		publish_data(stream, "a");
		check_flush(1000 + in, UINT64_MAX);
		cr_assert_eq(viewer.n_done, 1);
		cr_assert_eq(viewer.done_error, 0);
		check_got(
		    &viewer, LITERAL(FIRST_BLOCK_OF_SILENCE EVENT(1, "a")));
	}
	cr_assert(early && late);
}

Test(max_age, is_what_comes_first_if_it_is_before_the_heartbeat)
{
	static const struct {
		uint64_t heartbeat_ms, wanted;
	} cases[] = {{400, 400}, {900, 900}, {1500, 900}};
	struct stream_config config = usual;

	config.fan_out.max_age_ms = 900;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		config.fan_out.heartbeat_ms = cases[i].heartbeat_ms;
		configure(config);
		attach_at(stream, &viewer, ABSENT, ABSENT, 0, 5000);
		check_flush(5000, cases[i].wanted);
		check_flush(5300, cases[i].wanted - 300);
	}
}

/* Checks each viewer who is done: not before the last tenth of its age. */
static void
check_aged(struct viewer *viewers, size_t n, uint64_t step_ms,
    uint64_t max_age_ms, uint64_t now_ms)
{
	for (size_t i = 0; i < n; i++) {
		if (viewers[i].n_done == 0)
			cr_assert_leq(now_ms, i * step_ms + max_age_ms);
		if (viewers[i].n_done != 1)
			continue;
		cr_assert_geq(now_ms, i * step_ms + max_age_ms / 10 * 9);
		cr_assert_eq(viewers[i].done_error, 0);
		viewers[i].n_done = 2;
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

	config.fan_out.max_age_ms = max_age_ms;
	config.fan_out.heartbeat_ms = 0;
	configure(config);
	while (n_attached < n || fan_out_n_subscribers(stream->fan_out) > 0) {
		uint64_t next_ms = n_attached * step_ms;
		bool attaches = n_attached < n && next_ms <= due_ms;

		now_ms = attaches ? next_ms : due_ms;
		if (attaches)
			attach_at(stream, &viewers[n_attached++], ABSENT,
			    ABSENT, 0, now_ms);
		else
			n_due++;
		due_ms = fan_out_flush(stream->fan_out, now_ms);
		due_ms = due_ms == UINT64_MAX ? due_ms : now_ms + due_ms;
		cr_assert_gt(due_ms, now_ms);
		check_aged(viewers, n_attached, step_ms, max_age_ms, now_ms);
	}
	cr_assert_eq(due_ms, UINT64_MAX);
	for (size_t i = 0; i < n; i++)
		viewer_fini(&viewers[i]);
	free(viewers);
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

Test(end, is_an_event_of_the_type_that_is_configured_if_there_is_one)
{
	static const char *const cases[][2] = {
	    {"over", FIRST_BLOCK "id: pipecast-end\nevent: over\ndata: {}\n\n"},
	    {"", FIRST_BLOCK},
	};
	struct stream_config config = usual;

	for (size_t i = 0; i < LENGTH(cases); i++) {
		config.channel.end_event = cases[i][0];
		configure(config);
		attach(stream, &viewer);
		channel_end(stream->channel, LITERAL("{}"));
		cr_assert_eq(viewer.n_done, 0);
		check_sent(&viewer, cases[i][1]);
		cr_assert_eq(viewer.n_done, 1);
	}
}

/*
 * The reconnection time with which a viewer is sent away that takes at most so
 * many bytes at a time.
 */
static unsigned long long
farewell_retry(uint64_t config_ms, size_t at_most)
{
	struct stream_config config = usual;
	unsigned long long retry_ms;
	int n = 0;

	config.channel.retry_ms = config_ms;
	configure(config);
	attach(stream, &viewer);
	flush_at(0);
	viewer.got.n = 0;
	viewer.at_most = at_most;
	publish_data(stream, "a");
	fan_out_drain(stream->fan_out);
	publish_data(stream, "not any more");
	flush_at(0);
	for (unsigned i = 0; i < 100 && viewer.n_done == 0; i++)
		viewer_writable(&viewer, 0);
	cr_assert_eq(viewer.n_done, 1);
	bytes_put(&viewer.got, "", 1);
	cr_assert_eq(sscanf(viewer.got.at, EVENT(1, "a") "retry: %llu\n\n%n",
			 &retry_ms, &n),
	    1);
	cr_assert_eq((size_t)n, viewer.got.n - 1, "%s", viewer.got.at);
	return retry_ms;
}

Test(drain, sends_what_is_left_then_a_reconnection_time)
{
	unsigned long long retry_ms = farewell_retry(2000, SIZE_MAX);

	cr_assert(retry_ms >= 2000 && retry_ms < 4000);
}

Test(drain, reaches_a_blocked_viewer_byte_by_byte)
{
	cr_assert_eq(farewell_retry(2000, 1), farewell_retry(2000, SIZE_MAX));
}

Test(drain, spreads_the_viewers_over_the_reconnection_time)
{
	struct stream_config config = usual;
	struct viewer viewers[100];

	for (config.fan_out.seed = 0; config.fan_out.seed < 2;
	     config.fan_out.seed++) {
		uint32_t low_ms = UINT32_MAX, high_ms = 0;

		configure(config);
		for (size_t i = 0; i < LENGTH(viewers); i++)
			attach(stream, &viewers[i]);
		fan_out_drain(stream->fan_out);
		for (size_t i = 0; i < LENGTH(viewers); i++) {
			uint32_t ms = viewers[i].subscriber.farewell_ms;

			low_ms = ms < low_ms ? ms : low_ms;
			high_ms = ms > high_ms ? ms : high_ms;
			viewer_fini(&viewers[i]);
		}
		cr_assert_lt(low_ms, 300);
		cr_assert(high_ms > 1700 && high_ms < 2000);
	}
}

Test(drain, reconnection_time_of_nothing_or_of_weeks_stays_one)
{
	static const uint64_t times[] = {UINT64_C(1) << 32, INT64_MAX / 2};

	cr_assert_eq(farewell_retry(0, SIZE_MAX), 0);
	for (size_t i = 0; i < LENGTH(times); i++) {
		unsigned long long retry_ms =
		    farewell_retry(times[i], SIZE_MAX);

		cr_assert_gt(retry_ms, times[i]);
		cr_assert_leq(retry_ms, times[i] + UINT32_MAX);
	}
}
