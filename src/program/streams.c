/* SPDX-License-Identifier: MIT */

#include "program/streams.h"

#include "loop/log.h"
#include "sources/machine_id.h"

#include <assert.h>
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

/*
 * How much to keep for a single viewer, for which no past need be kept: as much
 * as a pipe holds.
 */
enum { ONE_VIEWER_HISTORY = 65536 };

/* The registry. */

static struct stream *
stream_of(const struct link *link)
{
	return link ? LIST_MEMBER(link, struct stream, link) : NULL;
}

static struct feed *
feed_of(const struct link *link)
{
	return link ? LIST_MEMBER(link, struct feed, link) : NULL;
}

const struct stream *
streams_next(const struct streams *streams, const struct stream *stream)
{
	const struct link *all = &streams->registered;

	return stream_of(
	    stream ? list_next(all, &stream->link) : list_first(all));
}

const struct feed *
streams_next_feed(const struct streams *streams, const struct feed *feed)
{
	const struct link *all = &streams->feeds;

	return feed_of(feed ? list_next(all, &feed->link) : list_first(all));
}

static int
compare_names(const void *a, const void *b)
{
	const struct span *one = a, *other = b;
	size_t n = one->n < other->n ? one->n : other->n;
	int order = n > 0 ? memcmp(one->bytes, other->bytes, n) : 0;

	return order ? order : (one->n > other->n) - (one->n < other->n);
}

struct stream *
streams_find(const struct streams *streams, struct span name)
{
	struct span **found =
	    (struct span **)tfind(&name, &streams->by_name, compare_names);

	return found ? LIST_MEMBER(*found, struct stream, name) : NULL;
}

/* Returns NULL without memory. */
static struct stream *
streams_register(struct streams *streams, struct span name)
{
	struct stream *stream = stream_create(name);

	if (!stream)
		return NULL;
	if (!tsearch(&stream->name, &streams->by_name, compare_names)) {
		stream_unref(stream);
		return NULL;
	}
	list_append(&streams->registered, &stream->link);
	return stream;
}

static void
streams_unregister(struct streams *streams, struct stream *stream)
{
	tdelete(&stream->name, &streams->by_name, compare_names);
	list_remove(&stream->link);
	list_append(&streams->removed, &stream->link);
	stream_unref(stream);
}

/* Under plain CGI a viewer that comes back after an end has seen that end. */
enum policy_stream
streams_look_up(void *ctx, struct span name)
{
	const struct stream *stream = streams_find(ctx, name);

	if (!stream)
		return POLICY_STREAM_UNKNOWN;
	return stream_has_ended(stream) ? POLICY_STREAM_ENDED
					: POLICY_STREAM_RUNNING;
}

void
streams_list_names(void *ctx, void (*put)(void *to, struct span name), void *to)
{
	const struct stream *stream = NULL;

	while ((stream = streams_next(ctx, stream)))
		if (stream->name.n > 0)
			put(to, stream->name);
}

bool
streams_have_ended(const struct streams *streams)
{
	const struct stream *stream = NULL;

	while ((stream = streams_next(streams, stream)))
		if (!stream_has_ended(stream))
			return false;
	return true;
}

/* Turns. */

static uint64_t
now_awake_ms(struct streams *streams)
{
	return awake_at(&streams->awake, loop_now_ms());
}

static void
destroy_feeds(struct link *feeds)
{
	struct link *first;

	while ((first = list_first(feeds)))
		feed_destroy(feed_of(first));
}

void
streams_flush(struct streams *streams)
{
	uint64_t next_ms;

	destroy_feeds(&streams->stopped);
	next_ms = scheduler_run(&streams->scheduler, now_awake_ms(streams));
	if (next_ms == UINT64_MAX)
		timer_stop(&streams->timer);
	else
		timer_start(&streams->timer, next_ms);
	awake_until(&streams->awake, next_ms);
}

/*
 * The timer starts a turn, and a turn ends with a flush; nothing else is
 * needed.
 */
static void
on_timer(void *ctx)
{
	(void)ctx;
}

/* Viewers. */

/* Whether the viewer can go on in the source, but not in memory. */
static bool
has_to_catch_up(const struct stream *stream, struct span last_event_id)
{
	const struct source_spec *spec = stream->only;

	return spec && last_event_id.bytes && spec->kind->can_resume &&
	    spec->kind->can_resume(spec, last_event_id) &&
	    !channel_can_resume(stream->channel, last_event_id);
}

/* The number after which the stream of a new viewer goes on. */
static uint64_t
replayed_from(const struct stream *stream, uint64_t replay)
{
	const struct ring *ring = channel_ring(stream->channel);
	uint64_t n_held = ring_seq(ring) - ring_missed(ring, 0);

	return ring_seq(ring) - (replay < n_held ? replay : n_held);
}

