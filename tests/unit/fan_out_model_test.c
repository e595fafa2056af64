/* SPDX-License-Identifier: MIT */

/*
 * Two channels of one stream, of which the second gets its events late, against
 * a model that looks at every viewer every time: what each was sent and when,
 * who was dropped, whether there is room, and when the next flush is due.
 */

#include "core/event_id.h"
#include "viewer.h"

enum { N_VIEWERS = 8, MAX_BLOCKS = 4000, N_STREAMS = 2 };

/* A viewer, and what is known about it without asking the stream. */
struct model {
	struct viewer viewer;
	bool is_there;
	bool is_new; /* was not written to yet */
	size_t stream;
	struct bytes wanted; /* what it should have got up to now */
	struct bytes note;   /* to be sent before the rest of the log */
	size_t cursor;       /* in the log */
	bool waits;          /* to be told that it can take more */
	bool is_stuck;       /* its last send left something */
	bool is_in_the_way;  /* after the last flush */
	uint64_t quiet_since_ms;
	uint64_t spent_at_ms, spent; /* patience, in tenths of a ms */
	unsigned n_sends, n_waits;
};

struct run {
	struct stream_config config;
	uint64_t random, now_ms;
	struct bytes log;
	struct {
		size_t offset;
		bool is_event;
	} blocks[MAX_BLOCKS + 1];
	size_t n_blocks;
	struct {
		struct stream *stream;
		size_t n_blocks; /* published there */
		bool was_left;   /* since its last flush */
	} streams[N_STREAMS];
	struct model models[N_VIEWERS];
	unsigned *n_dropped, *n_moved;
};

/* The stream. */

static size_t
end_of(const struct run *run, size_t h)
{
	return run->blocks[run->streams[h].n_blocks].offset;
}

static uint64_t
events_before(const struct run *run, size_t offset)
{
	uint64_t n = 0;

	for (size_t b = 0; run->blocks[b].offset < offset; b++)
		n += run->blocks[b].is_event;
	return n;
}

static bool
is_between_blocks(const struct run *run, size_t offset)
{
	size_t b = 0;

	while (run->blocks[b].offset < offset)
		b++;
	return run->blocks[b].offset == offset;
}

/* The first stream makes the stream; the second says the same again. */
static void
publish(struct run *run, size_t h)
{
	static const char text[] = "some data of one of many events";
	size_t b = run->streams[h].n_blocks;
	struct event event = EVENT_NONE;
	char id[EVENT_ID_SIZE];

	if (b == (h == 0 ? (size_t)MAX_BLOCKS : run->n_blocks))
		return;
	if (h == 0)
		run->blocks[b].is_event = random_to(&run->random, 7) > 0;
	if (run->blocks[b].is_event)
		event.data = (struct span){text, b * 7919 % sizeof(text)};
	else
		event.comment = LITERAL("a comment");
	cr_assert_eq(
	    channel_publish(run->streams[h].stream->channel, &event), 0);
	run->streams[h].n_blocks++;
	if (h > 0)
		return;
	if (event.data.bytes)
		event.id = event_id_of_sequence(
		    id, "id", events_before(run, run->log.n) + 1);
	stream_write_event(DIALECT_EVENT_STREAM, &event, bytes_sink(&run->log));
	run->blocks[++run->n_blocks].offset = run->log.n;
}

/* Who is in the way. */

static bool
is_in_the_way(const struct run *run, const struct model *model)
{
	size_t unsent = end_of(run, model->stream) - model->cursor;

	return unsent > 0 && unsent >= run->config.channel.history;
}

static uint64_t
patience_left(const struct run *run, const struct model *model)
{
	uint64_t patience_ms = run->config.fan_out.patience_ms;
	uint64_t spent_ms = run->now_ms - model->quiet_since_ms;

	if (patience_ms == UINT64_MAX)
		return UINT64_MAX;
	if (model->spent / 10 > spent_ms)
		spent_ms = model->spent / 10;
	return spent_ms < patience_ms ? patience_ms - spent_ms : 0;
}

static void
check_room(const struct run *run, size_t h)
{
	bool has_room = true;

	for (size_t i = 0; i < N_VIEWERS; i++) {
		const struct model *model = &run->models[i];

		if (model->is_there && model->stream == h && !model->is_new &&
		    is_in_the_way(run, model))
			has_room = false;
	}
	if (has_room && run->streams[h].was_left)
		return; /* the next flush will see that */
	cr_assert_eq(
	    channel_has_room(run->streams[h].stream->channel), has_room);
}

/* Flushing. */

