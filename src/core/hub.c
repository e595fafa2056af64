/* SPDX-License-Identifier: MIT */

#include "core/hub_state.h"

#include "core/event_id.h"
#include "core/gap.h"
#include "core/prologue.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct hub *
hub_create(const struct hub_config *config)
{
	struct hub *hub = calloc(1, sizeof(*hub));

	if (!hub)
		return NULL;
	hub->config = *config;
	hub->random = config->seed | 1;
	hub->leave_ms = UINT64_MAX;
	group_init(&hub->caught_up);
	group_init(&hub->newcomers);
	group_init(&hub->behind);
	group_init(&hub->turn);
	group_init(&hub->blocked);
	group_init(&hub->laggards);
	hub->ring = ring_create(config->history);
	if (!hub->ring) {
		free(hub);
		return NULL;
	}
	return hub;
}

void
hub_destroy(struct hub *hub)
{
	if (!hub)
		return;
	assert(hub->n_subscribers == 0);
	ring_destroy(hub->ring);
	free(hub);
}

size_t
hub_n_subscribers(const struct hub *hub)
{
	return hub->n_subscribers;
}

struct hub_figures
hub_figures(const struct hub *hub)
{
	return (struct hub_figures){
	    .n_events = ring_seq(hub->ring),
	    .n_dropped = hub->n_dropped,
	    .n_subscribers = hub->n_subscribers,
	};
}

/* Marsaglia's xorshift: jitter needs spread, not secrecy. */
uint32_t
hub_random_below(struct hub *hub, uint32_t n)
{
	hub->random ^= hub->random << 13;
	hub->random ^= hub->random >> 17;
	hub->random ^= hub->random << 5;
	return n ? hub->random % n : 0;
}

/* Publishing. */

/* The earliest cursor of the subscribers that were written to before. */
static uint64_t
slowest_old(const struct hub *hub)
{
	uint64_t from = group_from(&hub->caught_up);

	from = hub_earlier(from, group_from(&hub->behind));
	from = hub_earlier(from, group_from(&hub->turn));
	from = hub_earlier(from, group_from(&hub->blocked));
	return hub_earlier(from, group_from(&hub->laggards));
}

uint64_t
hub_slowest(const struct hub *hub)
{
	return hub_earlier(slowest_old(hub), group_from(&hub->newcomers));
}

bool
hub_is_full(const struct hub *hub, uint64_t end, uint64_t cursor)
{
	return cursor < end && end - cursor >= hub->config.history;
}

static size_t
utf8_size(struct span span)
{
	size_t n = 0;

	sink_utf8(counting_sink(&n), span);
	return n;
}

static int
append(struct hub *hub, const struct event *event, struct span own_id,
    bool is_event)
{
	enum dialect dialect = hub->config.dialect;
	size_t n = stream_event_size(dialect, event);
	int rc;

	if (n == 0)
		return 0;
	/*
	 * Before the ring grows, it must be known exactly which old blocks are
	 * still needed.
	 */
	if (hub_is_full(
		hub, ring_end(hub->ring) + n, group_from(&hub->blocked)))
		group_look(&hub->blocked);
	rc = ring_reserve(hub->ring, n, hub_slowest(hub));
	if (rc < 0)
		return rc;
	stream_write_event(dialect, event, ring_sink(hub->ring));
	ring_commit(hub->ring, is_event, STREAM_ID_AT,
	    dialect == DIALECT_EVENT_STREAM ? utf8_size(own_id) : 0);
	return 0;
}

int
hub_tell_losses(struct hub *hub)
{
	const struct span nothing = {"", 0};
	struct event event;
	char data[GAP_DATA_SIZE];
	int rc = 0;

	if (hub->n_lost == 0)
		return 0;
	event = gap_event(data, hub->config.gap_event, nothing, hub->n_lost);
	if (event.type.n > 0)
		rc = append(hub, &event, nothing, false);
	if (rc == 0)
		hub->n_lost = 0;
	return rc;
}

int
hub_publish(struct hub *hub, const struct event *event)
{
	struct event complete = *event;
	bool is_event = event->data.bytes != NULL;
	char id[EVENT_ID_SIZE];
	int rc = hub_tell_losses(hub);

	if (!event->id.bytes && is_event)
		complete.id = event_id_of_sequence(
		    id, hub->config.identity, ring_seq(hub->ring) + 1);
	if (rc == 0)
		rc = append(hub, &complete, event->id, is_event);
	if (rc < 0 && is_event)
		hub_lose(hub, 1);
	return rc;
}

void
hub_lose(struct hub *hub, uint64_t n)
{
	/* GAP_UNKNOWN is the most there is. */
	if (n > GAP_UNKNOWN - hub->n_lost)
		n = GAP_UNKNOWN - hub->n_lost;
	hub->n_lost += n;
}

bool
hub_has_room(const struct hub *hub)
{
	return !hub_is_full(hub, ring_end(hub->ring), slowest_old(hub));
}

/* Subscribers. */

/* A blocked subscriber leaves later, once it is writable. */
static void
leave(struct hub *hub, struct subscriber *subscriber)
{
	subscriber->leaving = true;
	subscriber->stop_at = ring_end(hub->ring);
	if (subscriber->blocked)
		return;
	group_leave(subscriber);
	group_join(&hub->behind, subscriber);
}

static void
let_group_go(
    struct hub *hub, struct group *group, uint64_t until_ms, bool with_farewell)
{
	struct subscriber *next;

	for (struct subscriber *s = group_first(group); s; s = next) {
		next = group_next(group, s);
		if (s->leaving)
			continue;
		if (s->leave_at_ms > until_ms) {
			hub->leave_ms =
			    hub_earlier(hub->leave_ms, s->leave_at_ms);
		} else {
			s->farewell_due = with_farewell;
			leave(hub, s);
		}
	}
}

