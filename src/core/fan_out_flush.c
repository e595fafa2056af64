/* SPDX-License-Identifier: MIT */

#include "core/fan_out_state.h"

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
become_laggard(
    struct fan_out *fan_out, struct subscriber *subscriber, uint64_t now_ms)
{
	set_in_the_way(subscriber, true, now_ms);
	group_join(&fan_out->laggards, subscriber);
	fan_out->drop_ms = 0; /* drop_laggards computes it */
}

/* Moves blocked subscribers that have become laggards. */
static void
find_laggards(struct fan_out *fan_out, uint64_t now_ms)
{
	uint64_t end = ring_end(fan_out->ring), from = UINT64_MAX;
	struct subscriber *next;

	if (!fan_out_is_full(fan_out, end, group_from(&fan_out->blocked)))
		return;
	for (struct subscriber *s = group_first(&fan_out->blocked); s;
	     s = next) {
		next = group_next(&fan_out->blocked, s);
		if (fan_out_is_full(fan_out, end, s->cursor)) {
			group_leave(s);
			become_laggard(fan_out, s, now_ms);
		} else {
			from = fan_out_earlier(from, s->cursor);
		}
	}
	fan_out->blocked.from = from;
}

static void
finish(struct subscriber *subscriber, int error)
{
	fan_out_detach(subscriber);
	subscriber->transport->done(subscriber->ctx, error);
}

/* How much longer the laggard is tolerated. */
static uint64_t
patience_left(const struct fan_out *fan_out, const struct subscriber *laggard,
    uint64_t now_ms)
{
	uint64_t patience_ms = fan_out->config.patience_ms;
	uint64_t stuck_ms = now_ms - laggard->quiet_since_ms;
	uint64_t held_ms = spent_patience(laggard, now_ms) / PATIENCE_TENTHS;
	uint64_t spent_ms = stuck_ms > held_ms ? stuck_ms : held_ms;

	return spent_ms < patience_ms ? patience_ms - spent_ms : 0;
}

/* A done callback may detach any other subscriber. */
static void
drop_laggards(struct fan_out *fan_out, uint64_t now_ms)
{
	struct subscriber *next, *s;

	if (now_ms < fan_out->drop_ms)
		return;
	fan_out->drop_ms = UINT64_MAX;
	for (s = group_first(&fan_out->laggards); s; s = next) {
		uint64_t left_ms = patience_left(fan_out, s, now_ms);

		next = group_next(&fan_out->laggards, s);
		if (left_ms > 0) {
			fan_out->drop_ms = fan_out_earlier(
			    fan_out->drop_ms, time_after(now_ms, left_ms));
			continue;
		}
		group_leave(s);
		group_join(&fan_out->turn, s);
	}
	while ((s = group_first(&fan_out->turn))) {
		fan_out->n_dropped++;
		finish(s, -ETIMEDOUT);
	}
}

/* Writing. */

/* The parts to send now, at most 3: the note, then the ring's. */
static int
pending(const struct fan_out *fan_out, const struct subscriber *subscriber,
    struct iovec iov[3])
{
	uint64_t to =
	    subscriber->leaving ? subscriber->stop_at : ring_end(fan_out->ring);
	int n = 0;

	if (subscriber->note_n > 0) {
		iov[n].iov_base = (void *)(uintptr_t)subscriber->note;
		iov[n++].iov_len = subscriber->note_n;
	}
	return n + ring_read(fan_out->ring, subscriber->cursor, to, iov + n);
}

void
fan_out_drop_note(struct subscriber *subscriber)
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
		fan_out_drop_note(subscriber);
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
block(struct fan_out *fan_out, struct subscriber *subscriber, uint64_t now_ms)
{
	subscriber->blocked = true;
	group_leave(subscriber);
	if (fan_out_is_full(
		fan_out, ring_end(fan_out->ring), subscriber->cursor)) {
		become_laggard(fan_out, subscriber, now_ms);
	} else {
		set_in_the_way(subscriber, false, now_ms);
		group_join(&fan_out->blocked, subscriber);
	}
	subscriber->transport->wait(subscriber->ctx);
}

static void
catch_up(
    struct fan_out *fan_out, struct subscriber *subscriber, uint64_t now_ms)
{
	set_in_the_way(subscriber, false, now_ms);
	group_leave(subscriber);
	group_join_by_time(&fan_out->caught_up, subscriber);
}

