/* SPDX-License-Identifier: MIT */

#include "core/fan_out_state.h"

#include "core/prologue.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* For the channel. */

/* A fan-out begins with its reader. */
static struct fan_out *
fan_out_of(struct channel_reader *reader)
{
	return (struct fan_out *)reader;
}

/* The earliest cursor of the subscribers that were written to before. */
static uint64_t
fan_out_waits_from(const struct channel_reader *reader)
{
	const struct fan_out *fan_out = (const struct fan_out *)reader;
	uint64_t from = group_from(&fan_out->caught_up);

	from = fan_out_earlier(from, group_from(&fan_out->behind));
	from = fan_out_earlier(from, group_from(&fan_out->turn));
	from = fan_out_earlier(from, group_from(&fan_out->blocked));
	return fan_out_earlier(from, group_from(&fan_out->laggards));
}

static uint64_t
fan_out_needs_from(struct channel_reader *reader, uint64_t end)
{
	struct fan_out *fan_out = fan_out_of(reader);

	if (fan_out_is_full(fan_out, end, group_from(&fan_out->blocked)))
		group_look(&fan_out->blocked);
	return fan_out_earlier(
	    fan_out_waits_from(reader), group_from(&fan_out->newcomers));
}

/* The next flush compares the cursors with the end of the ring. */
static void
fan_out_on_append(struct channel_reader *reader)
{
	(void)reader;
}

static void
fan_out_on_end(struct channel_reader *reader)
{
	fan_out_let_go(fan_out_of(reader), UINT64_MAX, false);
}

static const struct channel_reader_kind reader_kind = {
    .needs_from = fan_out_needs_from,
    .waits_from = fan_out_waits_from,
    .on_append = fan_out_on_append,
    .on_end = fan_out_on_end,
};

