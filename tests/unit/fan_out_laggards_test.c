/* SPDX-License-Identifier: MIT */

/* Viewers who hold the others up, and how long that is borne. */

#include "viewer.h"

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
publish(struct stream *stream)
{
	/* an id of its own, so that all are of the same size */
	publish_with_id(stream, "number", "1");
}

/* Publishes as a source would: until it has to wait. */
static unsigned
fill(struct stream *stream)
{
	unsigned n = 0;

	while (channel_has_room(stream->channel)) {
		publish(stream);
		cr_assert_lt(++n, 1000);
	}
	return n;
}

static void
check_flush(struct stream *stream, uint64_t now_ms, uint64_t wanted)
{
	uint64_t in = fan_out_flush(stream->fan_out, now_ms);

	cr_assert_eq(in, wanted, "at %llu: again in %llu, not %llu",
	    (unsigned long long)now_ms, (unsigned long long)in,
	    (unsigned long long)wanted);
}

/* Attaches a viewer who has got its first block. */
static void
begin(struct stream *stream, struct viewer *viewer, uint64_t now_ms)
{
	attach_at(stream, viewer, ABSENT, ABSENT, 0, now_ms);
	fan_out_flush(stream->fan_out, now_ms);
	check_got(viewer, LITERAL(FIRST_BLOCK));
}

/* The viewer takes no more from now on; there is something for it. */
static void
stop(struct stream *stream, struct viewer *viewer, uint64_t now_ms)
{
	viewer->room = 0;
	publish(stream);
	fan_out_flush(stream->fan_out, now_ms);
	cr_assert_eq(viewer->n_waits, 1);
	viewer->n_waits = 0;
}

/* The viewer takes that many bytes and no more. */
static void
take(struct viewer *viewer, size_t n)
{
	viewer->room = n;
	fan_out_writable(&viewer->subscriber);
}

static void
check_dropped(const struct viewer *viewer)
{
	cr_assert_eq(viewer->n_done, 1);
	cr_assert_eq(viewer->done_error, -ETIMEDOUT);
}

Test(laggard, holds_the_sources_up_for_the_patience_from_its_last_byte_on)
{
	struct stream *stream = stream_create(&patient);
	struct viewer slow, fast;

	begin(stream, &slow, 0);
	stop(stream, &slow, 100);
	begin(stream, &fast, 100);
	fill(stream);
	check_flush(stream, 400, 700);
	cr_assert_not(channel_has_room(stream->channel));
	cr_assert_eq(fan_out_n_dropped(stream->fan_out), 0);
	check_flush(stream, 1099, 1);
	cr_assert_not(channel_has_room(stream->channel));
	cr_assert_eq(slow.n_done, 0);
	check_flush(stream, 1100, UINT64_MAX);
	check_dropped(&slow);
	cr_assert(channel_has_room(stream->channel));
	cr_assert_eq(fan_out_n_subscribers(stream->fan_out), 1);
	cr_assert_eq(fan_out_n_dropped(stream->fan_out), 1);
	cr_assert_eq(fast.got.n, 9 * EVENT_BYTES);
	viewer_fini(&slow);
	viewer_fini(&fast);
	stream_destroy(stream);
}

Test(laggard, that_was_stuck_long_enough_when_the_ring_is_full_delays_nobody)
{
	struct stream *stream = stream_create(&patient);
	struct viewer slow, fast;

	begin(stream, &slow, 0);
	begin(stream, &fast, 0);
	stop(stream, &slow, 100);
	for (unsigned i = 1; i < 9; i++)
		publish(stream);
	check_flush(stream, 50000, UINT64_MAX);
	cr_assert_eq(slow.n_done, 0);
	publish(stream);
	cr_assert_not(channel_has_room(stream->channel));
	check_flush(stream, 60000, UINT64_MAX);
	check_dropped(&slow);
	cr_assert(channel_has_room(stream->channel));
	cr_assert_eq(fast.got.n, 10 * EVENT_BYTES);
	viewer_fini(&slow);
	viewer_fini(&fast);
	stream_destroy(stream);
}