/* What its next send has to offer; nothing if there is to be none. */
static struct bytes
offer(struct run *run, struct model *model)
{
	struct bytes all = {0};

	if (model->waits)
		return all;
	bytes_put(&all, model->note.at, model->note.n);
	bytes_put(&all, run->log.at + model->cursor,
	    end_of(run, model->stream) - model->cursor);
	if (all.n == 0 &&
	    run->now_ms - model->quiet_since_ms >=
		run->config.fan_out.heartbeat_ms) {
		sink_text(bytes_sink(&model->note), ":\n");
		sink_text(bytes_sink(&all), ":\n");
	}
	return all;
}

static void
take(struct run *run, struct model *model, size_t n_offered, size_t n)
{
	size_t of_note = n < model->note.n ? n : model->note.n;

	if (n > 0 || !model->is_stuck)
		model->quiet_since_ms = run->now_ms;
	model->n_sends++;
	model->note.n -= of_note;
	if (model->note.n > 0)
		memmove(
		    model->note.at, model->note.at + of_note, model->note.n);
	model->cursor += n - of_note;
	model->waits = model->is_stuck = n < n_offered;
	model->n_waits += model->waits;
}

static void
spend(struct model *model, uint64_t passed_ms)
{
	if (model->is_in_the_way)
		model->spent += 10 * passed_ms;
	else
		model->spent -=
		    passed_ms < model->spent ? passed_ms : model->spent;
}

/* Before the flush: what it is to do. */
static void
expect(struct run *run, struct model *model)
{
	struct viewer *viewer = &model->viewer;
	struct bytes all = offer(run, model);
	size_t n = all.n;

	spend(model, run->now_ms - model->spent_at_ms);
	model->spent_at_ms = run->now_ms;
	if (n > viewer->room)
		n = viewer->room;
	if (n > viewer->at_most)
		n = viewer->at_most;
	bytes_put(&model->wanted, all.at, n);
	if (all.n > 0)
		take(run, model, all.n, n);
	bytes_free(&all);
	model->is_new = false;
	model->is_in_the_way = is_in_the_way(run, model);
}

static void
let_go(struct run *run, struct model *model)
{
	viewer_fini(&model->viewer);
	bytes_free(&model->wanted);
	bytes_free(&model->note);
	model->is_there = false;
	run->streams[model->stream].was_left = true;
}

/* After the flush: whether it did.  Returns when the next one is due. */
static uint64_t
check(struct run *run, struct model *model)
{
	struct viewer *viewer = &model->viewer;
	uint64_t left_ms =
	    model->is_in_the_way ? patience_left(run, model) : UINT64_MAX;

	assert_span(bytes_span(&viewer->got), bytes_span(&model->wanted));
	cr_assert_eq(viewer->n_sends, model->n_sends);
	cr_assert_eq(viewer->n_waits, model->n_waits);
	cr_assert_eq(viewer->n_done, left_ms == 0);
	if (left_ms == 0) {
		cr_assert_eq(viewer->done_error, -ETIMEDOUT);
		let_go(run, model);
		++*run->n_dropped;
		return UINT64_MAX;
	}
	if (model->waits)
		return left_ms;
	return model->quiet_since_ms + run->config.fan_out.heartbeat_ms -
	    run->now_ms;
}

static void
flush(struct run *run, size_t h)
{
	uint64_t next_ms, wanted_ms = UINT64_MAX;
	bool is_full = false;

	for (size_t i = 0; i < N_VIEWERS; i++)
		if (run->models[i].is_there && run->models[i].stream == h)
			expect(run, &run->models[i]);
	next_ms = fan_out_flush(run->streams[h].stream->fan_out, run->now_ms);
	for (size_t i = 0; i < N_VIEWERS; i++) {
		struct model *model = &run->models[i];
		uint64_t due_ms;

		if (!model->is_there || model->stream != h)
			continue;
		due_ms = check(run, model);
		if (due_ms < wanted_ms)
			wanted_ms = due_ms;
		is_full = is_full || (model->is_there && model->is_in_the_way);
	}
	run->streams[h].was_left = false;
	check_room(run, h);
	cr_assert_gt(next_ms, 0);
	cr_assert_leq(next_ms, wanted_ms);
	/* a laggard may have gained time since it was last looked at */
	if (!is_full)
		cr_assert_eq(next_ms, wanted_ms);
}

/* Viewers. */

