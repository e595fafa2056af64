/* SPDX-License-Identifier: MIT */

#include "core/hub.h"

#include "core/event_id.h"
#include "core/prologue.h"
#include "core/ring.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct hub {
	struct hub_config config;
	struct ring *ring;
	struct subscriber *subscribers;
	struct subscriber *next; /* in hub_flush: whose turn is next */
	uint64_t slowest;        /* no cursor is before this offset */
	uint64_t end_event;      /* its offset, once ended */
	uint32_t random;
	bool ended;
};

struct hub *
hub_create(const struct hub_config *config)
{
	struct hub *hub = calloc(1, sizeof(*hub));

	if (!hub)
		return NULL;
	hub->config = *config;
	hub->slowest = UINT64_MAX;
	hub->random = config->seed | 1;
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
	assert(!hub->subscribers);
	ring_destroy(hub->ring);
	free(hub);
}

/* Marsaglia's xorshift: jitter needs spread, not secrecy. */
static uint32_t
random_below(struct hub *hub, uint32_t n)
{
	hub->random ^= hub->random << 13;
	hub->random ^= hub->random >> 17;
	hub->random ^= hub->random << 5;
	return n ? hub->random % n : 0;
}

/* Publishing. */

static size_t
utf8_size(struct span span)
{
	size_t n = 0;

	sink_utf8(counting_sink(&n), span);
	return n;
}

static int
append(struct hub *hub, const struct event *event, struct span own_id)
{
	enum dialect dialect = hub->config.dialect;
	size_t n = stream_event_size(dialect, event);
	int rc;

	if (n == 0)
		return 0;
	rc = ring_reserve(hub->ring, n, hub->slowest);
	if (rc < 0)
		return rc;
	stream_write_event(dialect, event, ring_sink(hub->ring));
	ring_commit(hub->ring, event->data.bytes != NULL, STREAM_ID_AT,
	    dialect == DIALECT_EVENT_STREAM ? utf8_size(own_id) : 0);
	return 0;
}

int
hub_publish(struct hub *hub, const struct event *event)
{
	struct event complete = *event;
	char id[EVENT_ID_SIZE];

	if (!event->id.bytes && event->data.bytes)
		complete.id = event_id_of_sequence(
		    id, hub->config.identity, ring_seq(hub->ring) + 1);
	return append(hub, &complete, event->id);
}

bool
hub_has_room(const struct hub *hub)
{
	return hub->slowest >= ring_end(hub->ring) ||
	    ring_end(hub->ring) - hub->slowest < hub->config.history;
}

/* Where the slowest stands decides what may be evicted and who must wait. */
static void
update_slowest(struct hub *hub)
{
	hub->slowest = UINT64_MAX;
	for (struct subscriber *s = hub->subscribers; s; s = s->next)
		if (s->cursor < hub->slowest)
			hub->slowest = s->cursor;
	if (hub->config.forget && hub->subscribers)
		ring_trim(hub->ring, hub->slowest);
}

/* Subscribers come and go. */

static void
leave(struct hub *hub, struct subscriber *subscriber)
{
	if (subscriber->leaving)
		return;
	subscriber->leaving = true;
	subscriber->stop_at = ring_end(hub->ring);
}

/* Without the end event a viewer would come back for ever. */
static void
show_end(struct hub *hub, struct subscriber *subscriber)
{
	if (subscriber->cursor > hub->end_event)
		subscriber->cursor = hub->end_event;
	leave(hub, subscriber);
}

static void
schedule_leaving(
    struct hub *hub, struct subscriber *subscriber, uint64_t now_ms)
{
	uint64_t age = hub->config.max_age_ms;

	subscriber->leave_at_ms = UINT64_MAX;
	if (age > 0)
		subscriber->leave_at_ms =
		    now_ms + age - age / 1000 * random_below(hub, 101);
}

int
hub_attach(struct hub *hub, struct subscriber *subscriber, struct span head,
    const struct hub_resume *resume, uint64_t now_ms)
{
	struct text_buffer text = {0};

	*subscriber = (struct subscriber){
	    .transport = subscriber->transport,
	    .ctx = subscriber->ctx,
	    .last_sent_ms = now_ms,
	};
	subscriber->cursor = prologue_write(
	    &hub->config, hub->ring, head, resume, text_buffer_sink(&text));
	text.bytes = subscriber->prologue = malloc(text.n);
	if (!text.bytes)
		return -ENOMEM;
	text.cap = text.n;
	text.n = 0;
	prologue_write(
	    &hub->config, hub->ring, head, resume, text_buffer_sink(&text));
	subscriber->note = (struct span){text.bytes, text.n};
	schedule_leaving(hub, subscriber, now_ms);

	subscriber->hub = hub;
	subscriber->next = hub->subscribers;
	if (hub->subscribers)
		hub->subscribers->prev = subscriber;
	hub->subscribers = subscriber;
	if (hub->ended)
		show_end(hub, subscriber);
	if (subscriber->cursor < hub->slowest)
		hub->slowest = subscriber->cursor;
	return 0;
}

static void
drop_note(struct subscriber *subscriber)
{
	free(subscriber->prologue);
	subscriber->prologue = NULL;
	subscriber->note = (struct span){NULL, 0};
}

void
hub_detach(struct subscriber *subscriber)
{
	struct hub *hub = subscriber->hub;

	if (!hub)
		return;
	if (hub->next == subscriber)
		hub->next = subscriber->next;
	if (subscriber->prev)
		subscriber->prev->next = subscriber->next;
	else
		hub->subscribers = subscriber->next;
	if (subscriber->next)
		subscriber->next->prev = subscriber->prev;
	subscriber->hub = NULL;
	drop_note(subscriber);
}

/* Writing. */

