/* SPDX-License-Identifier: MIT */

#include "program/streams_state.h"

#include "program/on_demand.h"
#include "program/subscribe.h"

#include "loop/log.h"
#include "sources/machine_id.h"

#include <errno.h>

/*
 * How long sources may read their past before viewers can connect.  In most
 * cases that is enough for all of it; the rest is read in turns of the loop.
 */
enum { PAST_AT_ONCE_MS = 250 };

struct feed *
streams_feed_of(const struct link *link)
{
	return link ? LIST_MEMBER(link, struct feed, link) : NULL;
}

const struct feed *
streams_next_feed(const struct streams *streams, const struct feed *feed)
{
	const struct link *all = &streams->feeds;

	return streams_feed_of(
	    feed ? list_next(all, &feed->link) : list_first(all));
}

/* As long as others can be made, that is not the end. */
bool
streams_have_ended(const struct streams *streams)
{
	const struct stream *stream = NULL;

	if (registry_next_template(&streams->registry, NULL))
		return false;
	while ((stream = registry_next(&streams->registry, stream)))
		if (!stream_has_ended(stream))
			return false;
	return true;
}

/* Turns. */

uint64_t
streams_now_ms(struct streams *streams)
{
	return awake_at(&streams->awake, loop_now_ms());
}

static void
streams_destroy_feeds(struct link *feeds)
{
	struct link *first;

	while ((first = list_first(feeds)))
		feed_destroy(streams_feed_of(first));
}

/* Once: those viewers do not miss anything. */
static void
streams_tell_shortage(struct streams *streams)
{
	if (!streams->compression.is_short || streams->told_of_shortage)
		return;
	streams->told_of_shortage = true;
	log_line(LOG_WARNING,
	    "out of memory for compression: viewers are sent more bytes");
}

void
streams_flush(struct streams *streams)
{
	uint64_t next_ms;

	streams_destroy_feeds(&streams->stopped);
	next_ms = scheduler_run(&streams->scheduler, streams_now_ms(streams));
	if (next_ms == UINT64_MAX)
		timer_stop(&streams->timer);
	else
		timer_start(&streams->timer, next_ms);
	awake_until(&streams->awake, next_ms);
	streams_tell_shortage(streams);
	/* What was stopped meanwhile is freed soon. */
	if (!list_is_empty(&streams->stopped))
		timer_start(&streams->timer, 0);
}

/*
 * The timer starts a turn, and a turn ends with a flush; nothing else is
 * needed.
 */
static void
streams_on_timer(void *ctx)
{
	(void)ctx;
}

/* Starting. */

static bool
streams_has_own_stream(const struct source_spec *spec)
{
	return spec->name.bytes && !source_spec_is_template(spec);
}

/* Adds the source's own stream, which nothing feeds yet. */
static struct stream *
streams_register(struct streams *streams, const struct source_spec *spec)
{
	struct stream *stream = registry_add(&streams->registry, spec->name);

	if (stream)
		stream->takes_posts = source_spec_takes_posts(spec);
	return stream;
}

/* Of streams that are compressed at a time: 40 MB. */
enum { COMPRESSION_MAX = 128 };

int
streams_init(struct streams *streams, const struct options *options,
    loop_callback *on_change, void *ctx)
{
	const struct span nameless = {"", 0};
	struct stream *root;

	*streams = (struct streams){
	    .options = options, .on_change = on_change, .ctx = ctx};
	registry_init(&streams->registry, options->sources, options->n_sources);
	list_init(&streams->feeds);
	list_init(&streams->stopped);
	scheduler_init(&streams->scheduler);
	catchups_init(
	    &streams->catchups, &streams->scheduler, &streams->context);
	streams->waitings = (struct waitings){
	    .scheduler = &streams->scheduler,
	    .take_in = streams_take_in,
	    .ctx = streams,
	};
	list_init(&streams->waitings.list);
	streams->compression.max = COMPRESSION_MAX;
	if (on_demand_init(&streams->on_demand, streams) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < options->n_sources; i++)
		if (streams_has_own_stream(&options->sources[i]) &&
		    !streams_register(streams, &options->sources[i]))
			return -ENOMEM;
	root = registry_add(&streams->registry, nameless);
	if (!root)
		return -ENOMEM;
	root->takes_posts = options->n_sources == 1 &&
	    !source_spec_is_template(&options->sources[0]) &&
	    source_spec_takes_posts(&options->sources[0]);
	return 0;
}

/* The key of places in sources; without such sources nobody waits for it. */
static void
streams_make_place_key(struct streams *streams)
{
	const struct options *options = streams->options;
	char id[MACHINE_ID_SIZE];
	size_t i = 0;

	while (i < options->n_sources && !options->sources[i].kind->can_resume)
		i++;
	if (i == options->n_sources)
		return;
	place_key_init(
	    &streams->place_key, (struct span){id, machine_id_read(id)});
	streams->context.place_key = &streams->place_key;
}

