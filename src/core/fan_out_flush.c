/* SPDX-License-Identifier: MIT */

#include "core/fan_out_state.h"

#include <assert.h>
#include <errno.h>

static uint64_t
fan_out_time_after(uint64_t ms, uint64_t in_ms)
{
	return in_ms < UINT64_MAX - ms ? ms + in_ms : UINT64_MAX;
}

static void
fan_out_finish(struct subscriber *subscriber, int error)
{
	fan_out_detach(subscriber);
	subscriber->transport->done(subscriber->ctx, error);
}

/* Laggards. */

/* Finds blocked subscribers for which the channel has become full. */
static void
fan_out_find_laggards(struct fan_out *fan_out)
{
	uint64_t end = ring_end(fan_out->ring), from = UINT64_MAX;
	struct subscriber *next;

	if (!fan_out_is_full(fan_out, end, group_from(&fan_out->blocked)))
		return;
	for (struct subscriber *s = group_first(&fan_out->blocked); s;
	     s = next) {
		next = group_next(&fan_out->blocked, s);
		if (fan_out_is_full(fan_out, end, s->cursor))
			fan_out_enter(fan_out, s, SUBSCRIBER_LAGGARD);
		else
			from = fan_out_earlier(from, s->cursor);
	}
	fan_out->blocked.from = from;
}

/* How much longer the laggard is tolerated. */
static uint64_t
fan_out_patience_left(
    const struct fan_out *fan_out, const struct subscriber *laggard)
{
	uint64_t patience_ms = fan_out->config.patience_ms;
	uint64_t stuck_ms = fan_out->now_ms - laggard->quiet_since_ms;
	uint64_t held_ms =
	    fan_out_spent_patience(fan_out, laggard) / PATIENCE_TENTHS;
	uint64_t spent_ms = stuck_ms > held_ms ? stuck_ms : held_ms;

	return spent_ms < patience_ms ? patience_ms - spent_ms : 0;
}

/* A done callback may detach any other subscriber. */
static void
fan_out_drop_laggards(struct fan_out *fan_out)
{
	struct subscriber *next, *s;

	if (fan_out->now_ms < fan_out->drop_ms)
		return;
	fan_out->drop_ms = UINT64_MAX;
	for (s = group_first(&fan_out->laggards); s; s = next) {
		uint64_t left_ms = fan_out_patience_left(fan_out, s);

		next = group_next(&fan_out->laggards, s);
		if (left_ms > 0) {
			fan_out->drop_ms = fan_out_earlier(fan_out->drop_ms,
			    fan_out_time_after(fan_out->now_ms, left_ms));
			continue;
		}
		group_leave(s);
		group_join(&fan_out->turn, s);
	}
	while ((s = group_first(&fan_out->turn))) {
		fan_out->n_dropped++;
		fan_out_finish(s, -ETIMEDOUT);
	}
}

/* Writing. */

/* Where what there is for a subscriber ends. */
static uint64_t
fan_out_end_for(
    const struct fan_out *fan_out, const struct subscriber *subscriber)
{
	return fan_out_earlier(subscriber->stop_at, ring_end(fan_out->ring));
}

/* The parts to send now: the note, then the ring's. */
static void
fan_out_make_offer(struct fan_out *fan_out, struct subscriber *subscriber,
    struct fan_out_offer *offer)
{
	uint64_t to = fan_out_end_for(fan_out, subscriber);

	offer->n = 0;
	if (subscriber->note_n > 0)
		offer->iov[offer->n++] = (struct iovec){
		    (void *)(uintptr_t)subscriber->note, subscriber->note_n};
	if (subscriber->is_gzip)
		fan_out_gzip_offer(fan_out, subscriber, to, offer);
	else
		offer->n += ring_read(fan_out->ring, subscriber->cursor, to,
		    offer->iov + offer->n);
}

