/* SPDX-License-Identifier: MIT */

/*
 * What a viewer's end sets off: while it is told that it is done, anything may
 * happen to any other, whatever is to be done with that one in the same flush.
 */

#include "viewer.h"

static const struct stream_config config = {
    .channel.identity = "id",
    .channel.gap_event = "gap",
    .channel.end_event = "end",
    .channel.retry_ms = 2000,
    .fan_out.patience_ms = 1000,
    .channel.history = 200, /* ten events */
    .fan_out.seed = 1,
};

enum { EVENT_BYTES = 20 };

/* How the viewers stand when the flush begins that is looked at. */
enum who {
	FIRST, /* has everything but the news */
	FAILS, /* the same; its transport reports an error */
	LAST,  /* as the first, after the one that fails */
	WRITABLE,
	BLOCKED,
	LAGGARD, /* will be in the way, but not for long enough */
	LATE,    /* has been for long enough, and is dropped */
	TOO_LATE,
	NEWCOMER,
	N_VIEWERS,
	EXTRA = N_VIEWERS /* not attached yet */
};

enum action {
	NOTHING,
	DETACH,
	FREE,
	MAKE_WRITABLE,
	MOVE,
	ATTACH,
	PUBLISH,
	DRAIN,
	END,
	N_ACTIONS
};

struct scene {
	struct stream *stream, *other;
	struct viewer *viewers[N_VIEWERS + 1];
	unsigned n_events;
	unsigned n_before[N_VIEWERS + 1]; /* events that are not for it */
	enum who target;
	enum action action;
	bool has_acted, has_moved;
};

static void
publish(struct scene *scene)
{
	char id[16];

	snprintf(id, sizeof(id), "n%05u", ++scene->n_events);
	publish_with_id(scene->stream, id, "1");
	publish_with_id(scene->other, id, "1");
}

static void
attach_to(struct scene *scene, enum who who)
{
	scene->viewers[who] = malloc(sizeof(struct viewer));
	attach_at(scene->stream, scene->viewers[who], ABSENT, ABSENT, 0, 1000);
	scene->n_before[who] = scene->n_events;
}

static void
discard(struct scene *scene, enum who who)
{
	viewer_fini(scene->viewers[who]);
	free(scene->viewers[who]);
	scene->viewers[who] = NULL;
}

static void
act(struct viewer *viewer, void *ctx)
{
	struct scene *scene = ctx;
	struct viewer *target = scene->viewers[scene->target];
	char id[16];

	scene->has_acted = true;
	if (scene->action == DETACH) {
		fan_out_detach(&target->subscriber);
	} else if (scene->action == FREE) {
		/* itself it frees as its last deed */
		if (target == viewer)
			viewer->frees_itself = true;
		else
			discard(scene, scene->target);
		scene->viewers[scene->target] = NULL;
	} else if (scene->action == MAKE_WRITABLE) {
		fan_out_writable(&target->subscriber);
	} else if (scene->action == MOVE) {
		snprintf(id, sizeof(id), "n%05u", scene->n_events);
		scene->has_moved = fan_out_move(
		    &target->subscriber, scene->other->fan_out, span_of(id));
	} else if (scene->action == ATTACH) {
		attach_to(scene, EXTRA);
	} else if (scene->action == PUBLISH) {
		publish(scene);
	} else if (scene->action == DRAIN) {
		fan_out_drain(scene->stream->fan_out);
	} else if (scene->action == END) {
		channel_end(scene->stream->channel, LITERAL("{}"));
	}
}

static void
publish_up_to(struct scene *scene, unsigned n_events, uint64_t now_ms)
{
	while (scene->n_events < n_events) {
		publish(scene);
		fan_out_flush(scene->stream->fan_out, now_ms);
	}
}

static void
set_scene(struct scene *scene)
{
	struct viewer **viewers = scene->viewers;

	scene->stream = stream_create(&config);
	scene->other = stream_create(&config);
	for (enum who who = 0; who < NEWCOMER; who++)
		attach_to(scene, who);
	fan_out_flush(scene->stream->fan_out, 0);
	viewers[LATE]->room = viewers[TOO_LATE]->room = 0;
	publish_up_to(scene, 1, 0);
	viewers[LAGGARD]->room = 0;
	publish_up_to(scene, 9, 500);
	viewers[BLOCKED]->room = viewers[WRITABLE]->room = 0;
	publish_up_to(scene, 10, 900);
	cr_assert_not(channel_has_room(scene->stream->channel));
	attach_to(scene, NEWCOMER);
	publish(scene);
	viewers[WRITABLE]->room = SIZE_MAX;
	fan_out_writable(&viewers[WRITABLE]->subscriber);
	viewers[FAILS]->error = -EPIPE;
	cr_assert_eq(
	    fan_out_n_subscribers(scene->stream->fan_out), (size_t)N_VIEWERS);
}

/* Who is still there has everything once it has taken all it can get. */
static void
check_viewer(struct scene *scene, enum who who)
{
	struct viewer *viewer = scene->viewers[who];
	unsigned n_events = scene->n_events - scene->n_before[who];
	size_t usual_n =
	    strlen(FIRST_BLOCK_OF_SILENCE) + n_events * EVENT_BYTES;

	if (!viewer || viewer->done_error)
		return;
	if (scene->action == DETACH && who == scene->target)
		return;
	if (scene->action == END) {
		cr_assert_eq(viewer->n_done, 1);
		usual_n += strlen("id: pipecast-end\nevent: end\n"
				  "data: {}\n\n");
	}
	if (scene->action == DRAIN) {
		cr_assert_eq(viewer->n_done, 1);
		cr_assert_geq(viewer->got.n, usual_n);
		cr_assert_leq(viewer->got.n, usual_n + 16);
		return;
	}
	cr_assert_eq(viewer->n_done, scene->action == END);
	cr_assert_eq(viewer->got.n, usual_n, "viewer %u: %zu, not %zu", who,
	    viewer->got.n, usual_n);
}