Test(laggard, that_takes_a_byte_has_the_patience_again)
{
	struct stream *stream = stream_create(&patient);
	struct viewer slow;

	begin(stream, &slow, 0);
	stop(stream, &slow, 0);
	fill(stream);
	publish(stream);
	check_flush(stream, 900, 100);
	take(&slow, 1);
	fan_out_flush(stream->fan_out, 950);
	cr_assert_eq(slow.got.n, 1);
	check_flush(stream, 1000, 900);
	cr_assert_eq(slow.n_done, 0);
	/* but it has held the sources up since 900 */
	check_flush(stream, 1899, 1);
	check_flush(stream, 1900, UINT64_MAX);
	check_dropped(&slow);
	viewer_fini(&slow);
	stream_destroy(stream);
}

Test(laggard, whose_transport_can_take_more_but_does_not_has_not_moved_on)
{
	struct stream *stream = stream_create(&patient);
	struct viewer slow;

	begin(stream, &slow, 0);
	stop(stream, &slow, 0);
	fill(stream);
	for (uint64_t now_ms = 500; now_ms < 1000; now_ms += 100) {
		take(&slow, 0);
		check_flush(stream, now_ms, 1000 - now_ms);
	}
	take(&slow, 0);
	check_flush(stream, 1000, UINT64_MAX);
	check_dropped(&slow);
	viewer_fini(&slow);
	stream_destroy(stream);
}

/*
 * A source that is always ready, a viewer who takes at_most bytes every 100
 * ms.  Returns when it was dropped; *held_ms receives how long the source had
 * to wait until then.
 */
static uint64_t
trickle(const struct stream_config *config, size_t at_most, uint64_t *held_ms)
{
	struct stream *stream = stream_create(config);
	struct viewer slow;
	uint64_t now_ms = 0;

	*held_ms = 0;
	begin(stream, &slow, 0);
	slow.room = 0;
	while (slow.n_done == 0 && now_ms < 100000) {
		bool waits;

		fill(stream);
		fan_out_flush(stream->fan_out, now_ms);
		waits = !channel_has_room(stream->channel);
		now_ms += 100;
		if (waits)
			*held_ms += 100;
		if (slow.n_done == 0)
			take(&slow, at_most);
		fan_out_flush(stream->fan_out, now_ms);
	}
	if (slow.n_done > 0)
		check_dropped(&slow);
	viewer_fini(&slow);
	stream_destroy(stream);
	return now_ms;
}

Test(laggard, that_takes_a_little_now_and_then_is_dropped_all_the_same)
{
	struct stream_config config = patient;

	for (size_t at_most = 1; at_most < 100; at_most++) {
		uint64_t held_ms, dropped_ms;

		dropped_ms = trickle(&config, at_most, &held_ms);
		cr_assert_eq(held_ms, 1000, "%zu bytes: held up for %llu ms",
		    at_most, (unsigned long long)held_ms);
		cr_assert_lt(dropped_ms, 3000);
	}
}

/* The viewer holds the source up for so long, then takes everything. */
static void
stall(struct stream *stream, struct viewer *viewer, uint64_t *now_ms,
    uint64_t for_ms)
{
	stop(stream, viewer, *now_ms);
	fill(stream);
	fan_out_flush(stream->fan_out, *now_ms);
	cr_assert_not(channel_has_room(stream->channel));
	*now_ms += for_ms;
	take(viewer, SIZE_MAX);
	fan_out_flush(stream->fan_out, *now_ms);
	cr_assert(channel_has_room(stream->channel));
	viewer->n_waits = 0;
}