static void
fan_out_account(struct fan_out *fan_out, struct subscriber *subscriber,
    const struct fan_out_offer *offer, size_t sent)
{
	uint32_t of_note =
	    sent < subscriber->note_n ? (uint32_t)sent : subscriber->note_n;

	if (subscriber->is_gzip)
		fan_out_gzip_account(
		    fan_out, subscriber, offer, sent - of_note);
	else
		subscriber->cursor += sent - of_note;
	if (of_note == 0)
		return;
	subscriber->note += of_note;
	subscriber->note_n -= of_note;
	if (subscriber->note_n == 0)
		fan_out_drop_note(subscriber);
}

static bool
fan_out_was_left(enum subscriber_state state)
{
	return state == SUBSCRIBER_UNBLOCKED ||
	    state == SUBSCRIBER_UNBLOCKED_LAGGARD;
}

/* The same as fan_out_write for one offer. */
static int
fan_out_write_once(struct fan_out *fan_out, struct subscriber *subscriber)
{
	struct fan_out_offer offer;
	size_t total = 0;
	ssize_t sent;

	fan_out_make_offer(fan_out, subscriber, &offer);
	if (offer.n == 0)
		return 1;
	sent = subscriber->transport->send(subscriber->ctx, offer.iov, offer.n);
	if (sent < 0 && sent != -EAGAIN)
		return (int)sent;
	for (int i = 0; i < offer.n; i++)
		total += offer.iov[i].iov_len;
	/* A viewer is not to blame for a time without anything to send. */
	if (sent > 0 || !fan_out_was_left(subscriber->state))
		subscriber->quiet_since_ms = fan_out->now_ms;
	if (sent > 0)
		fan_out_account(fan_out, subscriber, &offer, (size_t)sent);
	return sent >= 0 && (size_t)sent == total;
}

/*
 * Offers everything: at once, unless stored blocks are among it.  Returns 1 if
 * all of it was taken, 0 if not, or a negative errno if the viewer is gone.
 */
static int
fan_out_write(struct fan_out *fan_out, struct subscriber *subscriber)
{
	int rc = fan_out_write_once(fan_out, subscriber);

	while (
	    rc > 0 && subscriber->cursor < fan_out_end_for(fan_out, subscriber))
		rc = fan_out_write_once(fan_out, subscriber);
	return rc;
}

static void
fan_out_block(struct fan_out *fan_out, struct subscriber *subscriber)
{
	bool is_laggard = fan_out_is_full(
	    fan_out, ring_end(fan_out->ring), subscriber->cursor);

	if (!fan_out_keep_note(fan_out, subscriber)) {
		fan_out_finish(subscriber, -ENOMEM);
		return;
	}
	fan_out_enter(fan_out, subscriber,
	    is_laggard ? SUBSCRIBER_LAGGARD : SUBSCRIBER_BLOCKED);
	subscriber->transport->wait(subscriber->ctx);
}

/* A reconnection time. */
struct farewell {
	enum dialect dialect;
	struct event event;
};

static void
fan_out_write_farewell(const void *what, struct byte_sink sink)
{
	const struct farewell *farewell = what;

	stream_write_event(farewell->dialect, &farewell->event, sink);
}

/*
 * Whether there is a farewell to send, or the end of a gzip member.  Without
 * memory there is none.
 */
static bool
fan_out_add_farewell(struct fan_out *fan_out, struct subscriber *subscriber)
{
	struct farewell farewell = {fan_out->stream->dialect, EVENT_NONE};
	bool ends_gzip = subscriber->is_gzip && !subscriber->gzip.has_ended;

	if (subscriber->farewell_ms == NO_FAREWELL && !ends_gzip)
		return false;
	if (subscriber->farewell_ms != NO_FAREWELL)
		farewell.event.retry_ms = (int64_t)(fan_out->stream->retry_ms +
		    subscriber->farewell_ms);
	subscriber->farewell_ms = NO_FAREWELL;
	subscriber->gzip.has_ended = ends_gzip;
	return fan_out_give_note(fan_out, subscriber, (struct span){"", 0},
	    owned_written(fan_out_write_farewell, &farewell), false);
}

/* Whether there is a note to send once everything is sent. */
static bool
fan_out_add_note(struct fan_out *fan_out, struct subscriber *subscriber)
{
	return subscriber->stop_at == STAYS
	    ? fan_out_add_count(fan_out, subscriber)
	    : fan_out_add_farewell(fan_out, subscriber);
}

