/* SPDX-License-Identifier: MIT */

/* Subscribers that go on in another fan-out. */

#include "core/fan_out_state.h"

#include "core/prologue.h"

/* Whether the subscriber has everything; a blocked one has not. */
static bool
fan_out_has_sent_all(const struct subscriber *subscriber)
{
	const struct fan_out *fan_out = subscriber->fan_out;

	return subscriber->state != SUBSCRIBER_DETACHED &&
	    subscriber->stop_at == STAYS && subscriber->note_n == 0 &&
	    !gzip_member_is_in_block(&subscriber->gzip) &&
	    !channel_has_losses(fan_out->channel) &&
	    subscriber->cursor == ring_end(fan_out->ring);
}

static void
fan_out_move_to(
    struct subscriber *subscriber, struct fan_out *to, uint64_t offset)
{
	fan_out_detach(subscriber);
	subscriber->cursor = offset;
	/* At the end of the stream, the next flush has nothing for it. */
	fan_out_add(to, subscriber, SUBSCRIBER_READY);
}

bool
fan_out_move_to_end(struct subscriber *subscriber, struct fan_out *to)
{
	if (!fan_out_has_sent_all(subscriber))
		return false;
	fan_out_move_to(subscriber, to, ring_end(to->ring));
	return true;
}

bool
fan_out_move(struct subscriber *subscriber, struct fan_out *to, struct span id)
{
	struct channel_resume resume = {.last_event_id = id};
	struct prologue prologue;

	if (!id.bytes || !fan_out_has_sent_all(subscriber))
		return false;
	prologue = prologue_find(to->stream, to->ring, &resume);
	if (prologue.has_gap || prologue.n_same > 1)
		return false;
	fan_out_move_to(subscriber, to, prologue.offset);
	return true;
}

struct subscriber *
fan_out_current(const struct fan_out *fan_out)
{
	return group_first(&fan_out->current);
}

bool
fan_out_transfer(struct subscriber *subscriber, struct fan_out *to,
    const struct channel_resume *resume)
{
	struct channel_resume begun = *resume;
	const struct span no_head = {"", 0};
	struct fan_out *from = subscriber->fan_out;
	int rc;

	if (!fan_out_has_sent_all(subscriber))
		return false;
	begun.has_begun = true;
	fan_out_detach(subscriber);
	channel_tell_losses(to->channel);
	rc = fan_out_begin(to, subscriber, no_head, &begun);
	fan_out_add(rc == 0 ? to : from, subscriber, SUBSCRIBER_READY);
	return rc == 0;
}