static void
play_on(struct scene *scene)
{
	for (unsigned i = 0; i < 3; i++)
		if (fan_out_flush(scene->stream->fan_out, 1000) > 0)
			break;
	for (enum who who = 0; who <= EXTRA; who++) {
		struct viewer *viewer = scene->viewers[who];

		if (!viewer || viewer->n_done > 0)
			continue;
		viewer->room = SIZE_MAX;
		fan_out_writable(&viewer->subscriber);
	}
	if (scene->action != DRAIN && scene->action != END)
		publish(scene);
	fan_out_flush(scene->stream->fan_out, 1001);
	fan_out_flush(scene->other->fan_out, 1001);
}

static void
check_scene(enum who ends, enum who target, enum action action)
{
	struct scene scene = {.target = target, .action = action};
	size_t n_there = 0;
	uint64_t next_ms;

	set_scene(&scene);
	scene.viewers[ends]->on_done = act;
	scene.viewers[ends]->ctx = &scene;
	next_ms = fan_out_flush(scene.stream->fan_out, 1000);
	cr_assert(scene.has_acted);
	/* what it set off is for another flush, at once */
	if (action >= ATTACH)
		cr_assert_eq(next_ms, 0);
	play_on(&scene);
	for (enum who who = 0; who <= EXTRA; who++) {
		struct viewer *viewer = scene.viewers[who];

		check_viewer(&scene, who);
		n_there += viewer && viewer->subscriber.fan_out != NULL;
	}
	cr_assert_eq(fan_out_n_subscribers(scene.stream->fan_out) +
		fan_out_n_subscribers(scene.other->fan_out),
	    n_there);
	/* who has everything can move */
	if (action == MOVE)
		cr_assert_eq(scene.has_moved,
		    target == FIRST ||
			(ends >= LATE &&
			    (target == LAST || target == WRITABLE ||
				target == NEWCOMER)));
	for (enum who who = 0; who <= EXTRA; who++)
		if (scene.viewers[who])
			discard(&scene, who);
	stream_destroy(scene.stream);
	stream_destroy(scene.other);
}

static void
check_action(enum action action)
{
	static const enum who ends[] = {FAILS, LATE, TOO_LATE};

	for (size_t i = 0; i < LENGTH(ends); i++)
		for (enum who target = 0; target < N_VIEWERS; target++)
			check_scene(ends[i], target, action);
}

Test(done, may_set_off_anything_for_any_viewer)
{
	for (enum action action = NOTHING; action < N_ACTIONS; action++)
		check_action(action);
}

/* Several times as much as the ring holds. */
static void
publish_much(struct viewer *viewer, void *ctx)
{
	(void)viewer;
	for (unsigned i = 0; i < 50; i++)
		publish_with_id(ctx, "number", "1");
}

Test(done, may_publish_more_than_a_history_and_nobody_loses_any)
{
	struct stream *stream = stream_create(&config);
	struct viewer fails, old, new;

	attach(stream, &fails);
	attach(stream, &old);
	fan_out_flush(stream->fan_out, 0);
	publish_with_id(stream, "number", "1");
	attach(stream, &new);
	fails.error = -EPIPE;
	fails.on_done = publish_much;
	fails.ctx = stream;
	fan_out_flush(stream->fan_out, 0);
	fan_out_flush(stream->fan_out, 0);
	cr_assert_eq(fails.n_done, 1);
	cr_assert_eq(
	    old.got.n, strlen(FIRST_BLOCK_OF_SILENCE) + 51 * EVENT_BYTES);
	cr_assert_eq(
	    new.got.n, strlen(FIRST_BLOCK_OF_SILENCE) + 50 * EVENT_BYTES);
	viewer_fini(&fails);
	viewer_fini(&old);
	viewer_fini(&new);
	stream_destroy(stream);
}

/* Attaches itself again, as often as it is done. */
static void
come_back(struct viewer *viewer, void *ctx)
{
	struct channel_resume resume = {.replay = 0};
	struct stream *stream = ctx;

	cr_assert_eq(fan_out_attach(stream->fan_out, &viewer->subscriber,
			 ABSENT, &resume, 0),
	    0);
}

Test(done, viewer_who_comes_back_at_once_does_not_keep_the_flush_from_ending)
{
	struct stream *stream = stream_create(&config);
	struct viewer viewers[3];

	for (size_t i = 0; i < LENGTH(viewers); i++)
		attach(stream, &viewers[i]);
	channel_end(stream->channel, LITERAL("{}"));
	for (size_t i = 0; i < LENGTH(viewers); i++) {
		viewers[i].on_done = come_back;
		viewers[i].ctx = stream;
	}
	for (unsigned turn = 0; turn < 3; turn++) {
		cr_assert_eq(fan_out_flush(stream->fan_out, 0), 0);
		for (size_t i = 0; i < LENGTH(viewers); i++) {
			cr_assert_eq(viewers[i].n_done, 1);
			viewers[i].n_done = 0;
		}
	}
	for (size_t i = 0; i < LENGTH(viewers); i++)
		viewer_fini(&viewers[i]);
	stream_destroy(stream);
}
