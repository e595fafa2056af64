/* SPDX-License-Identifier: MIT */

#include "program/post_state.h"

#include <errno.h>
#include <stdlib.h>

enum {
	BODY_MS = 10000,   /* for the body of one event, */
	BYTES_PER_S = 512, /* and a second more for so many bytes of it */
	IDLE_MS = 30000,   /* for more of many events, without heartbeats */
	SMALL = 4096,      /* bytes that a post may hold whatever others hold */
	HELD_MAX = 16 << 20, /* bytes that all of them hold */
};

/* The body. */

/* Slow senders must not fill the memory; a short body is always taken. */
static void
post_hold(struct post *post, uint64_t bytes)
{
	struct posts *posts = post->posts;
	size_t max = posts->policy->max_event + POST_LINE_END_MAX;
	size_t n = bytes < max ? (size_t)bytes : max;

	posts->held += n - post->held;
	post->held = n;
	if (n > SMALL && posts->held > HELD_MAX && posts->held > 4 * max)
		post_refuse(post, 503,
		    "Too many events are on their way; try again soon.");
}

static void
post_wait_for_pause(struct post *post)
{
	if (input_format_awaits_pause(post->format) &&
	    post->state == POST_TAKING)
		timer_start(&post->quiet, INPUT_FORMAT_PAUSE_MS);
	else
		timer_stop(&post->quiet);
}

static void
post_on_quiet(void *ctx)
{
	struct post *post = ctx;

	if (post->upload.is_full) {
		timer_start(&post->quiet, INPUT_FORMAT_PAUSE_MS);
		return;
	}
	post->is_inside = true;
	input_format_pause(post->format);
	post_advance_and_tell(post);
}

static size_t
post_take_many(struct post *post, const char *bytes, size_t n)
{
	size_t used = input_format_feed(post->format, bytes, n);

	post->upload.due_ms = loop_now_ms() + post->posts->idle_ms;
	if (post->state == POST_ANSWERED)
		return n;
	post_wait_for_pause(post);
	if (post->state == POST_REFUSED)
		return used;
	post->n_taken += used;
	post_hold(post, post->n_taken - post->event_end);
	return used;
}

static void
post_take_one(struct post *post, const char *bytes, size_t n)
{
	int rc = buffer_append(&post->body, (struct span){bytes, n},
	    post->posts->policy->max_event + POST_LINE_END_MAX);

	post->n_taken += n;
	post->upload.due_ms =
	    post->opened_ms + BODY_MS + post->n_taken * 1000 / BYTES_PER_S;
	if (rc < 0)
		post_fail(post, rc);
	else
		post_hold(post, post->body.n);
}

static size_t
post_take(struct upload *upload, const char *bytes, size_t n)
{
	struct post *post = post_of(upload);

	if (post->state == POST_ANSWERED)
		return n;
	if (upload->is_full)
		return 0;
	post->is_inside = true;
	if (post->format)
		n = post_take_many(post, bytes, n);
	else
		post_take_one(post, bytes, n);
	post_advance(post);
	post->is_inside = false;
	return n;
}

static void
post_finish(struct upload *upload)
{
	struct post *post = post_of(upload);

	if (post->state == POST_ANSWERED)
		return;
	post->is_inside = true;
	post->state = POST_ENDED;
	upload->is_full = false;
	post_advance(post);
	post->is_inside = false;
}

static void
post_late(struct upload *upload)
{
	struct post *post = post_of(upload);

	/* What is on its way counts no more. */
	feed_post_forget(&post->feed);
	if (!feed_post_is_open(&post->feed))
		post_fail(post, -ESHUTDOWN);
	else if (upload->is_full)
		post_refuse(
		    post, 503, "The stream takes nothing now; try again soon.");
	else
		post_refuse(post, 408, "The body did not come in time.");
}

static void
post_close(struct upload *upload)
{
	struct post *post = post_of(upload);

	feed_post_forget(&post->feed);
	post->posts->held -= post->held;
	timer_fini(&post->quiet);
	input_format_destroy(post->format);
	buffer_fini(&post->body);
	owned_free(&post->type);
	owned_free(&post->user);
	if (post->feed.stream)
		stream_unref(post->feed.stream);
	free(post);
}

static const struct upload_kind post_kind = {
    .take = post_take,
    .finish = post_finish,
    .late = post_late,
    .close = post_close,
};

/* Beginning. */

/* Returns false without memory. */
static bool
post_init(struct post *post, const struct request *request,
    const struct answer *decided)
{
	const struct input_options options = {
	    .max_event = post->posts->policy->max_event};

	if (timer_init(&post->quiet, post->posts->loop, post_on_quiet, post) <
	    0)
		return false;
	if (decided->event_type.bytes)
		post->type = owned_copy(decided->event_type);
	if (request->user.bytes)
		post->user = owned_copy(request->user);
	post->feed.base.user = owned_span(&post->user);
	if (decided->format)
		post->format =
		    input_format_create(input_format_find(decided->format),
			options, post_sink(post), (struct input_start){0});
	return (post->type.bytes || !decided->event_type.bytes) &&
	    (post->user.bytes || !request->user.bytes) &&
	    (post->format || !decided->format);
}

/* Finds the stream, and begins, if that is possible. */
static void
post_begin(struct post *post, struct span name)
{
	struct stream *stream;
	int rc = streams_find(post->posts->streams, name, &stream);

	if (rc == -EBUSY)
		post_refuse(post, 503,
		    "There are as many streams as there may be; try again "
		    "later.");
	else if (rc < 0)
		post_refuse(post, 503, "The stream cannot be opened now.");
	if (rc < 0)
		return;
	post->feed.stream = stream_ref(stream);
	if (feed_post_is_open(&post->feed))
		post_advance(post);
	else
		post_fail(post, -ESHUTDOWN);
}

struct upload *
posts_open(struct posts *posts, const struct request *request,
    const struct answer *decided)
{
	struct post *post = calloc(1, sizeof(*post));
	uint64_t now_ms = loop_now_ms();

	if (!post)
		return NULL;
	post->upload = (struct upload){
	    .kind = &post_kind,
	    .due_ms = now_ms + (decided->format ? posts->idle_ms : BODY_MS),
	    .answer = *decided,
	};
	post->upload.answer.event_type = (struct span){NULL, 0}; /* copied */
	post->posts = posts;
	post->opened_ms = now_ms;
	post->feed.base.on_published = post_on_published;
	post->feed.on_room = post_on_room;
	feed_post_init(&post->feed);
	if (!post_init(post, request, decided)) {
		post_close(&post->upload);
		return NULL;
	}
	post->is_inside = true;
	post_begin(post, request->name);
	post->is_inside = false;
	return &post->upload;
}

void
posts_init(struct posts *posts, struct loop *loop, struct streams *streams,
    const struct policy *policy, uint64_t heartbeat_ms)
{
	*posts = (struct posts){
	    .loop = loop,
	    .streams = streams,
	    .policy = policy,
	    .idle_ms = heartbeat_ms > 0 ? 2 * heartbeat_ms : IDLE_MS,
	};
}
