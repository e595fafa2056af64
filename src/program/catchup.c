/* SPDX-License-Identifier: MIT */

#include "program/catchup.h"

#include "core/gap.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How much may be read and not yet sent: as much as a pipe holds. */
enum { CATCHUP_HISTORY = 65536 };

/* It stalls only itself, but must not occupy its place for ever. */
enum { CATCHUP_PATIENCE_MS = 30000 };

struct catchup {
	struct link link;
	struct catchups *all;
	struct stream *stream;        /* to join */
	struct channel_reader reader; /* of that stream */
	struct task task;
	struct channel *channel;
	struct fan_out *fan_out;
	struct source source;
	char from[EVENT_ID_MAX + 1];  /* id of the place where it began */
	char place[EVENT_ID_MAX + 1]; /* id of the newest event, "" for none */
};

static bool
catchup_on_event(void *ctx, const struct event *event, struct span position,
    struct source_post *post)
{
	struct catchup *catchup = ctx;
	struct event complete = *event;

	assert(!post); /* they go to the stream's own source */
	catchup->place[0] = '\0';
	if (!event->id.bytes && event->data.bytes) {
		complete.id = position;
		if (position.n > 0 && position.n <= EVENT_ID_MAX) {
			memcpy(catchup->place, position.bytes, position.n);
			catchup->place[position.n] = '\0';
		}
	}
	channel_publish(catchup->channel, &complete);
	return channel_has_room(catchup->channel);
}

/* Only between two events can it join the others. */
static void
catchup_on_loss(void *ctx, uint64_t n)
{
	struct catchup *catchup = ctx;

	catchup->place[0] = '\0';
	channel_lose(catchup->channel, n);
}

static void
catchup_on_gone(void *ctx, struct span last_event_id)
{
	struct catchup *catchup = ctx;

	if (channel_tell_gap(catchup->channel, last_event_id) < 0)
		catchup_on_loss(catchup, GAP_UNKNOWN);
}

/* The viewer comes back for the end that the stream tells of. */
static void
catchup_on_end(void *ctx, const struct source_ending *ending)
{
	const struct catchup *catchup = ctx;

	(void)ending;
	fan_out_drain(catchup->fan_out);
}

static void
catchup_on_stopped(void *ctx)
{
	(void)ctx;
}

/* Nothing may be published any more that would make it join the others. */
static void
catchup_on_idle(void *ctx)
{
	struct catchup *catchup = ctx;

	task_wake(&catchup->task);
}

static int
catchup_start_source(struct catchup *catchup, struct span last_event_id)
{
	const struct source_listener listener = {
	    .on_event = catchup_on_event,
	    .on_loss = catchup_on_loss,
	    .on_gone = catchup_on_gone,
	    .on_end = catchup_on_end,
	    .on_stopped = catchup_on_stopped,
	    .on_idle = catchup_on_idle,
	    .ctx = catchup,
	};
	const struct source_begin begin = {
	    .last_event_id = last_event_id, .only_at_id = true};
	int rc;

	snprintf(catchup->from, sizeof(catchup->from), "%.*s",
	    (int)last_event_id.n, last_event_id.bytes);
	rc = source_start(&catchup->source, catchup->stream->only,
	    catchup->all->context, &listener, &begin);

	if (rc < 0 && rc != -ENOENT)
		source_log_failure(&catchup->source, rc);
	return rc;
}

static int
catchup_attach(struct catchup *catchup, struct subscriber *subscriber,
    struct span head, uint64_t now_ms)
{
	const struct channel_resume all = {.replay = UINT64_MAX};
	int rc =
	    fan_out_attach(catchup->fan_out, subscriber, head, &all, now_ms);

	if (rc == 0)
		task_wake(&catchup->task);
	return rc;
}

/* Reading the stream to join. */

static uint64_t
catchup_needs_from(struct channel_reader *reader, uint64_t end)
{
	(void)reader;
	(void)end;
	return UINT64_MAX;
}

static uint64_t
catchup_waits_from(const struct channel_reader *reader)
{
	(void)reader;
	return UINT64_MAX;
}

/* The stream may have got the event that the viewer has seen already. */
static void
catchup_on_change(struct channel_reader *reader)
{
	task_wake(&LIST_MEMBER(reader, struct catchup, reader)->task);
}

static const struct channel_reader_kind catchup_reader = {
    .needs_from = catchup_needs_from,
    .waits_from = catchup_waits_from,
    .on_append = catchup_on_change,
    .on_end = catchup_on_change,
};

/* Its turns. */

static void
catchup_destroy(struct catchup *catchup)
{
	task_fini(&catchup->task);
	source_fini(&catchup->source);
	fan_out_destroy(catchup->fan_out);
	channel_destroy(catchup->channel);
	channel_remove_reader(catchup->stream->channel, &catchup->reader);
	stream_unref(catchup->stream);
	list_remove(&catchup->link);
	catchup->all->n--;
	free(catchup);
}

static bool
catchup_is_level(const struct catchup *catchup)
{
	const struct source *source = catchup->stream->source;

	return source && source->spec->kind->are_level && source->state &&
	    catchup->source.state &&
	    source->spec->kind->are_level(source, &catchup->source);
}

