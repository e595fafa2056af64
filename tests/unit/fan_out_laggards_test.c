/* SPDX-License-Identifier: MIT */

/* Viewers who hold the others up, and how long that is borne. */

#include "fan_out_fixture.h"

/* Ten events of twenty bytes, from the tenth on, are a whole history. */
static const struct stream_config patient = {
    .channel.identity = "id",
    .channel.gap_event = "gap",
    .channel.end_event = "end",
    .channel.retry_ms = 2000,
    .fan_out.patience_ms = 1000,
    .channel.history = 200,
    .fan_out.seed = 1,
};

enum { EVENT_BYTES = 20 };

static void
be_patient(void)
{
	stream = stream_create(&patient);
}

TestSuite(laggard, .init = be_patient, .fini = fan_out_finish);

/* An id of its own, so that all are of the same size. */
static void
publish(void)
{
	publish_with_id(stream, "number", "1");
}

/* Publishes as a source would: until it has to wait. */
static void
fill(void)
{
	unsigned n = 0;

	while (channel_has_room(stream->channel)) {
		publish();
		cr_assert_lt(++n, 1000);
	}
}

/* Attaches a viewer who has got its first block. */
static void
begin(struct viewer *new, uint64_t now_ms)
{
	attach_at(stream, new, ABSENT, ABSENT, 0, now_ms);
	flush_at(now_ms);
	check_got(new, LITERAL(FIRST_BLOCK_OF_SILENCE));
}

/* The viewer takes no more from now on; there is something for it. */
static void
stop(uint64_t now_ms)
{
	viewer.n_waits = 0;
	viewer.room = 0;
	publish();
	flush_at(now_ms);
	cr_assert_eq(viewer.n_waits, 1);
}

/* The viewer takes that many bytes and no more. */
static void
take(size_t n, uint64_t now_ms)
{
	viewer.room = n;
	viewer_writable(&viewer, now_ms);
}

/* By a flush that finds nothing else to do. */
static void
check_dropped_at(uint64_t now_ms)
{
	cr_assert_eq(viewer.n_done, 0);
	check_flush(now_ms, UINT64_MAX);
	cr_assert_eq(viewer.n_done, 1);
	cr_assert_eq(viewer.done_error, -ETIMEDOUT);
}

Test(laggard, holds_the_sources_up_for_the_patience_from_its_last_byte_on)
{
	begin(&viewer, 0);
	stop(100);
	begin(&other, 100);
	fill();
	check_flush(400, 700);
	check_flush(1099, 1);
	cr_assert_not(channel_has_room(stream->channel));
	check_dropped_at(1100);
	cr_assert(channel_has_room(stream->channel));
	cr_assert_eq(other.got.n, 9 * EVENT_BYTES);
}

Test(laggard, that_was_stuck_long_enough_when_the_ring_is_full_delays_nobody)
{
	begin(&viewer, 0);
	begin(&other, 0);
	stop(100);
	for (unsigned i = 1; i < 9; i++)
		publish();
	check_flush(50000, UINT64_MAX);
	publish();
	cr_assert_not(channel_has_room(stream->channel));
	check_dropped_at(60000);
	cr_assert(channel_has_room(stream->channel));
	cr_assert_eq(other.got.n, 10 * EVENT_BYTES);
}

Test(laggard, that_takes_a_byte_has_the_patience_again)
{
	begin(&viewer, 0);
	stop(0);
	fill();
	publish();
	check_flush(900, 100);
	take(1, 950);
	cr_assert_eq(viewer.got.n, 1);
	/* but it has held the sources up since 900 */
	check_flush(1000, 900);
	check_flush(1899, 1);
	check_dropped_at(1900);
}

Test(laggard, whose_transport_can_take_more_but_does_not_has_not_moved_on)
{
	begin(&viewer, 0);
	stop(0);
	fill();
	for (uint64_t now_ms = 500; now_ms < 1000; now_ms += 100) {
		take(0, now_ms);
		check_flush(now_ms, 1000 - now_ms);
	}
	fan_out_writable(&viewer.subscriber);
	check_dropped_at(1000);
}

/*
 * The source is always ready, the viewer takes at_most bytes every 100 ms.
 * Returns for how long the source has to wait until the viewer is dropped.
 */
static uint64_t
trickle(size_t at_most)
{
	uint64_t held_ms = 0;

	configure(patient);
	begin(&viewer, 0);
	viewer.room = 0;
	for (uint64_t now_ms = 0; viewer.n_done == 0; now_ms += 100) {
		cr_assert_lt(now_ms, 3000);
		fill();
		flush_at(now_ms);
		if (!channel_has_room(stream->channel))
			held_ms += 100;
		if (viewer.n_done == 0)
			take(at_most, now_ms + 100);
	}
	return held_ms;
}

Test(laggard, that_takes_a_little_now_and_then_is_dropped_all_the_same)
{
	for (size_t at_most = 1; at_most < 100; at_most++)
		cr_assert_eq(trickle(at_most), 1000, "%zu bytes", at_most);
}

Test(laggard, that_had_everything_since_is_forgiven_slowly)
{
	begin(&viewer, 0);
	stop(0);
	fill();
	flush_at(0);
	take(SIZE_MAX, 900);
	cr_assert(channel_has_room(stream->channel));
	stop(1400);
	fill();
	check_flush(1400, 150);
	check_flush(1549, 1);
	check_dropped_at(1550);
}

