/* SPDX-License-Identifier: MIT */

#include "program/stream.h"

#include "loop/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* Opening. */

/* Random bits for a stream, which need not be secret but differ. */
struct stream_bits {
	unsigned char identity[STREAM_IDENTITY_SIZE - 1];
	uint64_t id_key[2];
	uint32_t seed;
};

static struct stream_bits
stream_make_bits(void)
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
stream_make_identity(
    char identity[STREAM_IDENTITY_SIZE], const struct stream_bits *bits)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";

	for (size_t i = 0; i < STREAM_IDENTITY_SIZE - 1; i++)
		identity[i] = digits[bits->identity[i] % 32];
}

struct stream *
stream_create(struct span name)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	stream->own_name = owned_copy(name);
	if (!stream->own_name.bytes) {
		free(stream);
		return NULL;
	}
	stream->name = owned_span(&stream->own_name);
	stream->n_references = 1;
	stream->ending.exit_status = -1;
	stream->unused_since_ms = UINT64_MAX;
	list_init(&stream->link);
	list_init(&stream->waiting);
	return stream;
}

void
stream_destroy(struct stream *stream)
{
	task_fini(&stream->task);
	list_remove(&stream->link);
	fan_out_destroy(stream->fan_out);
	channel_destroy(stream->channel);
	owned_free(&stream->own_name);
	free(stream->spec);
	free(stream);
}

static void
stream_wake(void *ctx)
{
	struct stream *stream = ctx;

	task_wake(&stream->task);
}

/* A waiter that resumes may wait again, here or elsewhere. */
static void
stream_resume_waiting(struct stream *stream)
{
	struct link waiting, *first;

	list_init(&waiting);
	list_append_all(&waiting, &stream->waiting);
	while ((first = list_first(&waiting))) {
		struct stream_waiter *waiter =
		    LIST_MEMBER(first, struct stream_waiter, link);

		list_remove(first);
		list_init(first);
		waiter->resume(waiter);
	}
}

/* Besides the registry and its source, which refer to it in any case. */
static bool
stream_has_users(const struct stream *stream)
{
	return fan_out_n_subscribers(stream->fan_out) > 0 ||
	    stream->n_references > 1 + stream->n_sources;
}

/* Returns in how many milliseconds to call again. */
static uint64_t
stream_linger(struct stream *stream, uint64_t now_ms)
{
	const struct stream_keeper *keeper = stream->keeper;
	uint64_t unused_ms;

	/* The last of them wakes the task. */
	if (stream_has_users(stream)) {
		stream_use(stream);
		return UINT64_MAX;
	}
	if (stream->unused_since_ms == UINT64_MAX)
		stream->unused_since_ms = now_ms;
	unused_ms = now_ms - stream->unused_since_ms;
	if (unused_ms < keeper->linger_ms)
		return keeper->linger_ms - unused_ms;
	keeper->on_unused(keeper->ctx, stream);
	return UINT64_MAX;
}

static uint64_t
stream_run(void *ctx, uint64_t now_ms)
{
	struct stream *stream = ctx;
	uint64_t flush_ms, linger_ms;

	fan_out_flush(stream->fan_out, now_ms);
	if (stream_has_room(stream))
		stream_resume_waiting(stream);
	if (stream->n_references == 0 &&
	    fan_out_n_subscribers(stream->fan_out) == 0) {
		stream_destroy(stream);
		return UINT64_MAX;
	}
	flush_ms = fan_out_next_flush(stream->fan_out);
	linger_ms = stream->keeper ? stream_linger(stream, now_ms) : UINT64_MAX;
	return flush_ms < linger_ms ? flush_ms : linger_ms;
}

int
stream_open(struct stream *stream, struct scheduler *scheduler,
    struct compression *compression, const struct options *options,
    size_t history, bool forget)
{
	const struct stream_bits bits = stream_make_bits();
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

	stream_make_identity(stream->identity, &bits);
	stream->config = (struct fan_out_config){
	    .heartbeat_ms = options->heartbeat_ms,
	    .max_age_ms = options->max_age_ms,
	    .patience_ms = forget ? UINT64_MAX : options->patience_ms,
	    .seed = bits.seed,
	    .viewers_event = options->viewers_event,
	    .compression = compression,
	    .on_due = stream_wake,
	    .ctx = stream,
	};
	if (task_init(&stream->task, scheduler, stream_run, stream) < 0)
		return -ENOMEM;
	stream->channel = channel_create(&config);
	if (stream->channel)
		stream->fan_out =
		    fan_out_create(stream->channel, &stream->config);
	return stream->fan_out ? 0 : -ENOMEM;
}