/* What there is to send now: the note, then the ring.  At most 3 parts. */
static int
pending(const struct subscriber *subscriber, struct iovec iov[3])
{
	const struct ring *ring = subscriber->hub->ring;
	uint64_t to =
	    subscriber->leaving ? subscriber->stop_at : ring_end(ring);
	int n = 0;

	if (subscriber->note.n > 0) {
		iov[n].iov_base = (void *)(uintptr_t)subscriber->note.bytes;
		iov[n++].iov_len = subscriber->note.n;
	}
	return n + ring_read(ring, subscriber->cursor, to, iov + n);
}

static void
account(struct subscriber *subscriber, size_t sent)
{
	size_t of_note = sent < subscriber->note.n ? sent : subscriber->note.n;

	if (of_note > 0) {
		subscriber->note.bytes += of_note;
		subscriber->note.n -= of_note;
		if (subscriber->note.n == 0)
			drop_note(subscriber);
	}
	subscriber->cursor += sent - of_note;
}

static void
finish(struct subscriber *subscriber, int error)
{
	hub_detach(subscriber);
	subscriber->transport->done(subscriber->ctx, error);
}

/* One write of everything there is; returns false if the viewer is gone. */
static bool
write_pending(struct subscriber *subscriber, const struct iovec *iov, int n,
    uint64_t now_ms)
{
	size_t total = 0;
	ssize_t sent = subscriber->transport->send(subscriber->ctx, iov, n);

	if (sent < 0 && sent != -EAGAIN) {
		finish(subscriber, (int)sent);
		return false;
	}
	for (int i = 0; i < n; i++)
		total += iov[i].iov_len;
	if (sent > 0) {
		account(subscriber, (size_t)sent);
		subscriber->last_sent_ms = now_ms;
	}
	if (sent < 0 || (size_t)sent < total) {
		subscriber->blocked = true;
		subscriber->transport->wait(subscriber->ctx);
	}
	return true;
}

/* One write; a leaving viewer gets its farewell in another, then goes. */
static void
advance(struct subscriber *subscriber, uint64_t now_ms)
{
	struct iovec iov[3];
	int n = pending(subscriber, iov);

	if (n > 0 && !write_pending(subscriber, iov, n, now_ms))
		return;
	if (!subscriber->leaving || subscriber->blocked)
		return;
	if (!subscriber->farewell_due) {
		finish(subscriber, 0);
		return;
	}
	subscriber->farewell_due = false;
	subscriber->note = span_of(subscriber->farewell);
	advance(subscriber, now_ms);
}

void
hub_flush(struct hub *hub, uint64_t now_ms)
{
	/* Who is done may detach others as well. */
	for (struct subscriber *s = hub->subscribers; s; s = hub->next) {
		hub->next = s->next;
		if (!s->blocked)
			advance(s, now_ms);
	}
	update_slowest(hub);
}

void
hub_writable(struct subscriber *subscriber, uint64_t now_ms)
{
	struct hub *hub = subscriber->hub;

	if (!hub)
		return;
	subscriber->blocked = false;
	advance(subscriber, now_ms);
	update_slowest(hub);
}

/* Time and endings. */

/* Who is blocked may stand inside an event. */
static bool
can_be_given_a_note(const struct subscriber *subscriber)
{
	return !subscriber->blocked && !subscriber->leaving &&
	    subscriber->note.n == 0;
}

static uint64_t
tick_one(struct hub *hub, struct subscriber *subscriber, uint64_t now_ms)
{
	uint64_t heartbeat = hub->config.heartbeat_ms;
	uint64_t due = subscriber->last_sent_ms + heartbeat;
	uint64_t next = UINT64_MAX;

	if (now_ms >= subscriber->leave_at_ms)
		leave(hub, subscriber);
	else if (subscriber->leave_at_ms != UINT64_MAX)
		next = subscriber->leave_at_ms - now_ms;
	if (heartbeat == 0)
		return next;
	if (now_ms >= due) {
		due = now_ms + heartbeat;
		if (can_be_given_a_note(subscriber))
			subscriber->note =
			    stream_heartbeat(hub->config.dialect);
	}
	return due - now_ms < next ? due - now_ms : next;
}

uint64_t
hub_tick(struct hub *hub, uint64_t now_ms)
{
	uint64_t next = UINT64_MAX;

	for (struct subscriber *s = hub->subscribers; s; s = s->next) {
		uint64_t in = tick_one(hub, s, now_ms);

		if (in < next)
			next = in;
	}
	hub_flush(hub, now_ms);
	return next;
}

void
hub_end(struct hub *hub, struct span data)
{
	struct event end = EVENT_NONE;

	end.type = span_of(hub->config.end_event);
	end.id = span_of(EVENT_ID_END);
	end.data = data;
	hub->end_event = ring_end(hub->ring);
	if (end.type.n > 0)
		append(hub, &end, end.id);
	hub->ended = true;
	for (struct subscriber *s = hub->subscribers; s; s = s->next)
		leave(hub, s);
}

void
hub_drain(struct hub *hub)
{
	uint64_t retry_ms = hub->config.retry_ms;
	uint32_t spread =
	    retry_ms < UINT32_MAX ? (uint32_t)retry_ms : UINT32_MAX;

	for (struct subscriber *s = hub->subscribers; s; s = s->next) {
		struct text_buffer text = {
		    .bytes = s->farewell, .cap = sizeof(s->farewell) - 1};
		struct event retry = EVENT_NONE;

		if (s->leaving)
			continue;
		leave(hub, s);
		retry.retry_ms =
		    (int64_t)(retry_ms + random_below(hub, spread));
		stream_write_event(
		    hub->config.dialect, &retry, text_buffer_sink(&text));
		s->farewell[text.n] = '\0';
		s->farewell_due = true;
	}
}