/* Whether the viewer has joined the others. */
static bool
catchup_joins(struct catchup *catchup, struct subscriber *subscriber)
{
	struct fan_out *others = catchup->stream->fan_out;

	if (catchup->place[0] &&
	    fan_out_move(subscriber, others, span_of(catchup->place)))
		return true;
	return catchup_is_level(catchup) &&
	    fan_out_move_to_end(subscriber, others);
}

/* Whether all viewers have joined the others, or have left. */
static bool
catchup_is_over(struct catchup *catchup)
{
	struct subscriber *subscriber;

	while ((subscriber = fan_out_current(catchup->fan_out)) &&
	    catchup_joins(catchup, subscriber))
		;
	return fan_out_n_subscribers(catchup->fan_out) == 0;
}

static uint64_t
catchup_run(void *ctx, uint64_t now_ms)
{
	struct catchup *catchup = ctx;

	fan_out_flush(catchup->fan_out, now_ms);
	if (channel_has_room(catchup->channel))
		source_resume(&catchup->source);
	if (catchup_is_over(catchup)) {
		catchup_destroy(catchup);
		return UINT64_MAX;
	}
	return fan_out_next_flush(catchup->fan_out);
}

static void
catchup_wake(void *ctx)
{
	struct catchup *catchup = ctx;

	task_wake(&catchup->task);
}

/* Starting. */

static int
catchup_open(struct catchup *catchup)
{
	struct channel_config config =
	    *channel_config(catchup->stream->channel);
	struct fan_out_config fan_out = catchup->stream->config;

	/* The id of an event without a place leads nowhere. */
	config.identity = EVENT_ID_CATCHUP;
	config.history = CATCHUP_HISTORY;
	config.forget = true;
	fan_out.patience_ms = CATCHUP_PATIENCE_MS;
	fan_out.viewers_event = NULL;
	fan_out.compression = NULL; /* for one viewer */
	fan_out.on_due = catchup_wake;
	fan_out.ctx = catchup;
	catchup->channel = channel_create(&config);
	if (catchup->channel)
		catchup->fan_out = fan_out_create(catchup->channel, &fan_out);
	if (!catchup->fan_out)
		return -ENOMEM;
	return task_init(
	    &catchup->task, catchup->all->scheduler, catchup_run, catchup);
}

static struct catchup *
catchup_create(struct catchups *catchups, struct stream *stream)
{
	struct catchup *catchup = calloc(1, sizeof(*catchup));

	if (!catchup)
		return NULL;
	catchup->all = catchups;
	catchup->stream = stream_ref(stream);
	catchup->reader.kind = &catchup_reader;
	channel_add_reader(stream->channel, &catchup->reader);
	list_append(&catchups->list, &catchup->link);
	catchups->n++;
	return catchup;
}

/* One that began at the same place, and from which nothing has come yet. */
static struct catchup *
catchups_find(const struct catchups *catchups, const struct stream *stream,
    struct span from)
{
	for (struct link *at = list_first(&catchups->list); at;
	     at = list_next(&catchups->list, at)) {
		struct catchup *catchup = LIST_MEMBER(at, struct catchup, link);
		const struct channel *channel = catchup->channel;

		if (catchup->stream == stream && span_is(from, catchup->from) &&
		    catchup->source.state && !catchup->source.ended &&
		    !channel_has_losses(channel) &&
		    ring_end(channel_ring(channel)) == 0)
			return catchup;
	}
	return NULL;
}

int
catchup_start(struct catchups *catchups, struct stream *stream,
    struct subscriber *subscriber, struct span head, struct span last_event_id,
    uint64_t now_ms)
{
	struct catchup *catchup =
	    catchups_find(catchups, stream, last_event_id);
	int rc;

	if (catchup)
		return catchup_attach(catchup, subscriber, head, now_ms);
	if (catchups->n >= catchups->max)
		return -EBUSY;
	catchup = catchup_create(catchups, stream);
	if (!catchup)
		return -ENOMEM;
	rc = catchup_open(catchup);
	if (rc == 0)
		rc = catchup_start_source(catchup, last_event_id);
	if (rc == 0)
		rc = catchup_attach(catchup, subscriber, head, now_ms);
	if (rc < 0)
		catchup_destroy(catchup);
	return rc;
}

/* All of them. */

void
catchups_init(struct catchups *catchups, struct scheduler *scheduler,
    const struct source_context *context)
{
	*catchups = (struct catchups){
	    .max = CATCHUPS_MAX,
	    .scheduler = scheduler,
	    .context = context,
	};
	list_init(&catchups->list);
}

void
catchups_drain(struct catchups *catchups)
{
	for (struct link *at = list_first(&catchups->list); at;
	     at = list_next(&catchups->list, at))
		fan_out_drain(LIST_MEMBER(at, struct catchup, link)->fan_out);
}

void
catchups_fini(struct catchups *catchups)
{
	struct link *next;

	for (struct link *at = list_first(&catchups->list); at; at = next) {
		next = list_next(&catchups->list, at);
		catchup_destroy(LIST_MEMBER(at, struct catchup, link));
	}
}