struct stream *
stream_ref(struct stream *stream)
{
	stream->n_references++;
	return stream;
}

void
stream_unref(struct stream *stream)
{
	bool is_last = --stream->n_references == 0;

	if (is_last && !stream->fan_out)
		stream_destroy(stream);
	else if (is_last || stream->keeper)
		task_wake(&stream->task);
}

void
stream_use(struct stream *stream)
{
	stream->unused_since_ms = UINT64_MAX;
	task_wake(&stream->task);
}

/* Events. */

/* The id under which viewers know the event that was published last. */
static struct span
stream_newest_id(const struct stream *stream, const struct event *event,
    char memory[EVENT_ID_SIZE])
{
	if (event->id.bytes || !event->data.bytes)
		return event->id;
	return event_id_of_sequence(
	    memory, stream->identity, ring_seq(channel_ring(stream->channel)));
}

/* A source that goes on would fill the log. */
static void
stream_log_shortage(void)
{
	/* Of all streams, which share the memory and the log. */
	static struct rate_limit shortages;
	static const char message[] = "an event was lost: out of memory";
	struct rate_limit_log log;
	char more[64] = "";

	if (!rate_limit_take(&shortages, message, loop_now_ms(), &log))
		return;
	if (log.n_unlogged > 0)
		snprintf(more, sizeof(more),
		    "; %" PRIu64 " more like it %s not logged", log.n_unlogged,
		    log.n_unlogged == 1 ? "was" : "were");
	log_line(LOG_ERROR, "%s%s", message, more);
}

void
stream_publish(struct stream *stream, const struct event *event,
    struct span position, const struct stream_publisher *publisher)
{
	struct event complete = *event;
	char memory[EVENT_ID_SIZE];
	int rc;

	/*
	 * An id of the input says where in one source a viewer is, and may be
	 * that of another source's event as well.
	 */
	if (!stream->only)
		complete.id = (struct span){NULL, 0};
	/* A stream of one source is resumed in the source itself. */
	else if (!event->id.bytes && event->data.bytes)
		complete.id = position;
	rc = channel_publish(stream->channel, &complete);
	if (rc < 0)
		stream_log_shortage();
	if (publisher)
		publisher->on_published(publisher->ctx, rc,
		    stream_newest_id(stream, &complete, memory));
}

void
stream_lose(struct stream *stream, uint64_t n)
{
	channel_lose(stream->channel, n);
}

bool
stream_has_room(const struct stream *stream)
{
	return channel_has_room(stream->channel);
}

void
stream_await_room(struct stream *stream, struct stream_waiter *waiter)
{
	if (list_is_empty(&waiter->link))
		list_append(&stream->waiting, &waiter->link);
}

/* Sources. */

void
stream_add_source(struct stream *stream, const struct source_spec *spec)
{
	stream->only = stream->n_sources == 0 ? spec : NULL;
	stream->n_sources++;
	stream->n_running++;
}

void
stream_end(struct stream *stream)
{
	char data[64] = "{}";

	if (channel_ends_at(stream->channel) != UINT64_MAX)
		return;
	if (stream->ending.signal)
		snprintf(data, sizeof(data), "{\"signal\":%d}",
		    stream->ending.signal);
	else if (stream->ending.exit_status >= 0)
		snprintf(data, sizeof(data), "{\"exit_status\":%d}",
		    stream->ending.exit_status);
	channel_end(stream->channel, span_of(data));
}

void
stream_drain(struct stream *stream)
{
	if (stream->fan_out)
		fan_out_drain(stream->fan_out);
}

static bool
stream_is_of_command(const struct source_ending *ending)
{
	return ending->exit_status >= 0 || ending->signal;
}

/*
 * Of several commands the end event reports the first that failed, or else the
 * last.
 */
void
stream_end_source(struct stream *stream, const struct source_ending *ending)
{
	bool failed = stream->ending.exit_status > 0 || stream->ending.signal;

	if (stream_is_of_command(ending) && !failed)
		stream->ending = *ending;
	if (--stream->n_running == 0)
		stream_end(stream);
}

bool
stream_has_ended(const struct stream *stream)
{
	return stream->n_running == 0;
}

struct stream_figures
stream_figures(const struct stream *stream)
{
	if (!stream->fan_out)
		return (struct stream_figures){0};
	return (struct stream_figures){
	    .n_events = ring_seq(channel_ring(stream->channel)),
	    .n_dropped = fan_out_n_dropped(stream->fan_out),
	    .n_posts = stream->n_posts,
	    .n_viewers = fan_out_n_subscribers(stream->fan_out),
	};
}