static void
attach_one(struct run *run, struct model *model, size_t h)
{
	uint64_t n_events = events_before(run, end_of(run, h));
	uint64_t back = random_to(&run->random, 9), seen;
	unsigned how = (unsigned)random_to(&run->random, 2);
	struct span last_event_id = ABSENT;
	char id[EVENT_ID_SIZE];

	seen = n_events - (back < n_events ? back : n_events);
	if (how == 0)
		last_event_id = event_id_of_sequence(id, "id", seen);
	if (!channel_can_resume(run->streams[h].stream->channel, last_event_id))
		return; /* there would be a gap to be told of */
	*model = (struct model){.is_there = true, .is_new = true, .stream = h};
	attach_at(run->streams[h].stream, &model->viewer, ABSENT, last_event_id,
	    how == 1 ? UINT64_MAX : 0, run->now_ms);
	sink_text(bytes_sink(&model->note), FIRST_BLOCK);
	model->quiet_since_ms = run->now_ms;
	model->cursor = model->viewer.subscriber.cursor;
	cr_assert(is_between_blocks(run, model->cursor));
	if (how == 0)
		cr_assert_eq(events_before(run, model->cursor), seen);
	if (how == 2)
		cr_assert_eq(model->cursor, end_of(run, h));
}

static void
move_one(struct run *run, struct model *model)
{
	size_t other = 1 - model->stream;
	struct stream *to = run->streams[other].stream;
	uint64_t seen = events_before(run, model->cursor);
	bool can = !model->waits && model->note.n == 0 &&
	    model->cursor == end_of(run, model->stream);
	char text[EVENT_ID_SIZE];
	struct span id = event_id_of_sequence(text, "id", seen);

	can = can && channel_can_resume(to->channel, id);
	cr_assert_eq(
	    fan_out_move(&model->viewer.subscriber, to->fan_out, id), can);
	if (!can)
		return;
	++*run->n_moved;
	run->streams[model->stream].was_left = true;
	model->stream = other;
	model->is_in_the_way = false;
	model->cursor = model->viewer.subscriber.cursor;
	cr_assert(is_between_blocks(run, model->cursor));
	cr_assert_eq(events_before(run, model->cursor), seen);
}

static void
touch_one(struct run *run, struct model *model)
{
	unsigned what = (unsigned)random_to(&run->random, 19);

	if (!model->is_there) {
		attach_one(run, model, random_to(&run->random, 1));
	} else if (what == 0) {
		let_go(run, model);
	} else if (what < 5) {
		move_one(run, model);
	} else {
		model->viewer.room = what < 9
		    ? SIZE_MAX
		    : random_to(&run->random, what < 14 ? 5 : 300);
		model->viewer.at_most = random_to(&run->random, 3)
		    ? SIZE_MAX
		    : 1 + random_to(&run->random, 200);
		if (what % 2)
			return;
		fan_out_writable(&model->viewer.subscriber);
		model->waits = false;
	}
}

static void
turn(struct run *run)
{
	if (random_to(&run->random, 1))
		run->now_ms += random_to(
		    &run->random, random_to(&run->random, 9) ? 150 : 2500);
	for (size_t n = random_to(&run->random, 3); n > 0; n--)
		touch_one(
		    run, &run->models[random_to(&run->random, N_VIEWERS - 1)]);
	for (size_t h = 0; h < N_STREAMS; h++) {
		for (size_t n = random_to(&run->random, 3); n > 0; n--) {
			publish(run, h);
			check_room(run, h);
		}
		if (random_to(&run->random, 3))
			flush(run, h);
	}
}

static void
check_run(const struct stream_config *config, uint64_t seed,
    unsigned *n_dropped, unsigned *n_moved)
{
	struct run *run = calloc(1, sizeof(*run));

	run->n_dropped = n_dropped;
	run->n_moved = n_moved;
	run->config = *config;
	run->random = seed * 7919;
	for (size_t h = 0; h < N_STREAMS; h++)
		run->streams[h].stream = stream_create(config);
	for (unsigned i = 0; i < 2000; i++)
		turn(run);
	for (size_t i = 0; i < N_VIEWERS; i++)
		if (run->models[i].is_there)
			let_go(run, &run->models[i]);
	for (size_t h = 0; h < N_STREAMS; h++)
		stream_destroy(run->streams[h].stream);
	bytes_free(&run->log);
	free(run);
}

static void
check_runs(uint64_t patience_ms)
{
	static const size_t histories[] = {50, 300, 2000};
	struct stream_config config = usual;
	unsigned n_dropped = 0, n_moved = 0;

	config.fan_out.heartbeat_ms = 700;
	config.fan_out.patience_ms = patience_ms;
	for (size_t i = 0; i < LENGTH(histories); i++) {
		config.channel.history = histories[i];
		for (uint64_t seed = 1; seed <= 3; seed++)
			check_run(&config, seed, &n_dropped, &n_moved);
	}
	cr_assert_eq(n_dropped > 50, patience_ms < UINT64_MAX);
	cr_assert_gt(n_moved, 50);
}

Test(fan_out_model, of_endless_patience)
{
	check_runs(UINT64_MAX);
}

Test(fan_out_model, of_some_patience)
{
	check_runs(1000);
}

Test(fan_out_model, of_little_patience)
{
	check_runs(30);
}

Test(fan_out_model, of_no_patience)
{
	check_runs(0);
}
