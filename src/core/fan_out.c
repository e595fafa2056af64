/* SPDX-License-Identifier: MIT */

#include "core/fan_out_state.h"

#include "core/prologue.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* States. */

static bool
fan_out_waits_for(enum subscriber_state state)
{
	return state == SUBSCRIBER_LAGGARD ||
	    state == SUBSCRIBER_UNBLOCKED_LAGGARD;
}

/*
 * Patience comes back ten times as slowly, so that a viewer that stalls again
 * and again costs the others an eleventh of the time at most.
 */
uint32_t
fan_out_spent_patience(
    const struct fan_out *fan_out, const struct subscriber *subscriber)
{
	uint64_t passed_ms = fan_out->now_ms - subscriber->spent_at_ms;
	uint32_t spent = subscriber->spent;

	if (!fan_out_waits_for(subscriber->state))
		return passed_ms < spent ? spent - (uint32_t)passed_ms : 0;
	if (passed_ms > (UINT32_MAX - spent) / PATIENCE_TENTHS)
		return UINT32_MAX;
	return spent + (uint32_t)passed_ms * PATIENCE_TENTHS;
}

static struct group *
fan_out_group_of(struct fan_out *fan_out, enum subscriber_state state)
{
	switch (state) {
	case SUBSCRIBER_NEW:
		return &fan_out->new;
	case SUBSCRIBER_CURRENT:
		return &fan_out->current;
	case SUBSCRIBER_BLOCKED:
		return &fan_out->blocked;
	case SUBSCRIBER_LAGGARD:
		return &fan_out->laggards;
	default:
		return &fan_out->ready;
	}
}

void
fan_out_enter(struct fan_out *fan_out, struct subscriber *subscriber,
    enum subscriber_state state)
{
	struct group *group = fan_out_group_of(fan_out, state);

	if (fan_out_waits_for(subscriber->state) != fan_out_waits_for(state)) {
		subscriber->spent = fan_out_spent_patience(fan_out, subscriber);
		subscriber->spent_at_ms = fan_out->now_ms;
	}
	if (subscriber->state != SUBSCRIBER_DETACHED)
		group_leave(subscriber);
	subscriber->state = state;
	if (state == SUBSCRIBER_CURRENT)
		group_join_by_time(group, subscriber);
	else if (state != SUBSCRIBER_DETACHED)
		group_join(group, subscriber);
	if (state == SUBSCRIBER_LAGGARD)
		fan_out->drop_ms = 0; /* the flush computes it */
}

static void
fan_out_be_due(const struct fan_out *fan_out)
{
	if (fan_out->config.on_due)
		fan_out->config.on_due(fan_out->config.ctx);
}

/* For the channel. */

/* The earliest cursor of the subscribers that were written to before. */
static uint64_t
fan_out_waits_from(const struct channel_reader *reader)
{
	const struct fan_out *fan_out = (const struct fan_out *)reader;
	uint64_t from = group_from(&fan_out->current);

	from = fan_out_earlier(from, group_from(&fan_out->ready));
	from = fan_out_earlier(from, group_from(&fan_out->turn));
	from = fan_out_earlier(from, group_from(&fan_out->blocked));
	return fan_out_earlier(from, group_from(&fan_out->laggards));
}

static uint64_t
fan_out_needs_from(struct channel_reader *reader, uint64_t end)
{
	struct fan_out *fan_out = (struct fan_out *)reader;

	if (fan_out_is_full(fan_out, end, group_from(&fan_out->blocked)))
		group_look(&fan_out->blocked);
	return fan_out_earlier(
	    fan_out_waits_from(reader), group_from(&fan_out->new));
}

static void
fan_out_on_append(struct channel_reader *reader)
{
	fan_out_be_due((struct fan_out *)reader);
}

static void
fan_out_on_end(struct channel_reader *reader)
{
	fan_out_let_go((struct fan_out *)reader, UINT64_MAX, false);
}

static const struct channel_reader_kind fan_out_reader = {
    .needs_from = fan_out_needs_from,
    .waits_from = fan_out_waits_from,
    .on_append = fan_out_on_append,
    .on_end = fan_out_on_end,
};