Test(laggard, that_had_everything_since_is_forgiven_slowly)
{
	struct stream *stream = stream_create(&patient);
	struct viewer slow;
	uint64_t now_ms = 0;

	begin(stream, &slow, 0);
	stall(stream, &slow, &now_ms, 900);
	now_ms += 500;
	stop(stream, &slow, now_ms);
	fill(stream);
	check_flush(stream, now_ms, 150);
	check_flush(stream, now_ms + 149, 1);
	check_flush(stream, now_ms + 150, UINT64_MAX);
	check_dropped(&slow);
	cr_assert_eq(slow.got.n, 10 * EVENT_BYTES);
	viewer_fini(&slow);
	stream_destroy(stream);
}

Test(laggard, that_keeps_up_for_ten_times_as_long_is_never_dropped)
{
	struct stream *stream = stream_create(&patient);
	struct viewer slow;
	uint64_t now_ms = 0;

	begin(stream, &slow, 0);
	for (unsigned i = 0; i < 20; i++) {
		stall(stream, &slow, &now_ms, 900);
		now_ms += 9000;
	}
	cr_assert_eq(slow.n_done, 0);
	cr_assert_eq(slow.got.n, 200 * EVENT_BYTES);
	viewer_fini(&slow);
	stream_destroy(stream);
}

/* Over and over, a viewer stalls and reads all; how long the source waits. */
static uint64_t
stall_until_dropped(uint64_t stall_ms, uint64_t rest_ms)
{
	struct stream *stream = stream_create(&patient);
	struct viewer slow;
	uint64_t now_ms = 0, held_ms = 0;

	begin(stream, &slow, 0);
	for (unsigned i = 0; i < 2000 && slow.n_done == 0; i++) {
		stop(stream, &slow, now_ms);
		fill(stream);
		for (uint64_t ms = 0; ms < stall_ms && slow.n_done == 0; ms++) {
			fan_out_flush(stream->fan_out, now_ms++);
			held_ms += slow.n_done == 0;
		}
		if (slow.n_done > 0)
			break;
		take(&slow, SIZE_MAX);
		fan_out_flush(stream->fan_out, now_ms);
		slow.n_waits = 0;
		now_ms += rest_ms;
	}
	cr_assert_eq(slow.n_done, rest_ms < 10 * stall_ms);
	viewer_fini(&slow);
	stream_destroy(stream);
	return held_ms;
}

Test(laggard, that_stalls_again_and_again_spends_its_patience)
{
	cr_assert_leq(stall_until_dropped(900, 100), 1020);
	cr_assert_leq(stall_until_dropped(300, 300), 1120);
	cr_assert_leq(stall_until_dropped(1, 1), 1120);
	stall_until_dropped(10, 100);
}

Test(laggard, that_had_not_quite_everything_since_is_no_other)
{
	struct stream *stream = stream_create(&patient);
	struct viewer slow;

	begin(stream, &slow, 0);
	stop(stream, &slow, 0);
	fill(stream);
	fan_out_flush(stream->fan_out, 0);
	take(&slow, 10 * EVENT_BYTES - 1);
	fan_out_flush(stream->fan_out, 900);
	cr_assert(channel_has_room(stream->channel));
	fill(stream);
	publish(stream);
	take(&slow, 1);
	check_flush(stream, 1000, 110);
	take(&slow, 1);
	check_flush(stream, 1109, 1);
	check_flush(stream, 1110, UINT64_MAX);
	check_dropped(&slow);
	viewer_fini(&slow);
	stream_destroy(stream);
}

Test(laggard, is_not_charged_for_what_another_holds_up)
{
	struct stream *stream = stream_create(&patient);
	struct viewer first, second;

	begin(stream, &first, 0);
	begin(stream, &second, 0);
	stop(stream, &first, 0);
	fill(stream);
	second.room = EVENT_BYTES + 1;
	fan_out_flush(stream->fan_out, 0);
	cr_assert_eq(second.n_waits, 1);
	check_flush(stream, 900, 100);
	take(&second, 1); /* or it would be stuck itself */
	check_flush(stream, 1000, UINT64_MAX);
	check_dropped(&first);
	cr_assert(channel_has_room(stream->channel));
	fill(stream);
	check_flush(stream, 1000, 1000);
	take(&second, 1);
	check_flush(stream, 1500, 500);
	check_flush(stream, 1999, 1);
	cr_assert_eq(second.n_done, 0);
	check_flush(stream, 2000, UINT64_MAX);
	check_dropped(&second);
	viewer_fini(&first);
	viewer_fini(&second);
	stream_destroy(stream);
}

