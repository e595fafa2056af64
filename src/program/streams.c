/* SPDX-License-Identifier: MIT */

#include "program/streams.h"

#include "loop/log.h"
#include "sources/machine_id.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/*
 * How much to keep for a single viewer, for which no past need be kept: as much
 * as a pipe holds.
 */
enum { ONE_VIEWER_HISTORY = 65536 };

/* Events, and the ends of sources. */

static void
publish(struct stream *stream, const struct event *event, struct span position)
{
	struct event complete = *event;

	/*
	 * An id of the input says where in one source a viewer is, and may be
	 * that of another source's event as well.
	 */
	if (!stream->only)
		complete.id = (struct span){NULL, 0};
	/* A stream of one source is resumed in the source itself. */
	else if (!event->id.bytes && event->data.bytes)
		complete.id = position;
	if (channel_publish(stream->channel, &complete) < 0)
		log_line(LOG_ERROR, "an event was lost: out of memory");
}

static bool
has_room(const struct stream *stream)
{
	return !stream || channel_has_room(stream->channel);
}

static bool
feed_has_room(const struct feed *feed)
{
	return has_room(feed->root) && has_room(feed->own);
}

static bool
on_event(void *ctx, const struct event *event, struct span position)
{
	struct feed *feed = ctx;

	if (feed->streams->stopping)
		return false;
	if (feed->root)
		publish(feed->root, event, position);
	if (feed->own)
		publish(feed->own, event, position);
	if (feed->root && !feed->root->only && feed->spec->kind->has_latest)
		latest_set(&feed->latest, event,
		    ring_seq(channel_ring(feed->root->channel)));
	return feed_has_room(feed);
}

static void
on_loss(void *ctx, uint64_t n)
{
	struct feed *feed = ctx;

	if (feed->streams->stopping)
		return;
	if (feed->root)
		channel_lose(feed->root->channel, n);
	if (feed->own)
		channel_lose(feed->own->channel, n);
}

static void
end_stream(struct stream *stream)
{
	char data[64] = "{}";

	if (stream->ending.signal)
		snprintf(data, sizeof(data), "{\"signal\":%d}",
		    stream->ending.signal);
	else if (stream->ending.exit_status >= 0)
		snprintf(data, sizeof(data), "{\"exit_status\":%d}",
		    stream->ending.exit_status);
	channel_end(stream->channel, span_of(data));
}

static bool
is_of_command(const struct source_ending *ending)
{
	return ending->exit_status >= 0 || ending->signal;
}

/*
 * Of several commands the end event reports the first that failed, or else the
 * last.
 */
static void
end_source(struct stream *stream, const struct source_ending *ending)
{
	bool failed = stream->ending.exit_status > 0 || stream->ending.signal;

	if (is_of_command(ending) && !failed)
		stream->ending = *ending;
	if (--stream->n_running == 0)
		end_stream(stream);
}

static void
on_source_end(void *ctx, const struct source_ending *ending)
{
	struct feed *feed = ctx;
	struct streams *streams = feed->streams;

	if (streams->stopping)
		return;
	if (feed->root)
		end_source(feed->root, ending);
	if (feed->own)
		end_source(feed->own, ending);
	streams->on_change(streams->ctx);
}

static void
on_source_stopped(void *ctx)
{
	struct feed *feed = ctx;

	feed->streams->n_stopping--;
	feed->streams->on_change(feed->streams->ctx);
}

bool
streams_has_ended(const struct streams *streams, size_t index)
{
	return streams->streams[index].n_running == 0;
}

bool
streams_have_ended(const struct streams *streams)
{
	for (size_t i = 0; i <= streams->n_names; i++)
		if (!streams_has_ended(streams, i))
			return false;
	return true;
}

struct stream_figures
stream_figures(const struct stream *stream)
{
	return (struct stream_figures){
	    .n_events = ring_seq(channel_ring(stream->channel)),
	    .n_dropped = fan_out_n_dropped(stream->fan_out),
	    .n_viewers = fan_out_n_subscribers(stream->fan_out),
	};
}

/* Turns. */