static void
write_latest(const struct streams *streams, const struct stream *stream,
    uint64_t replay, struct byte_sink sink)
{
	uint64_t seq = replayed_from(stream, replay);
	const struct feed *feed = NULL;

	while ((feed = streams_next_feed(streams, feed)))
		feed_write_latest(feed, stream, seq, sink);
}

/*
 * A new viewer does not wait for the next event of a source whose latest says
 * how things are.  *memory is for the caller to free.
 */
static int
add_latest(const struct streams *streams, const struct stream *stream,
    struct channel_resume *resume, char **memory)
{
	struct text_buffer text = {0};

	if (stream->only) {
		if (stream->only->kind->has_latest && resume->replay == 0)
			resume->replay = 1;
		return 0;
	}
	write_latest(streams, stream, resume->replay, counting_sink(&text.cap));
	if (text.cap == 0)
		return 0;
	text.bytes = *memory = malloc(text.cap);
	if (!*memory)
		return -ENOMEM;
	write_latest(streams, stream, resume->replay, text_buffer_sink(&text));
	resume->latest = (struct span){text.bytes, text.n};
	return 0;
}

int
streams_subscribe(struct streams *streams, const struct request *request,
    struct subscriber *subscriber, struct span head)
{
	struct stream *stream = streams_find(streams, request->name);
	struct channel_resume resume = {
	    .last_event_id = request->last_event_id,
	    .replay = streams->options->replay,
	};
	uint64_t now_ms = now_awake_ms(streams);
	char *memory = NULL;
	int rc = -ENOENT;

	if (!stream)
		return rc;
	if (has_to_catch_up(stream, resume.last_event_id))
		rc = catchup_start(&streams->catchups, stream, subscriber, head,
		    resume.last_event_id, now_ms);
	if (rc != -ENOENT)
		return rc;
	rc = 0;
	if (!resume.last_event_id.bytes)
		rc = add_latest(streams, stream, &resume, &memory);
	if (rc == 0)
		rc = fan_out_attach(
		    stream->fan_out, subscriber, head, &resume, now_ms);
	free(memory);
	return rc;
}

/* Starting. */

int
streams_init(struct streams *streams, const struct options *options,
    loop_callback *on_change, void *ctx)
{
	const struct span root = {"", 0};

	*streams = (struct streams){
	    .options = options, .on_change = on_change, .ctx = ctx};
	list_init(&streams->registered);
	list_init(&streams->removed);
	list_init(&streams->feeds);
	list_init(&streams->stopped);
	scheduler_init(&streams->scheduler);
	catchups_init(
	    &streams->catchups, &streams->scheduler, &streams->context);
	for (size_t i = 0; i < options->n_sources; i++)
		if (options->sources[i].name.bytes &&
		    !streams_register(streams, options->sources[i].name))
			return -ENOMEM;
	return streams_register(streams, root) ? 0 : -ENOMEM;
}

/* The key of places in sources; without such sources nobody waits for it. */
static void
make_place_key(struct streams *streams)
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

static int
prepare(struct streams *streams, const struct source_context *context)
{
	streams->context = *context;
	path_notifier_init(&streams->notifier, context->loop);
	streams->context.notifier = &streams->notifier;
	make_place_key(streams);
	return timer_init(&streams->timer, context->loop, on_timer, NULL);
}

static int
open_for_many(struct streams *streams, struct stream *stream)
{
	return stream_open(stream, &streams->scheduler, streams->options,
	    streams->options->history, false);
}

static void
on_feed_change(void *ctx, struct feed *feed)
{
	struct streams *streams = ctx;

	if (feed->state == FEED_STOPPED && !streams->stopping) {
		list_remove(&feed->link);
		list_append(&streams->stopped, &feed->link);
	}
	streams->on_change(streams->ctx);
}

/* Makes a feed into those streams that are open, if there are any. */
static int
connect_feed(struct streams *streams, const struct source_spec *spec,
    struct stream *root, struct stream *own)
{
	struct feed *feed;

	if ((!root || !root->fan_out) && (!own || !own->fan_out))
		return 0;
	feed = feed_create(spec, on_feed_change, streams);
	if (!feed)
		return -ENOMEM;
	if (root && root->fan_out)
		feed_add_stream(feed, root);
	if (own && own->fan_out)
		feed_add_stream(feed, own);
	list_append(&streams->feeds, &feed->link);
	return 0;
}

/* Decides which stream carries which source before any source is started. */
static int
connect_feeds(struct streams *streams)
{
	const struct options *options = streams->options;
	struct stream *root = streams_find(streams, (struct span){NULL, 0});
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < options->n_sources; i++) {
		const struct source_spec *spec = &options->sources[i];
		struct stream *own =
		    spec->name.bytes ? streams_find(streams, spec->name) : NULL;

		rc = connect_feed(streams, spec, root, own);
	}
	return rc;
}