Test(laggard, is_dropped_in_the_same_flush_if_there_is_no_patience)
{
	struct stream_config config = patient;
	struct viewer slow, fast;
	struct stream *stream;

	config.fan_out.patience_ms = 0;
	stream = stream_create(&config);
	begin(stream, &slow, 0);
	begin(stream, &fast, 0);
	stop(stream, &slow, 0);
	for (unsigned i = 1; i < 9; i++)
		publish(stream);
	check_flush(stream, 0, UINT64_MAX);
	cr_assert_eq(slow.n_done, 0);
	publish(stream);
	check_flush(stream, 0, UINT64_MAX);
	check_dropped(&slow);
	cr_assert(channel_has_room(stream->channel));
	cr_assert_eq(fast.got.n, 10 * EVENT_BYTES);
	viewer_fini(&slow);
	viewer_fini(&fast);
	stream_destroy(stream);
}

Test(laggard, is_never_dropped_if_patience_is_endless)
{
	struct stream_config config = patient;
	struct viewer slow;
	struct stream *stream;

	config.fan_out.patience_ms = UINT64_MAX;
	stream = stream_create(&config);
	begin(stream, &slow, 0);
	stop(stream, &slow, 0);
	fill(stream);
	check_flush(stream, 1000, UINT64_MAX);
	for (unsigned i = 1; i < 10 * EVENT_BYTES; i++) {
		take(&slow, 1);
		check_flush(stream, UINT64_MAX / 1000 * i, UINT64_MAX);
		cr_assert_eq(slow.got.n, i);
	}
	check_flush(stream, UINT64_MAX, UINT64_MAX);
	cr_assert_eq(slow.n_done, 0);
	viewer_fini(&slow);
	stream_destroy(stream);
}

Test(laggard, is_dropped_though_it_leaves)
{
	struct stream *stream = stream_create(&patient);
	struct viewer slow;

	begin(stream, &slow, 0);
	stop(stream, &slow, 0);
	fan_out_drain(stream->fan_out);
	fill(stream);
	check_flush(stream, 0, 1000);
	check_flush(stream, 1000, UINT64_MAX);
	check_dropped(&slow);
	viewer_fini(&slow);
	stream_destroy(stream);
}

Test(laggard, that_is_detached_holds_nothing_up)
{
	struct stream *stream = stream_create(&patient);
	struct viewer slow;

	begin(stream, &slow, 0);
	stop(stream, &slow, 0);
	fill(stream);
	check_flush(stream, 0, 1000);
	fan_out_detach(&slow.subscriber);
	cr_assert(channel_has_room(stream->channel));
	check_flush(stream, 1000, UINT64_MAX);
	cr_assert_eq(slow.n_done, 0);
	viewer_fini(&slow);
	stream_destroy(stream);
}

Test(laggard, loses_nothing_within_the_patience)
{
	struct stream *stream = stream_create(&patient);
	struct viewer slow, fast;
	struct bytes wanted = {0};
	uint64_t now_ms = 0;

	begin(stream, &slow, 0);
	begin(stream, &fast, 0);
	/* twice as much as there is room for, though nobody should */
	for (unsigned i = 0; i < 20; i++) {
		char data[8];

		slow.room = i == 0 ? 3 : 0;
		snprintf(data, sizeof(data), "%u", i);
		publish_data(stream, data);
		fan_out_flush(stream->fan_out, now_ms += 40);
	}
	cr_assert_not(channel_has_room(stream->channel));
	slow.room = SIZE_MAX;
	viewer_writable(&slow, now_ms);
	sink_span(bytes_sink(&wanted), bytes_span(&fast.got));
	check_got(&slow, bytes_span(&wanted));
	cr_assert(channel_has_room(stream->channel));
	bytes_free(&wanted);
	viewer_fini(&slow);
	viewer_fini(&fast);
	stream_destroy(stream);
}