/*
 * Over and over, the viewer stalls and reads all.  Returns how long the source
 * waits until it is dropped, if it is.
 */
static uint64_t
stall_until_dropped(uint64_t stall_ms, uint64_t rest_ms)
{
	uint64_t now_ms = 0, held_ms = 0;

	configure(patient);
	begin(&viewer, 0);
	for (unsigned i = 0; i < 2000; i++) {
		stop(now_ms);
		fill();
		for (uint64_t ms = 0; ms < stall_ms; ms++) {
			flush_at(now_ms++);
			if (viewer.n_done > 0)
				return held_ms;
			held_ms++;
		}
		take(SIZE_MAX, now_ms);
		now_ms += rest_ms;
	}
	return 0;
}

Test(laggard, that_stalls_again_and_again_spends_its_patience)
{
	static const struct {
		uint64_t stall_ms, rest_ms, at_most_ms;
	} cases[] = {{900, 100, 1020}, {300, 300, 1120}, {1, 1, 1120}};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		uint64_t held_ms =
		    stall_until_dropped(cases[i].stall_ms, cases[i].rest_ms);

		cr_assert(held_ms >= 1000 && held_ms <= cases[i].at_most_ms,
		    "case %zu: %llu", i, (unsigned long long)held_ms);
	}
}

Test(laggard, that_keeps_up_for_ten_times_as_long_is_never_dropped)
{
	cr_assert_eq(stall_until_dropped(10, 100), 0);
}

Test(laggard, is_dropped_in_the_same_flush_if_there_is_no_patience)
{
	struct stream_config config = patient;

	config.fan_out.patience_ms = 0;
	configure(config);
	begin(&viewer, 0);
	stop(0);
	for (unsigned i = 1; i < 9; i++)
		publish();
	check_flush(0, UINT64_MAX);
	publish();
	check_dropped_at(0);
	cr_assert(channel_has_room(stream->channel));
}

Test(laggard, is_never_dropped_if_patience_is_endless)
{
	struct stream_config config = patient;

	config.fan_out.patience_ms = UINT64_MAX;
	configure(config);
	begin(&viewer, 0);
	stop(0);
	fill();
	for (unsigned i = 1; i < 10 * EVENT_BYTES; i++) {
		take(1, UINT64_MAX / 1000 * i);
		check_flush(UINT64_MAX / 1000 * i, UINT64_MAX);
		cr_assert_eq(viewer.got.n, i);
	}
	check_flush(UINT64_MAX, UINT64_MAX);
	cr_assert_eq(viewer.n_done, 0);
}

Test(laggard, is_dropped_though_it_leaves)
{
	begin(&viewer, 0);
	stop(0);
	fan_out_drain(stream->fan_out);
	fill();
	check_flush(0, 1000);
	check_dropped_at(1000);
}

enum { N_FAST = 3 };

/* Publishes if there is room.  Returns how many bytes. */
static size_t
publish_if_room(void)
{
	if (!channel_has_room(stream->channel))
		return 0;
	publish();
	return EVENT_BYTES;
}

/*
 * Viewers stop at times from 0 to spread_ms, N_FAST more go on, and the source
 * is always ready.  Returns for how long it had to wait.
 */
static uint64_t
stop_many(size_t n_slow, uint64_t spread_ms)
{
	enum { STEP_MS = 10 };
	size_t n = n_slow + N_FAST, published = strlen(FIRST_BLOCK_OF_SILENCE);
	struct viewer *viewers = calloc(n, sizeof(*viewers));
	uint64_t held_ms = 0;

	configure(patient);
	for (size_t i = 0; i < n; i++)
		attach(stream, &viewers[i]);
	flush_at(0);
	for (uint64_t now_ms = 0; now_ms < spread_ms + 5000;
	     now_ms += STEP_MS) {
		size_t n_bytes = publish_if_room();

		for (size_t i = 0; i < n_slow; i++)
			if (now_ms >= i * spread_ms / n_slow)
				viewers[i].room = 0;
		published += n_bytes;
		held_ms += n_bytes ? 0 : STEP_MS;
		flush_at(now_ms);
	}
	cr_assert_eq(fan_out_n_subscribers(stream->fan_out), (size_t)N_FAST);
	for (size_t i = 0; i < n; i++) {
		cr_assert_eq(viewers[i].n_done, i < n_slow);
		if (i >= n_slow)
			cr_assert_eq(viewers[i].got.n, published);
		viewer_fini(&viewers[i]);
	}
	free(viewers);
	return held_ms;
}

Test(laggard, thousand_who_stop_at_once_cost_the_patience_once)
{
	uint64_t one_ms = stop_many(1, 0);

	cr_assert(one_ms > 800 && one_ms <= 1000);
	cr_assert_eq(stop_many(1000, 0), one_ms);
}

Test(laggard, thousand_who_stop_within_the_patience_cost_it_twice_at_most)
{
	uint64_t held_ms = stop_many(1000, 1000);

	cr_assert(held_ms > 800 && held_ms <= 2000);
}

Test(laggard, spends_no_more_patience_than_there_is)
{
	struct stream_config config = patient;

	config.fan_out.patience_ms = UINT64_MAX;
	configure(config);
	begin(&viewer, 0);
	stop(0);
	fill();
	flush_at(0);
	check_flush(UINT32_MAX, UINT64_MAX);
	take(SIZE_MAX, (uint64_t)UINT32_MAX + 1);
	cr_assert_eq(viewer.n_done, 0);
	cr_assert(channel_has_room(stream->channel));
}