static bool
start_feeds(struct streams *streams, const struct source_begin *begin)
{
	for (struct link *at = list_first(&streams->feeds); at;
	     at = list_next(&streams->feeds, at))
		if (!feed_start(feed_of(at), &streams->context, begin))
			return false;
	return true;
}

/* A viewer from before a restart can then be resumed from memory. */
static const struct source_begin with_all_its_past = {.replay = UINT64_MAX};

bool
streams_start(struct streams *streams, const struct source_context *context)
{
	int rc = prepare(streams, context);

	for (struct link *at = list_first(&streams->registered); rc == 0 && at;
	     at = list_next(&streams->registered, at))
		rc = open_for_many(streams, stream_of(at));
	if (rc == 0)
		rc = connect_feeds(streams);
	return log_unless_ok(rc) && start_feeds(streams, &with_all_its_past);
}

struct stream *
streams_start_for_one(struct streams *streams,
    const struct source_context *context, const struct request *request,
    struct channel_resume *resume)
{
	const struct options *options = streams->options;
	struct stream *stream = streams_find(streams, request->name);
	struct source_begin begin = {.replay = options->replay};
	bool past = options->replay > 0 || request->last_event_id.bytes;
	int rc = prepare(streams, context);

	assert(stream); /* the policy has found it */
	if (rc == 0)
		rc = stream_open(stream, &streams->scheduler, options,
		    past ? options->history : ONE_VIEWER_HISTORY, true);
	if (rc == 0)
		rc = connect_feeds(streams);
	if (!log_unless_ok(rc))
		return NULL;
	*resume = (struct channel_resume){
	    .last_event_id = request->last_event_id,
	    .replay = options->replay,
	};
	/* In a stream of several sources no id is a place in one of them. */
	if (stream->only)
		begin.last_event_id = request->last_event_id;
	if (!start_feeds(streams, &begin))
		return NULL;
	/*
	 * The source continues right there: nothing before that is in the ring.
	 */
	if (feed_of(list_first(&streams->feeds))->source.resumed_at_id)
		*resume = (struct channel_resume){.replay = UINT64_MAX};
	return stream;
}

int
streams_add(struct streams *streams, const struct source_spec *spec,
    struct stream **stream)
{
	int rc;

	if (streams_find(streams, spec->name))
		return -EEXIST;
	*stream = streams_register(streams, spec->name);
	if (!*stream)
		return -ENOMEM;
	rc = open_for_many(streams, *stream);
	if (rc == 0)
		rc = connect_feed(streams, spec, NULL, *stream);
	if (rc == 0 &&
	    !feed_start(feed_of(streams->feeds.prev), &streams->context,
		&with_all_its_past))
		rc = -EIO;
	if (rc < 0)
		streams_remove(streams, *stream);
	return rc;
}

/* Stopping. */

void
streams_remove(struct streams *streams, struct stream *stream)
{
	struct link *next;

	for (struct link *at = list_first(&streams->feeds); at; at = next) {
		struct feed *feed = feed_of(at);

		next = list_next(&streams->feeds, at);
		if (feed->n_streams == 1 && feed->streams[0] == stream)
			feed_stop(feed);
	}
	if (stream->fan_out)
		stream_end(stream);
	streams_unregister(streams, stream);
}

void
streams_stop(struct streams *streams)
{
	if (streams->stopping)
		return;
	streams->stopping = true;
	for (struct link *at = list_first(&streams->feeds); at;
	     at = list_next(&streams->feeds, at))
		feed_stop(feed_of(at));
}

bool
streams_are_stopped(const struct streams *streams)
{
	const struct feed *feed = NULL;

	while ((feed = streams_next_feed(streams, feed)))
		if (feed->state != FEED_STOPPED)
			return false;
	return streams->stopping;
}

static void
drain_all(struct link *all)
{
	for (struct link *at = list_first(all); at; at = list_next(all, at))
		if (stream_of(at)->fan_out)
			fan_out_drain(stream_of(at)->fan_out);
}

void
streams_drain(struct streams *streams)
{
	drain_all(&streams->registered);
	drain_all(&streams->removed);
	catchups_drain(&streams->catchups);
}

void
streams_fini(struct streams *streams)
{
	struct link *first;

	catchups_fini(&streams->catchups);
	destroy_feeds(&streams->feeds);
	destroy_feeds(&streams->stopped);
	path_notifier_fini(&streams->notifier);
	while ((first = list_first(&streams->registered)))
		streams_unregister(streams, stream_of(first));
	while ((first = list_first(&streams->removed)))
		stream_destroy(stream_of(first));
	scheduler_fini(&streams->scheduler);
	timer_fini(&streams->timer);
}