void
hub_let_go(struct hub *hub, uint64_t until_ms, bool with_farewell)
{
	struct group *const groups[] = {&hub->newcomers, &hub->caught_up,
	    &hub->behind, &hub->turn, &hub->blocked, &hub->laggards};

	hub->leave_ms = UINT64_MAX;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		let_group_go(hub, groups[i], until_ms, with_farewell);
}

void
hub_end(struct hub *hub, struct span data)
{
	struct event end = EVENT_NONE;

	end.type = span_of(hub->config.end_event);
	end.id = span_of(EVENT_ID_END);
	end.data = data;
	hub_tell_losses(hub);
	hub->end_event = ring_end(hub->ring);
	if (end.type.n > 0)
		append(hub, &end, end.id, true);
	hub->ended = true;
	hub_let_go(hub, UINT64_MAX, false);
}

void
hub_drain(struct hub *hub)
{
	hub_let_go(hub, UINT64_MAX, true);
}

/*
 * Spread over the last tenth, so that not all viewers reconnect at the same
 * time; quantised, so that hub_flush scans for them about twelve times at most.
 */
static void
schedule_leaving(
    struct hub *hub, struct subscriber *subscriber, uint64_t now_ms)
{
	uint64_t thousandth = hub->config.max_age_ms / 1000;
	uint64_t step = 8 * thousandth;

	subscriber->leave_at_ms = UINT64_MAX;
	if (hub->config.max_age_ms == 0)
		return;
	subscriber->leave_at_ms = now_ms + hub->config.max_age_ms -
	    thousandth * hub_random_below(hub, 93);
	if (step > 0)
		subscriber->leave_at_ms -= subscriber->leave_at_ms % step;
}

static void
enter(struct hub *hub, struct group *group, struct subscriber *subscriber)
{
	subscriber->hub = hub;
	hub->n_subscribers++;
	hub->leave_ms = hub_earlier(hub->leave_ms, subscriber->leave_at_ms);
	group_join(group, subscriber);
	if (hub->ended)
		leave(hub, subscriber);
}

/*
 * Makes the beginning of the stream the subscriber's first note.  Returns 0 or
 * -ENOMEM.
 */
static int
begin(struct hub *hub, struct subscriber *subscriber, struct span head,
    const struct hub_resume *resume)
{
	struct prologue prologue =
	    prologue_find(&hub->config, hub->ring, resume);
	struct text_buffer text = {0};

	prologue_write(&prologue, &hub->config, head, resume->last_event_id,
	    text_buffer_sink(&text));
	text.bytes = subscriber->memory = malloc(text.n);
	if (!text.bytes)
		return -ENOMEM;
	text.cap = text.n;
	text.n = 0;
	prologue_write(&prologue, &hub->config, head, resume->last_event_id,
	    text_buffer_sink(&text));
	subscriber->note = text.bytes;
	subscriber->note_n = (uint32_t)text.n;
	subscriber->cursor = prologue.offset;
	return 0;
}

int
hub_attach(struct hub *hub, struct subscriber *subscriber, struct span head,
    const struct hub_resume *resume, uint64_t now_ms)
{
	int rc;

	*subscriber = (struct subscriber){
	    .transport = subscriber->transport,
	    .ctx = subscriber->ctx,
	    .quiet_since_ms = now_ms,
	};
	/* Events lost before belong to the past of a new viewer. */
	hub_tell_losses(hub);
	rc = begin(hub, subscriber, head, resume);
	if (rc < 0)
		return rc;
	schedule_leaving(hub, subscriber, now_ms);
	/* Without the end event a viewer would reconnect for ever. */
	if (hub->ended)
		subscriber->cursor =
		    hub_earlier(subscriber->cursor, hub->end_event);
	enter(hub, &hub->newcomers, subscriber);
	return 0;
}

void
hub_detach(struct subscriber *subscriber)
{
	struct hub *hub = subscriber->hub;

	if (!hub)
		return;
	group_leave(subscriber);
	hub_drop_note(subscriber);
	subscriber->hub = NULL;
	if (--hub->n_subscribers == 0)
		hub->leave_ms = UINT64_MAX;
}

/* Whether the subscriber has everything; a blocked one has not. */
static bool
is_at_rest(const struct subscriber *subscriber)
{
	return subscriber->hub && !subscriber->leaving &&
	    subscriber->note_n == 0 && subscriber->hub->n_lost == 0 &&
	    subscriber->cursor == ring_end(subscriber->hub->ring);
}

bool
hub_can_resume(const struct hub *hub, struct span last_event_id)
{
	struct hub_resume resume = {.last_event_id = last_event_id};

	return !prologue_find(&hub->config, hub->ring, &resume).has_gap;
}

void
hub_writable(struct subscriber *subscriber)
{
	if (!subscriber->hub || !subscriber->blocked)
		return;
	subscriber->blocked = false;
	group_leave(subscriber);
	group_join(&subscriber->hub->behind, subscriber);
}

bool
hub_move(struct subscriber *subscriber, struct hub *to, struct span id,
    uint64_t now_ms)
{
	struct hub_resume resume = {.last_event_id = id};
	struct prologue prologue;

	(void)now_ms;
	if (!id.bytes || !is_at_rest(subscriber) ||
	    ring_count_id(to->ring, id) > 1)
		return false;
	prologue = prologue_find(&to->config, to->ring, &resume);
	if (prologue.has_gap)
		return false;
	hub_detach(subscriber);
	subscriber->cursor = prologue.offset;
	/* At the end of the stream, the next flush has nothing for it. */
	enter(to, &to->behind, subscriber);
	return true;
}
