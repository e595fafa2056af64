/* SPDX-License-Identifier: MIT */

#include "program/feed.h"

#include "core/gap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Whether all its streams have room; if not, waits for the first of them. */
static bool
feed_has_room(struct feed *feed)
{
	for (size_t i = 0; i < feed->n_streams; i++) {
		if (!stream_has_room(feed->streams[i])) {
			stream_await_room(feed->streams[i], &feed->waiter);
			return false;
		}
	}
	return true;
}

static void
feed_on_room(struct stream_waiter *waiter)
{
	struct feed *feed = LIST_MEMBER(waiter, struct feed, waiter);

	if (feed->state == FEED_RUNNING && feed_has_room(feed))
		source_resume(&feed->source);
}

/* What became of a posted event in the stream that it was posted to. */
struct feed_outcome {
	int error;
	size_t n;
	char id[EVENT_ID_MAX];
};

static void
feed_on_published(void *ctx, int error, struct span id)
{
	struct feed_outcome *outcome = ctx;

	outcome->error = error;
	outcome->n = id.n < EVENT_ID_MAX ? id.n : EVENT_ID_MAX;
	if (outcome->n > 0)
		memcpy(outcome->id, id.bytes, outcome->n);
}

/* The publisher is told of what becomes of it in that stream. */
static void
feed_publish(struct feed *feed, const struct event *event, struct span position,
    const struct stream *to, const struct stream_publisher *publisher)
{
	for (size_t i = 0; i < feed->n_streams; i++) {
		struct stream *stream = feed->streams[i];

		stream_publish(stream, event, position,
		    publisher && stream == to ? publisher : NULL);
		if (!stream->only && feed->spec->kind->has_latest)
			latest_set(&feed->latest, event,
			    ring_seq(channel_ring(stream->channel)));
	}
}

/* The post may end, and with it the event: it is told when all have that. */
static void
feed_publish_post(struct feed *feed, const struct event *event,
    struct span position, struct source_post *post)
{
	const struct stream *to =
	    LIST_MEMBER(post, struct feed_post, base)->stream;
	struct feed_outcome outcome = {.error = -ESHUTDOWN};
	const struct stream_publisher publisher = {feed_on_published, &outcome};

	if (feed->state == FEED_RUNNING)
		feed_publish(feed, event, position, to, &publisher);
	post->on_published(
	    post, outcome.error, (struct span){outcome.id, outcome.n});
}

static bool
feed_on_event(void *ctx, const struct event *event, struct span position,
    struct source_post *post)
{
	struct feed *feed = ctx;

	if (post)
		feed_publish_post(feed, event, position, post);
	else if (feed->state == FEED_RUNNING)
		feed_publish(feed, event, position, NULL, NULL);
	return feed->state == FEED_RUNNING && feed_has_room(feed);
}

/* Posts. */

static struct feed *
feed_of_post(const struct feed_post *post)
{
	struct source *source = post->stream->source;

	return source ? LIST_MEMBER(source, struct feed, source) : NULL;
}

static bool
feed_is_open(const struct feed *feed)
{
	return feed->state == FEED_RUNNING && !feed->source.ended;
}

static bool
feed_wants_posts(const struct feed *feed)
{
	return !feed_is_open(feed) || source_has_room(&feed->source);
}

bool
feed_post_is_open(const struct feed_post *post)
{
	const struct feed *feed = feed_of_post(post);

	return feed && feed_is_open(feed);
}

bool
feed_post_has_room(const struct feed_post *post)
{
	const struct feed *feed = feed_of_post(post);

	return !feed || feed_wants_posts(feed);
}

void
feed_post_await_room(struct feed_post *post)
{
	list_append(&feed_of_post(post)->posts, &post->link);
}

int
feed_post_publish(struct feed_post *post, const struct event *event)
{
	struct feed *feed = feed_of_post(post);

	if (!feed || feed->state != FEED_RUNNING)
		return -ESHUTDOWN;
	return source_publish(&feed->source, event, &post->base);
}

void
feed_post_init(struct feed_post *post)
{
	list_init(&post->base.tickets);
	list_init(&post->link);
}

static void
feed_post_await_no_more(struct feed_post *post)
{
	list_remove(&post->link);
	list_init(&post->link);
}

void
feed_post_forget(struct feed_post *post)
{
	feed_post_await_no_more(post);
	source_post_give_up(&post->base);
}

/*
 * As long as there is room, the posts that have waited longest are tried again.
 * One that waits again is then behind all others.
 */
