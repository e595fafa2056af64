/* SPDX-License-Identifier: MIT */

/* Many viewers of one stream, and random ones. */

#include "core/event_id.h"
#include "viewer.h"

Test(fan_out, thousands_of_viewers_get_the_same)
{
	enum { N = 5000 };
	struct viewer *viewers = calloc(N, sizeof(*viewers));
	struct stream *stream = stream_create(&usual);

	for (size_t i = 0; i < N; i++)
		attach(stream, &viewers[i]);
	fan_out_flush(stream->fan_out, 0);
	publish_data(stream, "a");
	publish_data(stream, "b");
	fan_out_flush(stream->fan_out, 0);
	for (size_t i = 0; i < N; i++) {
		cr_assert_eq(viewers[i].n_sends, 2);
		check_got(&viewers[i],
		    LITERAL(FIRST_BLOCK "id: s-id-1\ndata: a\n\n"
					"id: s-id-2\ndata: b\n\n"));
		viewer_fini(&viewers[i]);
	}
	stream_destroy(stream);
	free(viewers);
}

/*
 * A random run against the definition: a viewer gets the first block, perhaps
 * a gap event, and then the log from the beginning of a block on without a
 * hole; heartbeats stand between blocks only.
 */
struct run {
	struct stream *stream;
	bool forget;
	uint64_t random, now_ms;
	struct bytes log; /* everything published, as it is encoded */
	struct {
		size_t offset;     /* where it begins in the log */
		uint64_t n_events; /* that are before it */
	} blocks[6000];
	size_t n_blocks;
	uint64_t n_events;
	struct {
		struct viewer viewer;
		bool is_there;
		uint64_t seen; /* the event it resumed after */
	} slots[6];
};

static void
run_publish(struct run *run)
{
	static const char text[] =
	    "\xc3\xa4 quite a long line of data for one of many events\n"
	    "and another one, so that there is something to cut anywhere";
	struct event event = EVENT_NONE, written;
	unsigned kind = (unsigned)random_to(&run->random, 9);
	char id[EVENT_ID_SIZE];

	if (kind == 0)
		event.comment = LITERAL("a comment");
	else if (kind == 1)
		event.retry_ms = (int64_t)random_to(&run->random, 9999);
	else
		event.data = (struct span){
		    text, random_to(&run->random, sizeof(text) - 1)};
	written = event;
	run->blocks[run->n_blocks].offset = run->log.n;
	run->blocks[run->n_blocks++].n_events = run->n_events;
	if (event.data.bytes)
		written.id = event_id_of_sequence(id, "id", ++run->n_events);
	stream_write_event(
	    DIALECT_EVENT_STREAM, &written, bytes_sink(&run->log));
	cr_assert_eq(channel_publish(run->stream->channel, &event), 0);
}

static void
run_attach(struct run *run, size_t i)
{
	struct viewer *viewer = &run->slots[i].viewer;
	uint64_t replay = 0, back = random_to(&run->random, 20);
	char id[EVENT_ID_SIZE];
	struct span last = ABSENT;

	if (random_to(&run->random, 2) == 0) {
		/* the newest event is in the ring at least */
		if (!run->forget && run->n_events > 0)
			replay = random_to(&run->random, 1);
		back = replay;
	} else {
		back = back < run->n_events ? back : run->n_events;
		last = event_id_of_sequence(id, "id", run->n_events - back);
	}
	run->slots[i].seen = run->n_events - back;
	attach_at(run->stream, viewer, ABSENT, last, replay, run->now_ms);
	viewer->at_most = 1 + random_to(&run->random, 200);
	run->slots[i].is_there = true;
}

static bool
run_is_between_blocks(const struct run *run, size_t at)
{
	size_t low = 0, high = run->n_blocks;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (run->blocks[middle].offset < at)
			low = middle + 1;
		else
			high = middle;
	}
	return at == run->log.n ||
	    (low < run->n_blocks && run->blocks[low].offset == at);
}

/*
 * Compares what was got with the log from an offset on.  Returns where in
 * the log it ends, or SIZE_MAX if it is something else.
 */
static size_t
run_follow(const struct run *run, struct span got, size_t at)
{
	for (size_t i = 0; i < got.n; i++) {
		bool is_colon = got.bytes[i] == ':' &&
		    (i + 1 == got.n || got.bytes[i + 1] == '\n');

		if (at < run->log.n && run->log.at[at] == got.bytes[i] &&
		    !(is_colon && run_is_between_blocks(run, at)))
			at++;
		else if (is_colon && run_is_between_blocks(run, at))
			i++; /* a heartbeat, or the first byte of one */
		else
			return SIZE_MAX;
	}
	return at;
}

/*
 * The same for who has seen that many events.  Comments before the next one
 * may have been evicted, or count as seen.
 */