/*
 * One write; a leaving viewer gets its farewell in another, then goes, and one
 * that has just begun is told how many there are.
 */
static void
fan_out_advance(struct fan_out *fan_out, struct subscriber *subscriber)
{
	int rc;

	if (subscriber->state == SUBSCRIBER_CURRENT && subscriber->note_n == 0)
		fan_out_add_count(fan_out, subscriber);
	rc = fan_out_write(fan_out, subscriber);
	if (rc > 0 && fan_out_add_note(fan_out, subscriber))
		rc = fan_out_write(fan_out, subscriber);
	if (rc < 0)
		fan_out_finish(subscriber, rc);
	else if (rc == 0)
		fan_out_block(fan_out, subscriber);
	else if (subscriber->stop_at == STAYS)
		fan_out_enter(fan_out, subscriber, SUBSCRIBER_CURRENT);
	else
		fan_out_finish(subscriber, 0);
}

/* Time. */

/* A blocked subscriber gets none: it may be in the middle of an event. */
static void
fan_out_send_heartbeats(struct fan_out *fan_out)
{
	uint64_t heartbeat_ms = fan_out->config.heartbeat_ms;
	struct subscriber *s;

	while ((s = group_first(&fan_out->current)) &&
	    fan_out->now_ms - s->quiet_since_ms >= heartbeat_ms) {
		fan_out_lend_note(fan_out, s,
		    fan_out->heartbeat + GZIP_BLOCK_HEADER,
		    fan_out->heartbeat_n);
		fan_out_advance(fan_out, s);
	}
}

static void
fan_out_forget(struct fan_out *fan_out)
{
	group_look(&fan_out->blocked);
	group_look(&fan_out->laggards);
	channel_trim(fan_out->channel);
}

static bool
fan_out_has_unsent(const struct fan_out *fan_out)
{
	return group_from(&fan_out->current) < ring_end(fan_out->ring);
}

uint64_t
fan_out_next_flush(const struct fan_out *fan_out)
{
	const struct subscriber *quietest = group_first(&fan_out->current);
	uint64_t next = fan_out->leave_ms;

	if (!group_is_empty(&fan_out->ready) ||
	    !group_is_empty(&fan_out->new) || fan_out_has_unsent(fan_out) ||
	    channel_has_losses(fan_out->channel))
		return 0;
	if (quietest && fan_out->config.heartbeat_ms > 0)
		next = fan_out_earlier(next,
		    fan_out_time_after(quietest->quiet_since_ms,
			fan_out->config.heartbeat_ms));
	if (!group_is_empty(&fan_out->laggards))
		next = fan_out_earlier(next, fan_out->drop_ms);
	next = fan_out_earlier(next, fan_out_count_due_ms(fan_out));
	return next == UINT64_MAX ? UINT64_MAX : next - fan_out->now_ms;
}

uint64_t
fan_out_flush(struct fan_out *fan_out, uint64_t now_ms)
{
	struct subscriber *s;

	assert(group_is_empty(&fan_out->turn));
	fan_out->now_ms = now_ms;
	channel_tell_losses(fan_out->channel);
	if (now_ms >= fan_out->leave_ms)
		fan_out_let_go(fan_out, now_ms, false);
	fan_out_update_count(fan_out);
	fan_out_gzip_compress(fan_out);
	if (fan_out_has_unsent(fan_out))
		group_merge(&fan_out->turn, &fan_out->current);
	group_merge(&fan_out->turn, &fan_out->ready);
	group_merge(&fan_out->turn, &fan_out->new);
	while ((s = group_first(&fan_out->turn)))
		fan_out_advance(fan_out, s);
	if (fan_out->config.heartbeat_ms > 0)
		fan_out_send_heartbeats(fan_out);
	fan_out_find_laggards(fan_out);
	fan_out_drop_laggards(fan_out);
	fan_out_gzip_rest(fan_out);
	if (fan_out->stream->forget)
		fan_out_forget(fan_out);
	return fan_out_next_flush(fan_out);
}