static void
feed_wake_posts(void *ctx)
{
	struct feed *feed = ctx;
	struct link woken, *first;

	list_init(&woken);
	list_append_all(&woken, &feed->posts);
	while (feed_wants_posts(feed) && (first = list_first(&woken))) {
		struct feed_post *post =
		    LIST_MEMBER(first, struct feed_post, link);

		feed_post_await_no_more(post);
		post->on_room(post);
	}
	list_append_all(&woken, &feed->posts);
	list_append_all(&feed->posts, &woken);
}

static void
feed_on_loss(void *ctx, uint64_t n)
{
	const struct feed *feed = ctx;

	if (feed->state != FEED_RUNNING)
		return;
	for (size_t i = 0; i < feed->n_streams; i++)
		stream_lose(feed->streams[i], n);
}

static void
feed_on_gone(void *ctx, struct span last_event_id)
{
	const struct feed *feed = ctx;

	for (size_t i = 0; i < feed->n_streams; i++)
		if (channel_tell_gap(feed->streams[i]->channel, last_event_id) <
		    0)
			stream_lose(feed->streams[i], GAP_UNKNOWN);
}

static void
feed_on_end(void *ctx, const struct source_ending *ending)
{
	struct feed *feed = ctx;

	if (feed->state != FEED_RUNNING)
		return;
	for (size_t i = 0; i < feed->n_streams; i++)
		stream_end_source(feed->streams[i], ending);
	feed_wake_posts(feed);
	feed->on_change(feed->ctx, feed);
}

static void
feed_on_stopped(void *ctx)
{
	struct feed *feed = ctx;

	feed->state = FEED_STOPPED;
	feed->on_change(feed->ctx, feed);
}

/* Events that come later are live. */
static void
feed_end_past(struct feed *feed, bool later)
{
	for (size_t i = 0; i < feed->n_streams; i++) {
		struct stream *stream = feed->streams[i];

		channel_end_past(stream->channel);
		if (later && --stream->n_reading_past == 0 &&
		    feed->on_past_read)
			feed->on_past_read(feed->ctx, stream);
	}
}

static void
feed_on_past_read(void *ctx)
{
	feed_end_past(ctx, true);
}

struct feed *
feed_create(const struct source_spec *spec,
    void (*on_change)(void *ctx, struct feed *feed), void *ctx)
{
	struct feed *feed = calloc(1, sizeof(*feed));

	if (!feed)
		return NULL;
	feed->spec = spec;
	feed->on_change = on_change;
	feed->ctx = ctx;
	feed->waiter.resume = feed_on_room;
	list_init(&feed->waiter.link);
	list_init(&feed->posts);
	list_init(&feed->link);
	return feed;
}

void
feed_add_stream(struct feed *feed, struct stream *stream)
{
	feed->streams[feed->n_streams++] = stream_ref(stream);
	stream_add_source(stream, feed->spec);
	stream->source = stream->only ? &feed->source : NULL;
}

bool
feed_start(struct feed *feed, const struct source_context *context,
    const struct source_begin *begin)
{
	const struct source_listener listener = {
	    .on_event = feed_on_event,
	    .on_loss = feed_on_loss,
	    .on_gone = feed_on_gone,
	    .on_end = feed_on_end,
	    .on_stopped = feed_on_stopped,
	    .on_past_read = feed_on_past_read,
	    .on_room = feed_wake_posts,
	    .ctx = feed,
	};
	int rc =
	    source_start(&feed->source, feed->spec, context, &listener, begin);

	if (rc < 0)
		source_log_failure(&feed->source, rc);
	if (rc < 0 || !feed->source.reads_past) {
		feed_end_past(feed, false);
		return rc == 0;
	}
	for (size_t i = 0; i < feed->n_streams; i++)
		feed->streams[i]->n_reading_past++;
	return true;
}

void
feed_write_latest(const struct feed *feed, const struct stream *stream,
    uint64_t seq, struct byte_sink sink)
{
	for (size_t i = 0; i < feed->n_streams; i++)
		if (feed->streams[i] == stream && !stream->only)
			latest_write(&feed->latest,
			    channel_config(stream->channel), seq, sink);
}

void
feed_stop(struct feed *feed)
{
	if (feed->state != FEED_RUNNING)
		return;
	/* Nobody is to wait for the rest of its past. */
	source_past_read(&feed->source);
	feed->state = FEED_STOPPING;
	feed_wake_posts(feed);
	source_stop(&feed->source);
}

void
feed_destroy(struct feed *feed)
{
	source_fini(&feed->source);
	latest_fini(&feed->latest);
	list_remove(&feed->waiter.link);
	list_remove(&feed->link);
	for (size_t i = 0; i < feed->n_streams; i++)
		if (feed->streams[i]->source == &feed->source)
			feed->streams[i]->source = NULL;
	feed_wake_posts(feed);
	for (size_t i = 0; i < feed->n_streams; i++)
		stream_unref(feed->streams[i]);
	free(feed);
}