int
streams_prepare(struct streams *streams, const struct source_context *context)
{
	streams->context = *context;
	streams->context.past_until_ms = loop_now_ms() + PAST_AT_ONCE_MS;
	path_notifier_init(&streams->notifier, context->loop);
	streams->context.notifier = &streams->notifier;
	streams_make_place_key(streams);
	return timer_init(
	    &streams->timer, context->loop, streams_on_timer, NULL);
}

static int
streams_open_for_many(struct streams *streams, struct stream *stream)
{
	return stream_open(stream, &streams->scheduler, &streams->compression,
	    streams->options, streams->options->history, false);
}

static void
streams_on_feed_change(void *ctx, struct feed *feed)
{
	struct streams *streams = ctx;

	if (feed->state == FEED_STOPPED) {
		list_remove(&feed->link);
		list_append(&streams->stopped, &feed->link);
	}
	streams->on_change(streams->ctx);
}

static void
streams_on_past_read(void *ctx, struct stream *stream)
{
	struct streams *streams = ctx;

	waitings_wake(&streams->waitings, stream);
}

int
streams_connect_feed(struct streams *streams, const struct source_spec *spec,
    struct stream *root, struct stream *own)
{
	struct feed *feed;

	if ((!root || !root->fan_out) && (!own || !own->fan_out))
		return 0;
	feed = feed_create(spec, streams_on_feed_change, streams);
	if (!feed)
		return -ENOMEM;
	feed->on_past_read = streams_on_past_read;
	if (root && root->fan_out)
		feed_add_stream(feed, root);
	if (own && own->fan_out)
		feed_add_stream(feed, own);
	list_append(&streams->feeds, &feed->link);
	return 0;
}

int
streams_connect_feeds(struct streams *streams)
{
	const struct options *options = streams->options;
	struct stream *root =
	    registry_find(&streams->registry, (struct span){NULL, 0});
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < options->n_sources; i++) {
		const struct source_spec *spec = &options->sources[i];
		struct stream *own = streams_has_own_stream(spec)
		    ? registry_find(&streams->registry, spec->name)
		    : NULL;

		if (!source_spec_is_template(spec))
			rc = streams_connect_feed(streams, spec, root, own);
	}
	return rc;
}

bool
streams_start_feeds(struct streams *streams, const struct source_begin *begin)
{
	struct link *next;

	/* If the last one ends at once, all are stopped and leave the list. */
	for (struct link *at = list_first(&streams->feeds); at; at = next) {
		next = list_next(&streams->feeds, at);
		if (!feed_start(streams_feed_of(at), &streams->context, begin))
			return false;
	}
	return true;
}

/* A viewer from before a restart can then be resumed from memory. */
static const struct source_begin with_all_its_past = {.replay = UINT64_MAX};

bool
streams_start(struct streams *streams, const struct source_context *context)
{
	int rc = streams_prepare(streams, context);
	struct stream *stream = NULL;

	while (rc == 0 && (stream = registry_next(&streams->registry, stream)))
		rc = streams_open_for_many(streams, stream);
	if (rc == 0)
		rc = streams_connect_feeds(streams);
	return log_unless_ok(rc) &&
	    streams_start_feeds(streams, &with_all_its_past);
}

/* The feed of a stream with a source of its own. */
static struct feed *
streams_only_feed(const struct stream *stream)
{
	return LIST_MEMBER(stream->source, struct feed, source);
}

int
streams_start_alone(struct streams *streams, struct stream *stream)
{
	int rc = streams_open_for_many(streams, stream);

	if (rc == 0)
		rc = streams_connect_feed(streams, stream->spec, NULL, stream);
	if (!log_unless_ok(rc))
		return rc;
	return feed_start(streams_only_feed(stream), &streams->context,
		   &with_all_its_past)
	    ? 0
	    : -EIO;
}

/* Stopping. */

void
streams_remove(struct streams *streams, struct stream *stream)
{
	if (stream->source)
		feed_stop(streams_only_feed(stream));
	registry_remove(&streams->registry, stream);
}

void
streams_stop(struct streams *streams)
{
	if (streams->stopping)
		return;
	streams->stopping = true;
	for (struct link *at = list_first(&streams->feeds), *next; at;
	     at = next) {
		next = list_next(&streams->feeds, at);
		feed_stop(streams_feed_of(at));
	}
}

bool
streams_are_stopped(const struct streams *streams)
{
	return streams->stopping && list_is_empty(&streams->feeds);
}

static void
streams_drain_all(struct link *all)
{
	for (struct link *at = list_first(all); at; at = list_next(all, at))
		stream_drain(LIST_MEMBER(at, struct stream, link));
}

void
streams_drain(struct streams *streams)
{
	streams_drain_all(&streams->registry.streams);
	streams_drain_all(&streams->registry.removed);
	catchups_drain(&streams->catchups);
	waitings_drain(&streams->waitings);
}

void
streams_fini(struct streams *streams)
{
	catchups_fini(&streams->catchups);
	waitings_fini(&streams->waitings);
	streams_destroy_feeds(&streams->feeds);
	streams_destroy_feeds(&streams->stopped);
	path_notifier_fini(&streams->notifier);
	registry_fini(&streams->registry);
	on_demand_fini(&streams->on_demand);
	scheduler_fini(&streams->scheduler);
	timer_fini(&streams->timer);
}