/* Whether there is a farewell to send; without memory there is none. */
static bool
write_farewell(struct fan_out *fan_out, struct subscriber *subscriber)
{
	uint64_t retry_ms = fan_out->stream->retry_ms;
	uint32_t spread =
	    retry_ms < UINT32_MAX ? (uint32_t)retry_ms : UINT32_MAX;
	struct event retry = EVENT_NONE;
	struct text_buffer text = {0};

	if (!subscriber->farewell_due)
		return false;
	subscriber->farewell_due = false;
	retry.retry_ms =
	    (int64_t)(retry_ms + jitter_below(&fan_out->jitter, spread));
	text.cap = stream_event_size(fan_out->stream->dialect, &retry);
	text.bytes = subscriber->memory = malloc(text.cap);
	if (!text.bytes)
		return false;
	stream_write_event(
	    fan_out->stream->dialect, &retry, text_buffer_sink(&text));
	subscriber->note = text.bytes;
	subscriber->note_n = (uint32_t)text.n;
	return true;
}

/* One write; a leaving viewer gets its farewell in another, then goes. */
static void
advance(struct fan_out *fan_out, struct subscriber *subscriber, uint64_t now_ms)
{
	struct iovec iov[3];
	int n = pending(fan_out, subscriber, iov);
	int rc = n > 0 ? write_pending(subscriber, iov, n, now_ms) : 0;

	if (rc < 0)
		finish(subscriber, rc);
	else if (subscriber->stuck)
		block(fan_out, subscriber, now_ms);
	else if (!subscriber->leaving)
		catch_up(fan_out, subscriber, now_ms);
	else if (write_farewell(fan_out, subscriber))
		advance(fan_out, subscriber, now_ms);
	else
		finish(subscriber, 0);
}

/* Time. */

/* A blocked subscriber gets none: it may be in the middle of an event. */
static void
send_heartbeats(struct fan_out *fan_out, uint64_t now_ms)
{
	struct span heartbeat = stream_heartbeat(fan_out->stream->dialect);
	struct subscriber *s;

	while ((s = group_first(&fan_out->caught_up)) &&
	    now_ms - s->quiet_since_ms >= fan_out->config.heartbeat_ms) {
		s->note = heartbeat.bytes;
		s->note_n = (uint32_t)heartbeat.n;
		advance(fan_out, s, now_ms);
	}
}

static void
forget(struct fan_out *fan_out)
{
	group_look(&fan_out->blocked);
	group_look(&fan_out->laggards);
	channel_trim(fan_out->channel);
}

/* In how many milliseconds the next flush is due, if nothing happens before. */
static uint64_t
next_flush(const struct fan_out *fan_out, uint64_t now_ms)
{
	const struct subscriber *quietest = group_first(&fan_out->caught_up);
	uint64_t next = fan_out->leave_ms;

	if (!group_is_empty(&fan_out->behind) ||
	    !group_is_empty(&fan_out->newcomers) ||
	    group_from(&fan_out->caught_up) < ring_end(fan_out->ring))
		return 0;
	if (quietest && fan_out->config.heartbeat_ms > 0)
		next = fan_out_earlier(next,
		    time_after(quietest->quiet_since_ms,
			fan_out->config.heartbeat_ms));
	if (!group_is_empty(&fan_out->laggards))
		next = fan_out_earlier(next, fan_out->drop_ms);
	return next == UINT64_MAX ? UINT64_MAX : next - now_ms;
}

uint64_t
fan_out_flush(struct fan_out *fan_out, uint64_t now_ms)
{
	struct subscriber *s;

	assert(group_is_empty(&fan_out->turn));
	channel_tell_losses(fan_out->channel);
	if (now_ms >= fan_out->leave_ms)
		fan_out_let_go(fan_out, now_ms, false);
	if (group_from(&fan_out->caught_up) < ring_end(fan_out->ring))
		group_merge(&fan_out->turn, &fan_out->caught_up);
	group_merge(&fan_out->turn, &fan_out->behind);
	group_merge(&fan_out->turn, &fan_out->newcomers);
	while ((s = group_first(&fan_out->turn)))
		advance(fan_out, s, now_ms);
	if (fan_out->config.heartbeat_ms > 0)
		send_heartbeats(fan_out, now_ms);
	find_laggards(fan_out, now_ms);
	drop_laggards(fan_out, now_ms);
	if (fan_out->stream->forget)
		forget(fan_out);
	return next_flush(fan_out, now_ms);
}
