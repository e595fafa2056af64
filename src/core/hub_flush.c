/* SPDX-License-Identifier: MIT */

#include "core/hub_state.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* Laggards. */

static uint64_t
time_after(uint64_t now_ms, uint64_t in_ms)
{
	return in_ms < UINT64_MAX - now_ms ? now_ms + in_ms : UINT64_MAX;
}

/*
 * The patience that a subscriber has spent by holding the sources up.  It comes
 * back ten times as slowly, so that a viewer that stalls again and again costs
 * the others an eleventh of the time at most.
 */
static uint32_t
spent_patience(const struct subscriber *subscriber, uint64_t now_ms)
{
	uint64_t passed_ms = now_ms - subscriber->spent_at_ms;
	uint32_t spent = subscriber->spent;

	if (!subscriber->in_the_way)
		return passed_ms < spent ? spent - (uint32_t)passed_ms : 0;
	if (passed_ms > (UINT32_MAX - spent) / PATIENCE_TENTHS)
		return UINT32_MAX;
	return spent + (uint32_t)passed_ms * PATIENCE_TENTHS;
}

static void
set_in_the_way(struct subscriber *subscriber, bool is, uint64_t now_ms)
{
	if (subscriber->in_the_way == is)
		return;
	subscriber->spent = spent_patience(subscriber, now_ms);
	subscriber->spent_at_ms = now_ms;
	subscriber->in_the_way = is;
}

static void
become_laggard(struct hub *hub, struct subscriber *subscriber, uint64_t now_ms)
{
	set_in_the_way(subscriber, true, now_ms);
	group_join(&hub->laggards, subscriber);
	hub->drop_ms = 0; /* drop_laggards computes it */
}

/* Moves blocked subscribers that have become laggards. */
static void
find_laggards(struct hub *hub, uint64_t now_ms)
{
	uint64_t end = ring_end(hub->ring), from = UINT64_MAX;
	struct subscriber *next;

	if (!hub_is_full(hub, end, group_from(&hub->blocked)))
		return;
	for (struct subscriber *s = group_first(&hub->blocked); s; s = next) {
		next = group_next(&hub->blocked, s);
		if (hub_is_full(hub, end, s->cursor)) {
			group_leave(s);
			become_laggard(hub, s, now_ms);
		} else {
			from = hub_earlier(from, s->cursor);
		}
	}
	hub->blocked.from = from;
}

static void
finish(struct subscriber *subscriber, int error)
{
	hub_detach(subscriber);
	subscriber->transport->done(subscriber->ctx, error);
}

/* How much longer the laggard is tolerated. */
static uint64_t
patience_left(
    const struct hub *hub, const struct subscriber *laggard, uint64_t now_ms)
{
	uint64_t patience_ms = hub->config.patience_ms;
	uint64_t stuck_ms = now_ms - laggard->quiet_since_ms;
	uint64_t held_ms = spent_patience(laggard, now_ms) / PATIENCE_TENTHS;
	uint64_t spent_ms = stuck_ms > held_ms ? stuck_ms : held_ms;

	return spent_ms < patience_ms ? patience_ms - spent_ms : 0;
}

/* A done callback may detach any other subscriber. */
static void
drop_laggards(struct hub *hub, uint64_t now_ms)
{
	struct subscriber *next, *s;

	if (now_ms < hub->drop_ms)
		return;
	hub->drop_ms = UINT64_MAX;
	for (s = group_first(&hub->laggards); s; s = next) {
		uint64_t left_ms = patience_left(hub, s, now_ms);

		next = group_next(&hub->laggards, s);
		if (left_ms > 0) {
			hub->drop_ms = hub_earlier(
			    hub->drop_ms, time_after(now_ms, left_ms));
			continue;
		}
		group_leave(s);
		group_join(&hub->turn, s);
	}
	while ((s = group_first(&hub->turn))) {
		hub->n_dropped++;
		finish(s, -ETIMEDOUT);
	}
}

/* Writing. */

/* What to send now: the note, then the ring.  At most 3 parts. */
static int
pending(const struct hub *hub, const struct subscriber *subscriber,
    struct iovec iov[3])
{
	uint64_t to =
	    subscriber->leaving ? subscriber->stop_at : ring_end(hub->ring);
	int n = 0;

	if (subscriber->note_n > 0) {
		iov[n].iov_base = (void *)(uintptr_t)subscriber->note;
		iov[n++].iov_len = subscriber->note_n;
	}
	return n + ring_read(hub->ring, subscriber->cursor, to, iov + n);
}

void
hub_drop_note(struct subscriber *subscriber)
{
	free(subscriber->memory);
	subscriber->memory = NULL;
	subscriber->note = NULL;
	subscriber->note_n = 0;
}

static void
account(struct subscriber *subscriber, size_t sent)
{
	uint32_t of_note =
	    sent < subscriber->note_n ? (uint32_t)sent : subscriber->note_n;

	subscriber->cursor += sent - of_note;
	if (of_note == 0)
		return;
	subscriber->note += of_note;
	subscriber->note_n -= of_note;
	if (subscriber->note_n == 0)
		hub_drop_note(subscriber);
}