struct fan_out *
fan_out_create(struct channel *channel, const struct fan_out_config *config)
{
	struct fan_out *fan_out = calloc(1, sizeof(*fan_out));

	if (!fan_out)
		return NULL;
	fan_out->reader.kind = &reader_kind;
	fan_out->config = *config;
	fan_out->channel = channel;
	fan_out->stream = channel_config(channel);
	fan_out->ring = channel_ring(channel);
	fan_out->jitter = jitter_from(config->seed);
	fan_out->leave_ms = UINT64_MAX;
	group_init(&fan_out->caught_up);
	group_init(&fan_out->newcomers);
	group_init(&fan_out->behind);
	group_init(&fan_out->turn);
	group_init(&fan_out->blocked);
	group_init(&fan_out->laggards);
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

bool
fan_out_is_full(const struct fan_out *fan_out, uint64_t end, uint64_t cursor)
{
	return channel_is_full(fan_out->stream, end, cursor);
}

/* Subscribers. */

/* A blocked subscriber leaves later, once it is writable. */
static void
leave(struct fan_out *fan_out, struct subscriber *subscriber)
{
	subscriber->leaving = true;
	subscriber->stop_at = ring_end(fan_out->ring);
	if (subscriber->blocked)
		return;
	group_leave(subscriber);
	group_join(&fan_out->behind, subscriber);
}

static void
let_group_go(struct fan_out *fan_out, struct group *group, uint64_t until_ms,
    bool with_farewell)
{
	struct subscriber *next;

	for (struct subscriber *s = group_first(group); s; s = next) {
		next = group_next(group, s);
		if (s->leaving)
			continue;
		if (s->leave_at_ms > until_ms) {
			fan_out->leave_ms =
			    fan_out_earlier(fan_out->leave_ms, s->leave_at_ms);
		} else {
			s->farewell_due = with_farewell;
			leave(fan_out, s);
		}
	}
}

void
fan_out_let_go(struct fan_out *fan_out, uint64_t until_ms, bool with_farewell)
{
	struct group *const groups[] = {&fan_out->newcomers,
	    &fan_out->caught_up, &fan_out->behind, &fan_out->turn,
	    &fan_out->blocked, &fan_out->laggards};

	fan_out->leave_ms = UINT64_MAX;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		let_group_go(fan_out, groups[i], until_ms, with_farewell);
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
static void
schedule_leaving(
    struct fan_out *fan_out, struct subscriber *subscriber, uint64_t now_ms)
{
	uint64_t thousandth = fan_out->config.max_age_ms / 1000;
	uint64_t step = 8 * thousandth;

	subscriber->leave_at_ms = UINT64_MAX;
	if (fan_out->config.max_age_ms == 0)
		return;
	subscriber->leave_at_ms = now_ms + fan_out->config.max_age_ms -
	    thousandth * jitter_below(&fan_out->jitter, 93);
	if (step > 0)
		subscriber->leave_at_ms -= subscriber->leave_at_ms % step;
}

static void
enter(
    struct fan_out *fan_out, struct group *group, struct subscriber *subscriber)
{
	subscriber->fan_out = fan_out;
	fan_out->n_subscribers++;
	fan_out->leave_ms =
	    fan_out_earlier(fan_out->leave_ms, subscriber->leave_at_ms);
	group_join(group, subscriber);
	if (channel_ends_at(fan_out->channel) != UINT64_MAX)
		leave(fan_out, subscriber);
}

/*
 * Makes the beginning of the stream the subscriber's first note.  Returns 0 or
 * -ENOMEM.
 */
static int
begin(struct fan_out *fan_out, struct subscriber *subscriber, struct span head,
    const struct channel_resume *resume)
{
	struct prologue prologue =
	    prologue_find(fan_out->stream, fan_out->ring, resume);
	struct text_buffer text = {0};

	prologue_write(&prologue, fan_out->stream, head, resume->last_event_id,
	    text_buffer_sink(&text));
	text.bytes = subscriber->memory = malloc(text.n);
	if (!text.bytes)
		return -ENOMEM;
	text.cap = text.n;
	text.n = 0;
	prologue_write(&prologue, fan_out->stream, head, resume->last_event_id,
	    text_buffer_sink(&text));
	subscriber->note = text.bytes;
	subscriber->note_n = (uint32_t)text.n;
	subscriber->cursor = prologue.offset;
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
	    .quiet_since_ms = now_ms,
	};
	/* Events lost before belong to the past of a new viewer. */
	channel_tell_losses(fan_out->channel);
	rc = begin(fan_out, subscriber, head, resume);
	if (rc < 0)
		return rc;
	schedule_leaving(fan_out, subscriber, now_ms);
	/* Without the end event a viewer would reconnect for ever. */
	subscriber->cursor = fan_out_earlier(
	    subscriber->cursor, channel_ends_at(fan_out->channel));
	enter(fan_out, &fan_out->newcomers, subscriber);
	return 0;
}

void
fan_out_detach(struct subscriber *subscriber)
{
	struct fan_out *fan_out = subscriber->fan_out;

	if (!fan_out)
		return;
	group_leave(subscriber);
	fan_out_drop_note(subscriber);
	subscriber->fan_out = NULL;
	if (--fan_out->n_subscribers == 0)
		fan_out->leave_ms = UINT64_MAX;
}

/* Whether the subscriber has everything; a blocked one has not. */
static bool
is_at_rest(const struct subscriber *subscriber)
{
	return subscriber->fan_out && !subscriber->leaving &&
	    subscriber->note_n == 0 &&
	    !channel_has_losses(subscriber->fan_out->channel) &&
	    subscriber->cursor == ring_end(subscriber->fan_out->ring);
}

void
fan_out_writable(struct subscriber *subscriber)
{
	if (!subscriber->fan_out || !subscriber->blocked)
		return;
	subscriber->blocked = false;
	group_leave(subscriber);
	group_join(&subscriber->fan_out->behind, subscriber);
}

bool
fan_out_move(struct subscriber *subscriber, struct fan_out *to, struct span id)
{
	struct channel_resume resume = {.last_event_id = id};
	struct prologue prologue;

	if (!id.bytes || !is_at_rest(subscriber) ||
	    ring_count_id(to->ring, id) > 1)
		return false;
	prologue = prologue_find(to->stream, to->ring, &resume);
	if (prologue.has_gap)
		return false;
	fan_out_detach(subscriber);
	subscriber->cursor = prologue.offset;
	/* At the end of the stream, the next flush has nothing for it. */
	enter(to, &to->behind, subscriber);
	return true;
}