static size_t
run_follow_after(const struct run *run, struct span got, uint64_t seen)
{
	size_t at = SIZE_MAX;

	for (size_t b = 0; b < run->n_blocks && at == SIZE_MAX; b++)
		if (run->blocks[b].n_events == seen)
			at = run_follow(run, got, run->blocks[b].offset);
	if (at == SIZE_MAX && seen == run->n_events)
		at = run_follow(run, got, run->log.n);
	return at;
}

/* The same for a viewer who got a gap event first. */
static size_t
run_follow_gap(const struct run *run, size_t slot, struct span got)
{
	unsigned long long seen, missed;
	int n = 0;

	cr_assert_eq(sscanf(got.bytes,
			 "event: gap\ndata: {\"last_event_id\":\"s-id-%llu\","
			 "\"missed\":%llu}%n",
			 &seen, &missed, &n),
	    2);
	cr_assert_eq(seen, run->slots[slot].seen);
	cr_assert_gt(missed, 0);
	got.bytes += n + 2;
	got.n -= (size_t)n + 2;
	return run_follow_after(run, got, seen + missed);
}

static size_t
run_check(struct run *run, size_t slot)
{
	struct viewer *viewer = &run->slots[slot].viewer;
	struct span got = bytes_span(&viewer->got);
	struct span first = LITERAL(FIRST_BLOCK), gap = LITERAL("event: gap");
	size_t at;

	if (got.n < 200)
		return SIZE_MAX;        /* the gap event may not be complete */
	bytes_put(&viewer->got, "", 1); /* for sscanf */
	got.bytes = viewer->got.at;
	assert_span(((struct span){got.bytes, first.n}), first);
	got.bytes += first.n;
	got.n -= first.n;
	if (memcmp(got.bytes, gap.bytes, gap.n) == 0)
		at = run_follow_gap(run, slot, got);
	else
		at = run_follow_after(run, got, run->slots[slot].seen);
	cr_assert_neq(at, SIZE_MAX, "viewer %zu got something else", slot);
	return at;
}

static void
run_turn(struct run *run)
{
	size_t i = random_to(&run->random, LENGTH(run->slots) - 1);
	struct viewer *viewer = &run->slots[i].viewer;

	run->now_ms += random_to(&run->random, 3000);
	for (size_t n = random_to(&run->random, 3); n > 0; n--)
		run_publish(run);
	if (!run->slots[i].is_there) {
		run_attach(run, i);
	} else if (random_to(&run->random, 30) == 0) {
		run_check(run, i);
		viewer_fini(viewer);
		run->slots[i].is_there = false;
	} else {
		viewer->room = random_to(&run->random, 300);
		if (viewer->n_waits > 0) {
			viewer->n_waits = 0;
			viewer_writable(viewer, run->now_ms);
		}
	}
	if (random_to(&run->random, 1))
		fan_out_flush(run->stream->fan_out, run->now_ms);
	fan_out_flush(run->stream->fan_out, run->now_ms);
}

/* In the end each viewer has everything. */
static void
run_end(struct run *run)
{
	channel_end(run->stream->channel, LITERAL("{}"));
	sink_text(bytes_sink(&run->log),
	    "id: pipecast-end\nevent: end\ndata: {}\n\n");
	for (size_t i = 0; i < LENGTH(run->slots); i++) {
		struct viewer *viewer = &run->slots[i].viewer;

		if (!run->slots[i].is_there)
			continue;
		viewer->room = viewer->at_most = SIZE_MAX;
		viewer_writable(viewer, run->now_ms);
		cr_assert_eq(viewer->n_done, 1);
		cr_assert_eq(viewer->done_error, 0);
		if (viewer->got.n >= 200)
			cr_assert_eq(run_check(run, i), run->log.n);
		viewer_fini(viewer);
	}
}

static void
check_random_run(const struct stream_config *config, uint64_t seed)
{
	struct run *run = calloc(1, sizeof(*run));

	run->stream = stream_create(config);
	run->forget = config->channel.forget;
	run->random = seed;
	for (unsigned turn = 0; turn < LENGTH(run->blocks) / 3; turn++)
		run_turn(run);
	run_end(run);
	stream_destroy(run->stream);
	bytes_free(&run->log);
	free(run);
}

Test(fan_out, random_runs_lose_and_repeat_nothing)
{
	static const size_t histories[] = {100, 1000, 10000};
	struct stream_config config = usual;

	config.fan_out.heartbeat_ms = 1000;
	for (size_t i = 0; i < LENGTH(histories); i++) {
		config.channel.history = histories[i];
		for (uint64_t seed = 1; seed <= 3; seed++)
			check_random_run(&config, seed * 104729);
	}
}

Test(fan_out, random_runs_that_forget_lose_and_repeat_nothing)
{
	struct stream_config config = usual;

	config.fan_out.heartbeat_ms = 1000;
	config.channel.forget = true;
	for (uint64_t seed = 1; seed <= 3; seed++)
		check_random_run(&config, seed * 104729);
}