static void
fan_out_init_heartbeat(struct fan_out *fan_out)
{
	struct span text = stream_heartbeat(fan_out->stream->dialect);

	assert(text.n <= FAN_OUT_HEARTBEAT_MAX);
	gzip_block_header(fan_out->heartbeat, text.n);
	memcpy(fan_out->heartbeat + GZIP_BLOCK_HEADER, text.bytes, text.n);
	memcpy(fan_out->heartbeat + GZIP_BLOCK_HEADER + text.n, gzip_mark,
	    sizeof(gzip_mark));
	fan_out->heartbeat_n = text.n;
}

struct fan_out *
fan_out_create(struct channel *channel, const struct fan_out_config *config)
{
	struct fan_out *fan_out = calloc(1, sizeof(*fan_out));

	if (!fan_out)
		return NULL;
	fan_out->reader.kind = &fan_out_reader;
	fan_out->config = *config;
	fan_out->channel = channel;
	fan_out->stream = channel_config(channel);
	fan_out->ring = channel_ring(channel);
	fan_out->jitter = jitter_from(config->seed);
	fan_out->leave_ms = UINT64_MAX;
	fan_out_init_heartbeat(fan_out);
	group_init(&fan_out->new);
	group_init(&fan_out->current);
	group_init(&fan_out->ready);
	group_init(&fan_out->blocked);
	group_init(&fan_out->laggards);
	group_init(&fan_out->turn);
	if (!fan_out_init_count(fan_out)) {
		free(fan_out);
		return NULL;
	}
	channel_add_reader(channel, &fan_out->reader);
	return fan_out;
}

void
fan_out_destroy(struct fan_out *fan_out)
{
	if (!fan_out)
		return;
	assert(fan_out->n_subscribers == 0);
	channel_remove_reader(fan_out->channel, &fan_out->reader);
	fan_out_gzip_rest(fan_out);
	owned_free(&fan_out->count);
	free(fan_out);
}

size_t
fan_out_n_subscribers(const struct fan_out *fan_out)
{
	return fan_out->n_subscribers;
}

uint64_t
fan_out_n_dropped(const struct fan_out *fan_out)
{
	return fan_out->n_dropped;
}

/* Leaving. */

static uint32_t
fan_out_farewell_ms(struct fan_out *fan_out)
{
	uint64_t retry_ms = fan_out->stream->retry_ms;

	return jitter_below(&fan_out->jitter,
	    retry_ms < UINT32_MAX ? (uint32_t)retry_ms : UINT32_MAX);
}

/* A blocked subscriber leaves later, once it is writable. */
static void
fan_out_leave(
    struct fan_out *fan_out, struct subscriber *subscriber, bool with_farewell)
{
	subscriber->stop_at = ring_end(fan_out->ring);
	if (with_farewell)
		subscriber->farewell_ms = fan_out_farewell_ms(fan_out);
	if (subscriber->state == SUBSCRIBER_CURRENT)
		fan_out_enter(fan_out, subscriber, SUBSCRIBER_READY);
}

static void
fan_out_let_group_go(struct fan_out *fan_out, struct group *group,
    uint64_t until_ms, bool with_farewell)
{
	struct subscriber *next;

	for (struct subscriber *s = group_first(group); s; s = next) {
		next = group_next(group, s);
		if (s->stop_at != STAYS)
			continue;
		if (s->leave_at_ms > until_ms)
			fan_out->leave_ms =
			    fan_out_earlier(fan_out->leave_ms, s->leave_at_ms);
		else
			fan_out_leave(fan_out, s, with_farewell);
	}
}

void
fan_out_let_go(struct fan_out *fan_out, uint64_t until_ms, bool with_farewell)
{
	struct group *const groups[] = {&fan_out->new, &fan_out->current,
	    &fan_out->ready, &fan_out->blocked, &fan_out->laggards,
	    &fan_out->turn};

	fan_out->leave_ms = UINT64_MAX;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		fan_out_let_group_go(
		    fan_out, groups[i], until_ms, with_farewell);
	fan_out_be_due(fan_out);
}

void
fan_out_drain(struct fan_out *fan_out)
{
	fan_out_let_go(fan_out, UINT64_MAX, true);
}

/*
 * Spread over the last tenth, so that not all viewers reconnect at the same
 * time; quantised, so that fan_out_flush scans for them about twelve times at
 * most.
 */
static uint64_t
fan_out_leave_at_ms(struct fan_out *fan_out, uint64_t now_ms)
{
	uint64_t thousandth = fan_out->config.max_age_ms / 1000;
	uint64_t step = 8 * thousandth, at_ms;

	if (fan_out->config.max_age_ms == 0)
		return UINT64_MAX;
	at_ms = now_ms + fan_out->config.max_age_ms -
	    thousandth * jitter_below(&fan_out->jitter, 93);
	return step > 0 ? at_ms - at_ms % step : at_ms;
}