Test(laggard, is_nobody_for_the_silence_before_it_became_stuck)
{
	struct stream *stream = stream_create(&patient);
	struct viewer viewer;

	begin(stream, &viewer, 0);
	viewer.room = 0;
	fill(stream);
	check_flush(stream, 50000, 1000);
	cr_assert_not(channel_has_room(stream->channel));
	viewer.room = SIZE_MAX;
	viewer_writable(&viewer, 50999);
	cr_assert_eq(viewer.n_done, 0);
	cr_assert_eq(viewer.got.n, 10 * EVENT_BYTES);
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(laggard, is_nobody_before_it_was_written_to)
{
	struct stream_config config = patient;
	struct viewer old, new;
	struct stream *stream;

	config.fan_out.patience_ms = 0;
	stream = stream_create(&config);
	begin(stream, &old, 0);
	for (unsigned i = 0; i < 50; i++) {
		publish(stream);
		fan_out_flush(stream->fan_out, 0);
	}
	/* the whole of a full ring, and what comes meanwhile */
	attach_at(stream, &new, ABSENT, ABSENT, UINT64_MAX, 0);
	cr_assert(channel_has_room(stream->channel));
	publish(stream);
	cr_assert(channel_has_room(stream->channel));
	publish(stream);
	cr_assert(channel_has_room(stream->channel));
	check_flush(stream, 0, UINT64_MAX);
	cr_assert_eq(new.n_done, 0);
	cr_assert_eq(new.got.n, strlen(FIRST_BLOCK) + 12 * EVENT_BYTES);
	cr_assert(channel_has_room(stream->channel));
	viewer_fini(&old);
	viewer_fini(&new);
	stream_destroy(stream);
}

/*
 * N viewers stop at times from 0 to spread_ms, n_fast go on, and the source is
 * always ready.  Returns for how long it had to wait.
 */
static uint64_t
stop_many(size_t n_slow, uint64_t spread_ms)
{
	enum { N_FAST = 3, STEP_MS = 10 };
	struct viewer *slow = calloc(n_slow, sizeof(*slow)), fast[N_FAST];
	struct stream *stream = stream_create(&patient);
	uint64_t held_ms = 0;
	size_t n_published = 0;

	for (size_t i = 0; i < n_slow; i++)
		attach(stream, &slow[i]);
	for (size_t i = 0; i < N_FAST; i++)
		attach(stream, &fast[i]);
	fan_out_flush(stream->fan_out, 0);
	for (uint64_t now_ms = 0; now_ms < spread_ms + 5000;
	     now_ms += STEP_MS) {
		for (size_t i = 0; i < n_slow; i++)
			if (now_ms >= i * spread_ms / n_slow)
				slow[i].room = 0;
		if (channel_has_room(stream->channel)) {
			publish(stream);
			n_published++;
		} else {
			held_ms += STEP_MS;
		}
		fan_out_flush(stream->fan_out, now_ms);
	}
	cr_assert_eq(fan_out_n_subscribers(stream->fan_out), (size_t)N_FAST);
	for (size_t i = 0; i < n_slow; i++) {
		check_dropped(&slow[i]);
		viewer_fini(&slow[i]);
	}
	for (size_t i = 0; i < N_FAST; i++) {
		cr_assert_eq(fast[i].got.n,
		    strlen(FIRST_BLOCK) + n_published * EVENT_BYTES);
		viewer_fini(&fast[i]);
	}
	free(slow);
	stream_destroy(stream);
	return held_ms;
}

Test(laggard, thousand_who_stop_at_once_cost_the_patience_once)
{
	uint64_t one_ms = stop_many(1, 0), many_ms = stop_many(1000, 0);

	cr_assert_gt(one_ms, 800);
	cr_assert_leq(one_ms, 1000);
	cr_assert_eq(many_ms, one_ms);
}

Test(laggard, thousand_who_stop_within_the_patience_cost_it_twice_at_most)
{
	uint64_t held_ms = stop_many(1000, 1000);

	cr_assert_gt(held_ms, 800);
	cr_assert_leq(held_ms, 2000);
}

/* What is blocked. */

Test(blocked, viewer_costs_no_send_before_it_can_take_more)
{
	enum { N = 1000 };
	struct viewer *viewers = calloc(N, sizeof(*viewers));
	struct stream_config config = patient;
	struct stream *stream;

	config.channel.history = 100000;
	stream = stream_create(&config);
	for (size_t i = 0; i < N; i++)
		begin(stream, &viewers[i], 0);
	for (size_t i = 0; i < N; i += 2)
		viewers[i].room = 0;
	for (unsigned turn = 0; turn < 100; turn++) {
		publish(stream);
		fan_out_flush(stream->fan_out, turn);
		fan_out_flush(stream->fan_out, turn);
	}
	for (size_t i = 0; i < N; i++) {
		cr_assert_eq(viewers[i].n_sends, i % 2 ? 1 + 100 : 1 + 1);
		cr_assert_eq(viewers[i].n_waits, i % 2 == 0);
		viewers[i].room = SIZE_MAX;
		fan_out_writable(&viewers[i].subscriber);
	}
	fan_out_flush(stream->fan_out, 100);
	for (size_t i = 0; i < N; i++) {
		cr_assert_eq(viewers[i].n_sends, i % 2 ? 1 + 100 : 1 + 2);
		cr_assert_eq(viewers[i].got.n, 100 * EVENT_BYTES);
		viewer_fini(&viewers[i]);
	}
	stream_destroy(stream);
	free(viewers);
}

Test(blocked, viewer_who_can_take_more_is_written_to_once_a_turn)
{
	struct stream *stream = stream_create(&patient);
	struct viewer viewer;

	begin(stream, &viewer, 0);
	stop(stream, &viewer, 0);
	cr_assert_eq(viewer.n_sends, 2);
	viewer.room = SIZE_MAX;
	fan_out_writable(&viewer.subscriber);
	publish(stream);
	fan_out_writable(&viewer.subscriber);
	publish(stream);
	cr_assert_eq(viewer.n_sends, 2);
	fan_out_flush(stream->fan_out, 0);
	cr_assert_eq(viewer.n_sends, 3);
	cr_assert_eq(viewer.got.n, 3 * EVENT_BYTES);
	/* there is nothing it waits for */
	fan_out_writable(&viewer.subscriber);
	fan_out_flush(stream->fan_out, 0);
	cr_assert_eq(viewer.n_sends, 3);
	viewer_fini(&viewer);
	stream_destroy(stream);
}

Test(laggard, who_was_dropped_is_counted_and_no_subscriber)
{
	struct stream *stream = stream_create(&patient);
	struct viewer slow, fast;

	begin(stream, &slow, 0);
	begin(stream, &fast, 0);
	stop(stream, &slow, 0);
	fill(stream);
	fan_out_flush(stream->fan_out, 0);
	cr_assert_eq(fan_out_n_subscribers(stream->fan_out), 2);
	cr_assert_eq(fan_out_n_dropped(stream->fan_out), 0);
	fan_out_flush(stream->fan_out, 1000);
	check_dropped(&slow);
	cr_assert_eq(fan_out_n_subscribers(stream->fan_out), 1);
	cr_assert_eq(fan_out_n_dropped(stream->fan_out), 1);
	viewer_fini(&slow);
	viewer_fini(&fast);
	stream_destroy(stream);
}