/* Writes everything at once.  Returns 0, or an error if the viewer is gone. */
static int
write_pending(struct subscriber *subscriber, const struct iovec *iov, int n,
    uint64_t now_ms)
{
	ssize_t sent = subscriber->transport->send(subscriber->ctx, iov, n);
	size_t total = 0;

	if (sent < 0 && sent != -EAGAIN)
		return (int)sent;
	for (int i = 0; i < n; i++)
		total += iov[i].iov_len;
	/*
	 * The viewer is not to blame for a time in which nothing was sent to
	 * it.
	 */
	if (sent > 0 || !subscriber->stuck)
		subscriber->quiet_since_ms = now_ms;
	if (sent > 0)
		account(subscriber, (size_t)sent);
	subscriber->stuck = sent < 0 || (size_t)sent < total;
	return 0;
}

/* A laggard that blocks again stays a laggard. */
static void
block(struct hub *hub, struct subscriber *subscriber, uint64_t now_ms)
{
	subscriber->blocked = true;
	group_leave(subscriber);
	if (hub_is_full(hub, ring_end(hub->ring), subscriber->cursor)) {
		become_laggard(hub, subscriber, now_ms);
	} else {
		set_in_the_way(subscriber, false, now_ms);
		group_join(&hub->blocked, subscriber);
	}
	subscriber->transport->wait(subscriber->ctx);
}

static void
catch_up(struct hub *hub, struct subscriber *subscriber, uint64_t now_ms)
{
	set_in_the_way(subscriber, false, now_ms);
	group_leave(subscriber);
	group_join_by_time(&hub->caught_up, subscriber);
}

/* Whether there is a farewell to send; without memory there is none. */
static bool
write_farewell(struct hub *hub, struct subscriber *subscriber)
{
	uint64_t retry_ms = hub->config.retry_ms;
	uint32_t spread =
	    retry_ms < UINT32_MAX ? (uint32_t)retry_ms : UINT32_MAX;
	struct event retry = EVENT_NONE;
	struct text_buffer text = {0};

	if (!subscriber->farewell_due)
		return false;
	subscriber->farewell_due = false;
	retry.retry_ms = (int64_t)(retry_ms + hub_random_below(hub, spread));
	text.cap = stream_event_size(hub->config.dialect, &retry);
	text.bytes = subscriber->memory = malloc(text.cap);
	if (!text.bytes)
		return false;
	stream_write_event(
	    hub->config.dialect, &retry, text_buffer_sink(&text));
	subscriber->note = text.bytes;
	subscriber->note_n = (uint32_t)text.n;
	return true;
}

/* One write; a leaving viewer gets its farewell in another, then goes. */
static void
advance(struct hub *hub, struct subscriber *subscriber, uint64_t now_ms)
{
	struct iovec iov[3];
	int n = pending(hub, subscriber, iov);
	int rc = n > 0 ? write_pending(subscriber, iov, n, now_ms) : 0;

	if (rc < 0)
		finish(subscriber, rc);
	else if (subscriber->stuck)
		block(hub, subscriber, now_ms);
	else if (!subscriber->leaving)
		catch_up(hub, subscriber, now_ms);
	else if (write_farewell(hub, subscriber))
		advance(hub, subscriber, now_ms);
	else
		finish(subscriber, 0);
}

/* Time. */

/* A blocked subscriber gets none: it may be in the middle of an event. */
static void
send_heartbeats(struct hub *hub, uint64_t now_ms)
{
	struct span heartbeat = stream_heartbeat(hub->config.dialect);
	struct subscriber *s;

	while ((s = group_first(&hub->caught_up)) &&
	    now_ms - s->quiet_since_ms >= hub->config.heartbeat_ms) {
		s->note = heartbeat.bytes;
		s->note_n = (uint32_t)heartbeat.n;
		advance(hub, s, now_ms);
	}
}

static void
forget(struct hub *hub)
{
	group_look(&hub->blocked);
	group_look(&hub->laggards);
	if (hub->n_subscribers > 0)
		ring_trim(hub->ring, hub_slowest(hub));
}

/* In how many milliseconds the next flush is due, if nothing happens before. */
static uint64_t
next_flush(const struct hub *hub, uint64_t now_ms)
{
	const struct subscriber *quietest = group_first(&hub->caught_up);
	uint64_t next = hub->leave_ms;

	if (!group_is_empty(&hub->behind) || !group_is_empty(&hub->newcomers) ||
	    group_from(&hub->caught_up) < ring_end(hub->ring))
		return 0;
	if (quietest && hub->config.heartbeat_ms > 0)
		next = hub_earlier(next,
		    time_after(
			quietest->quiet_since_ms, hub->config.heartbeat_ms));
	if (!group_is_empty(&hub->laggards))
		next = hub_earlier(next, hub->drop_ms);
	return next == UINT64_MAX ? UINT64_MAX : next - now_ms;
}

uint64_t
hub_flush(struct hub *hub, uint64_t now_ms)
{
	struct subscriber *s;

	assert(group_is_empty(&hub->turn));
	hub_tell_losses(hub);
	if (now_ms >= hub->leave_ms)
		hub_let_go(hub, now_ms, false);
	if (group_from(&hub->caught_up) < ring_end(hub->ring))
		group_merge(&hub->turn, &hub->caught_up);
	group_merge(&hub->turn, &hub->behind);
	group_merge(&hub->turn, &hub->newcomers);
	while ((s = group_first(&hub->turn)))
		advance(hub, s, now_ms);
	if (hub->config.heartbeat_ms > 0)
		send_heartbeats(hub, now_ms);
	find_laggards(hub, now_ms);
	drop_laggards(hub, now_ms);
	if (hub->config.forget)
		forget(hub);
	return next_flush(hub, now_ms);
}