/* Subscribing. */

void
fan_out_add(struct fan_out *fan_out, struct subscriber *subscriber,
    enum subscriber_state state)
{
	subscriber->fan_out = fan_out;
	subscriber->count_told = 0;
	subscriber->gzip.since = subscriber->cursor;
	fan_out->n_subscribers++;
	fan_out->leave_ms =
	    fan_out_earlier(fan_out->leave_ms, subscriber->leave_at_ms);
	fan_out_enter(fan_out, subscriber, state);
	if (channel_ends_at(fan_out->channel) != UINT64_MAX)
		fan_out_leave(fan_out, subscriber, false);
	fan_out_be_due(fan_out);
}

/* How a subscriber's stream begins. */
struct beginning {
	struct prologue prologue;
	const struct fan_out *fan_out;
	const struct channel_resume *resume;
};

static void
fan_out_write_beginning(const void *what, struct byte_sink sink)
{
	const struct beginning *begin = what;

	prologue_write(&begin->prologue, begin->fan_out->stream,
	    begin->fan_out->config.heartbeat_ms, begin->resume, sink);
}

int
fan_out_begin(struct fan_out *fan_out, struct subscriber *subscriber,
    struct span head, const struct channel_resume *resume)
{
	const struct beginning beginning = {
	    .prologue = prologue_find(fan_out->stream, fan_out->ring, resume),
	    .fan_out = fan_out,
	    .resume = resume,
	};
	struct owned text = owned_written(fan_out_write_beginning, &beginning);
	bool has_text = text.n > 0 || !resume->has_begun;

	if (!text.bytes ||
	    (!fan_out_give_note(
		 fan_out, subscriber, head, text, !resume->has_begun) &&
		has_text))
		return -ENOMEM;
	/* Without the end event a viewer would reconnect for ever. */
	subscriber->cursor = fan_out_earlier(
	    beginning.prologue.offset, channel_ends_at(fan_out->channel));
	if (subscriber->cursor < ring_start(fan_out->ring))
		subscriber->cursor = ring_start(fan_out->ring);
	return 0;
}

int
fan_out_attach(struct fan_out *fan_out, struct subscriber *subscriber,
    struct span head, const struct channel_resume *resume, uint64_t now_ms)
{
	int rc;

	*subscriber = (struct subscriber){
	    .transport = subscriber->transport,
	    .ctx = subscriber->ctx,
	    .is_gzip = subscriber->is_gzip,
	    .quiet_since_ms = now_ms,
	    .stop_at = STAYS,
	    .leave_at_ms = fan_out_leave_at_ms(fan_out, now_ms),
	    .farewell_ms = NO_FAREWELL,
	};
	/* Events lost before belong to the past of a new viewer. */
	channel_tell_losses(fan_out->channel);
	rc = fan_out_begin(fan_out, subscriber, head, resume);
	if (rc == 0)
		fan_out_add(fan_out, subscriber, SUBSCRIBER_NEW);
	return rc;
}

void
fan_out_detach(struct subscriber *subscriber)
{
	struct fan_out *fan_out = subscriber->fan_out;

	if (subscriber->state == SUBSCRIBER_DETACHED)
		return;
	if (subscriber->is_gzip)
		fan_out_gzip_stop_sharing(fan_out, subscriber);
	fan_out_enter(fan_out, subscriber, SUBSCRIBER_DETACHED);
	fan_out_drop_note(subscriber);
	subscriber->fan_out = NULL;
	if (--fan_out->n_subscribers == 0)
		fan_out->leave_ms = UINT64_MAX;
	fan_out_be_due(fan_out); /* the sources may have waited for it */
}

void
fan_out_writable(struct subscriber *subscriber)
{
	struct fan_out *fan_out = subscriber->fan_out;

	if (subscriber->state == SUBSCRIBER_BLOCKED)
		fan_out_enter(fan_out, subscriber, SUBSCRIBER_UNBLOCKED);
	else if (subscriber->state == SUBSCRIBER_LAGGARD)
		fan_out_enter(
		    fan_out, subscriber, SUBSCRIBER_UNBLOCKED_LAGGARD);
	else
		return;
	fan_out_be_due(fan_out);
}