static uint64_t
now_awake_ms(struct streams *streams)
{
	return awake_at(&streams->awake, loop_now_ms());
}

/* Returns in how many milliseconds something has to be done again. */
static uint64_t
flush_catchups(struct streams *streams, uint64_t now_ms)
{
	uint64_t next_ms = UINT64_MAX;

	for (size_t i = streams->n_catchups; i-- > 0;) {
		uint64_t in_ms;

		if (catchup_flush(streams->catchups[i], now_ms, &in_ms)) {
			catchup_destroy(streams->catchups[i]);
			streams->catchups[i] =
			    streams->catchups[--streams->n_catchups];
		} else if (in_ms < next_ms) {
			next_ms = in_ms;
		}
	}
	return next_ms;
}

/*
 * Lets sources that had to wait continue.  Their events are sent at the end of
 * a later turn.
 */
static void
resume_sources(struct streams *streams)
{
	for (size_t i = 0; i < streams->n_feeds; i++)
		if (feed_has_room(&streams->feeds[i]) &&
		    source_resume(&streams->feeds[i].source))
			loop_again(streams->context.loop);
}

void
streams_flush(struct streams *streams)
{
	uint64_t now_ms = now_awake_ms(streams);
	uint64_t next_ms = flush_catchups(streams, now_ms);

	for (size_t i = 0; i <= streams->n_names; i++) {
		struct fan_out *fan_out = streams->streams[i].fan_out;
		uint64_t in_ms =
		    fan_out ? fan_out_flush(fan_out, now_ms) : UINT64_MAX;

		if (in_ms < next_ms)
			next_ms = in_ms;
	}
	if (next_ms == UINT64_MAX)
		timer_stop(&streams->timer);
	else
		timer_start(&streams->timer, next_ms);
	awake_until(&streams->awake, next_ms);
	if (!streams->stopping)
		resume_sources(streams);
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

static int
start_catchup(struct streams *streams, const struct stream *stream,
    struct subscriber *subscriber, struct span head, struct span last_event_id)
{
	const struct catchup_config config = {
	    .spec = stream->only,
	    .context = &streams->context,
	    .fan_out = &stream->config,
	    .channel = stream->channel,
	    .shared = stream->fan_out,
	};
	struct catchup **catchup = &streams->catchups[streams->n_catchups];
	int rc;

	if (streams->n_catchups >= streams->max_catchups)
		return -EBUSY;
	rc = catchup_start(catchup, &config, subscriber, head, last_event_id,
	    now_awake_ms(streams));
	if (rc == 0)
		streams->n_catchups++;
	return rc;
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
	for (size_t i = 0; i < streams->n_feeds; i++)
		if (streams->feeds[i].root == stream)
			latest_write(&streams->feeds[i].latest,
			    channel_config(stream->channel),
			    replayed_from(stream, replay), sink);
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
streams_subscribe(struct streams *streams, size_t index,
    const struct request *request, struct subscriber *subscriber,
    struct span head)
{
	const struct stream *stream = &streams->streams[index];
	struct channel_resume resume = {
	    .last_event_id = request->last_event_id,
	    .replay = streams->options->replay,
	};
	struct file_place place;
	char *memory = NULL;
	int rc = -ENOENT;

	if (stream->only && stream->only->kind == &source_file &&
	    event_id_is_file(resume.last_event_id, &place) &&
	    !channel_can_resume(stream->channel, resume.last_event_id))
		rc = start_catchup(
		    streams, stream, subscriber, head, resume.last_event_id);
	if (rc != -ENOENT)
		return rc;
	rc = 0;
	if (!resume.last_event_id.bytes)
		rc = add_latest(streams, stream, &resume, &memory);
	if (rc == 0)
		rc = fan_out_attach(stream->fan_out, subscriber, head, &resume,
		    now_awake_ms(streams));
	free(memory);
	return rc;
}

/* Starting. */

int
streams_init(struct streams *streams, const struct options *options,
    loop_callback *on_change, void *ctx)
{
	*streams = (struct streams){
	    .options = options, .on_change = on_change, .ctx = ctx};
	streams->names = calloc(options->n_sources + 1, sizeof(char *));
	if (!streams->names)
		return -ENOMEM;
	for (size_t i = 0; i < options->n_sources; i++) {
		struct span name = options->sources[i].name;

		if (!name.bytes)
			continue;
		streams->names[streams->n_names] = strndup(name.bytes, name.n);
		if (!streams->names[streams->n_names++])
			return -ENOMEM;
	}
	return 0;
}

/* Random bits for a stream, which need not be secret but differ. */
struct stream_bits {
	unsigned char identity[STREAM_IDENTITY_SIZE - 1];
	uint64_t id_key[2];
	uint32_t seed;
};

static struct stream_bits
make_bits(void)
{
	struct stream_bits bits;
	unsigned char *bytes = (unsigned char *)&bits;

	if (getrandom(&bits, sizeof(bits), 0) != sizeof(bits))
		for (size_t i = 0; i < sizeof(bits); i++)
			bytes[i] = (unsigned char)((uint64_t)getpid() *
				(loop_now_ms() + 1) >>
			    i % 32);
	return bits;
}

static void
make_identity(char identity[STREAM_IDENTITY_SIZE], struct stream_bits bits)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";

	for (size_t i = 0; i < STREAM_IDENTITY_SIZE - 1; i++)
		identity[i] = digits[bits.identity[i] % 32];
}

static int
open_stream(
    struct streams *streams, struct stream *stream, size_t history, bool forget)
{
	const struct options *options = streams->options;
	const struct stream_bits bits = make_bits();
	const struct channel_config config = {
	    .dialect = options->dialect,
	    .identity = stream->identity,
	    .gap_event = options->gap_event,
	    .end_event = options->end_event,
	    .retry_ms = options->retry_ms,
	    .id_key = {bits.id_key[0], bits.id_key[1]},
	    .history = history,
	    .forget = forget,
	};

	make_identity(stream->identity, bits);
	stream->ending = (struct source_ending){.exit_status = -1};
	stream->config = (struct fan_out_config){
	    .heartbeat_ms = options->heartbeat_ms,
	    .max_age_ms = options->max_age_ms,
	    .patience_ms = forget ? UINT64_MAX : options->patience_ms,
	    .seed = bits.seed,
	};
	stream->channel = channel_create(&config);
	if (stream->channel)
		stream->fan_out =
		    fan_out_create(stream->channel, &stream->config);
	return stream->fan_out ? 0 : -ENOMEM;
}

static struct stream *
stream_of_name(const struct streams *streams, struct span name)
{
	for (size_t i = 0; i < streams->n_names; i++)
		if (span_is(name, streams->names[i]))
			return &streams->streams[i];
	return NULL;
}

/* The stream, if it is wanted and carries the source. */
static struct stream *
add_to(struct stream *stream, const struct source_spec *spec)
{
	if (!stream || !stream->fan_out)
		return NULL;
	stream->only = stream->n_sources == 0 ? spec : NULL;
	stream->n_sources++;
	stream->n_running++;
	return stream;
}

/* Decides which stream carries which source before any stream is created. */
static void
connect_feeds(struct streams *streams)
{
	const struct options *options = streams->options;

	for (size_t i = 0; i < options->n_sources; i++) {
		const struct source_spec *spec = &options->sources[i];
		struct feed feed = {
		    .streams = streams,
		    .root = add_to(&streams->streams[streams->n_names], spec),
		    .own = add_to(stream_of_name(streams, spec->name), spec),
		    .spec = spec,
		};

		if (feed.root || feed.own)
			streams->feeds[streams->n_feeds++] = feed;
	}
}

/* The key of places in files; without files nobody waits for it. */
static void
make_place_key(struct streams *streams)
{
	const struct options *options = streams->options;
	char id[MACHINE_ID_SIZE];
	size_t i = 0;

	while (
	    i < options->n_sources && options->sources[i].kind != &source_file)
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
	make_place_key(streams);
	streams->streams =
	    calloc(streams->n_names + 1, sizeof(*streams->streams));
	streams->feeds =
	    calloc(streams->options->n_sources, sizeof(*streams->feeds));
	if (!streams->streams || !streams->feeds)
		return -ENOMEM;
	return timer_init(&streams->timer, context->loop, on_timer, NULL);
}

static bool
start_feeds(struct streams *streams, const struct source_begin *begin)
{
	connect_feeds(streams);
	for (size_t i = 0; i < streams->n_feeds; i++) {
		struct feed *feed = &streams->feeds[i];
		const struct source_listener listener = {
		    .on_event = on_event,
		    .on_loss = on_loss,
		    .on_end = on_source_end,
		    .on_stopped = on_source_stopped,
		    .ctx = feed,
		};

		int rc = source_start(&feed->source, feed->spec,
		    &streams->context, &listener, begin);

		if (rc < 0) {
			source_log_failure(&feed->source, rc);
			return false;
		}
	}
	return true;
}

bool
streams_start(struct streams *streams, const struct source_context *context)
{
	/* A viewer from before a restart can then be resumed from memory. */
	const struct source_begin begin = {.replay = UINT64_MAX};
	int rc = prepare(streams, context);

	for (size_t i = 0; rc == 0 && i <= streams->n_names; i++)
		rc = open_stream(streams, &streams->streams[i],
		    streams->options->history, false);
	return log_unless_ok(rc) && start_feeds(streams, &begin);
}

bool
streams_start_for_one(struct streams *streams,
    const struct source_context *context, size_t index,
    const struct request *request, struct channel_resume *resume)
{
	const struct options *options = streams->options;
	struct source_begin begin = {.replay = options->replay};
	bool past = options->replay > 0 || request->last_event_id.bytes;
	int rc = prepare(streams, context);

	if (rc == 0)
		rc = open_stream(streams, &streams->streams[index],
		    past ? options->history : ONE_VIEWER_HISTORY, true);
	if (!log_unless_ok(rc))
		return false;
	*resume = (struct channel_resume){
	    .last_event_id = request->last_event_id,
	    .replay = options->replay,
	};
	/* In a stream of several sources no id is a place in one of them. */
	if (index < streams->n_names || options->n_sources == 1)
		begin.last_event_id = request->last_event_id;
	if (!start_feeds(streams, &begin))
		return false;
	/*
	 * The source continues right there: nothing before that is in the ring.
	 */
	if (streams->feeds[0].source.resumed_at_id)
		*resume = (struct channel_resume){.replay = UINT64_MAX};
	return true;
}

/* Stopping. */

void
streams_stop(struct streams *streams)
{
	if (streams->stopping)
		return;
	streams->stopping = true;
	streams->n_stopping = streams->n_feeds;
	for (size_t i = 0; i < streams->n_feeds; i++)
		source_stop(&streams->feeds[i].source);
}

bool
streams_are_stopped(const struct streams *streams)
{
	return streams->stopping && streams->n_stopping == 0;
}

void
streams_drain(struct streams *streams)
{
	for (size_t i = 0; i <= streams->n_names; i++)
		if (streams->streams[i].fan_out)
			fan_out_drain(streams->streams[i].fan_out);
	for (size_t i = 0; i < streams->n_catchups; i++)
		catchup_drain(streams->catchups[i]);
}

static void
feed_fini(struct feed *feed)
{
	source_fini(&feed->source);
	latest_fini(&feed->latest);
}

void
streams_fini(struct streams *streams)
{
	for (size_t i = 0; i < streams->n_catchups; i++)
		catchup_destroy(streams->catchups[i]);
	for (size_t i = 0; i < streams->n_feeds; i++)
		feed_fini(&streams->feeds[i]);
	free(streams->feeds);
	for (size_t i = 0; streams->streams && i <= streams->n_names; i++) {
		fan_out_destroy(streams->streams[i].fan_out);
		channel_destroy(streams->streams[i].channel);
	}
	free(streams->streams);
	timer_fini(&streams->timer);
	for (size_t i = 0; i < streams->n_names; i++)
		free((char *)(uintptr_t)streams->names[i]);
	free(streams->names);
	*streams = (struct streams){0};
}
