/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_FAN_OUT_STATE_H
#define PIPECAST_CORE_FAN_OUT_STATE_H

/*
 * The inside of a fan-out, for the files of that name only: fan_out.c has the
 * subscribers and their states, fan_out_flush.c writes to them, fan_out_note.c
 * gives them what the log does not have, fan_out_count.c tells them how many
 * they are, fan_out_gzip.c compresses, and fan_out_move.c takes them to
 * another.
 */

#include "core/compressed_log.h"
#include "core/fan_out.h"
#include "core/group.h"
#include "core/jitter.h"
#include "core/owned.h"

enum { FAN_OUT_HEARTBEAT_MAX = 8 };

/* What one write offers a subscriber. */
struct fan_out_offer {
	struct iovec iov[SUBSCRIBER_PARTS];
	int n;
	char block_header[GZIP_BLOCK_HEADER];
	/* Of the compressed bytes, if they are shared: */
	uint64_t from;
	const struct compressed_mark *to;
};

struct fan_out {
	struct channel_reader reader; /* first */
	struct fan_out_config config;
	struct channel *channel;
	const struct channel_config *stream; /* the channel's */
	const struct ring *ring;             /* the same */

	/* Each subscriber is in the group of its state, or in turn. */
	struct group new;
	struct group current; /* by quiet_since_ms */
	struct group ready;
	struct group blocked;
	struct group laggards;
	struct group turn; /* the current flush is still to look at them */
	size_t n_subscribers;
	uint64_t n_dropped; /* since the start */

	uint64_t now_ms;   /* of the last flush */
	uint64_t leave_ms; /* no subscriber reaches max_age before */
	uint64_t drop_ms;  /* no laggard is dropped before */

	struct jitter jitter;

	/* There only while subscribers share it. */
	struct compressed_log *compressed;
	size_t n_sharing;
	uint64_t
	    n_stored; /* bytes that others were sent, since it began anew */
	bool gives_up_gzip; /* for this flush, for want of memory */

	/* Notes of all, each as a stored block with a mark. */
	char heartbeat[2 * GZIP_BLOCK_HEADER + FAN_OUT_HEARTBEAT_MAX];
	size_t heartbeat_n;
	/* The event of config.viewers_event; nothing if there is none. */
	struct owned count;    /* with room for the longest there is */
	size_t count_n;        /* bytes of its text */
	size_t count_of;       /* subscribers it tells of */
	uint32_t count_number; /* changes with it; 24 bits, never 0 */
	bool count_is_untold;  /* not all were told, */
	uint64_t count_ms;     /* nor are they before that */
	bool tells_count;      /* this flush tells them */
};

static inline uint64_t
fan_out_earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Whether the channel, with that end, is full for a viewer at that cursor. */
static inline bool
fan_out_is_full(const struct fan_out *fan_out, uint64_t end, uint64_t cursor)
{
	return channel_is_full(fan_out->stream, end, cursor);
}

/*
 * The only way to change a subscriber's state: puts the subscriber into the
 * group of that state and keeps account of its patience.
 */
void fan_out_enter(struct fan_out *fan_out, struct subscriber *subscriber,
    enum subscriber_state state);

/*
 * The patience that a subscriber has spent by now, in PATIENCE_TENTHS of a
 * millisecond.
 */
uint32_t fan_out_spent_patience(
    const struct fan_out *fan_out, const struct subscriber *subscriber);

/*
 * Lets every subscriber go that reaches max_age by then, once it has been sent
 * what is in the ring now.
 */
void fan_out_let_go(
    struct fan_out *fan_out, uint64_t until_ms, bool with_farewell);

/* Makes room for the event that says how many there are.  False: no memory. */
bool fan_out_init_count(struct fan_out *fan_out);

/*
 * At the beginning of a flush: brings the event up to date and, if that is due,
 * has the flush look at all subscribers that were not told.
 */
void fan_out_update_count(struct fan_out *fan_out);

/* When that is due, UINT64_MAX if it is not. */
uint64_t fan_out_count_due_ms(const struct fan_out *fan_out);

/*
 * Gives the event to a subscriber that has no note, if it is to be told now: it
 * was not, and all are, or it has just begun or was blocked.  Returns whether
 * it has it.
 */
bool fan_out_add_count(struct fan_out *fan_out, struct subscriber *subscriber);

/*
 * The subscriber keeps what is left of its note beyond this flush: copies it if
 * it is that event, which will change.  Returns false without memory.
 */
bool fan_out_keep_note(
    const struct fan_out *fan_out, struct subscriber *subscriber);

/*
 * Gives the subscriber a note (taken), as it is sent.  Returns whether there is
 * one.
 */
bool fan_out_set_note(struct subscriber *subscriber, struct owned note);

/*
 * Lends it one that many get (borrowed): text, before which the header of a
 * stored block stands, and a mark behind it.
 */
void fan_out_lend_note(struct fan_out *fan_out, struct subscriber *subscriber,
    const char *note, size_t n);

/*
 * Gives it the text (taken) as a note, after the bytes `before`, which are sent
 * as they are; begins says whether a gzip member begins behind them.  Returns
 * whether there is a note: not without memory, nor without a byte.
 */
bool fan_out_give_note(struct fan_out *fan_out, struct subscriber *subscriber,
    struct span before, struct owned text, bool begins);

/* Discards what is left of the note. */
void fan_out_drop_note(struct subscriber *subscriber);

/*
 * Makes the beginning of the stream the subscriber's first note, and sets its
 * cursor.  Returns 0 or -ENOMEM.
 */
int fan_out_begin(struct fan_out *fan_out, struct subscriber *subscriber,
    struct span head, const struct channel_resume *resume);

/* Of fan_out_gzip.c.  All but the first two are for gzip members alone. */

/*
 * At the beginning of a flush: compresses the new bytes for the subscribers
 * that share them.  At its end: forgets the compressed bytes if nobody shares
 * them any more.
 */
void fan_out_gzip_compress(struct fan_out *fan_out);
void fan_out_gzip_rest(struct fan_out *fan_out);

/* Adds what comes after the note, up to that offset of the log. */
void fan_out_gzip_offer(struct fan_out *fan_out, struct subscriber *subscriber,
    uint64_t to, struct fan_out_offer *offer);

/* So many bytes of what was offered after the note were taken. */
void fan_out_gzip_account(struct fan_out *fan_out,
    struct subscriber *subscriber, const struct fan_out_offer *offer,
    size_t sent);

/*
 * The subscriber shares nothing any more: something else is to come between, or
 * it goes.
 */
void fan_out_gzip_stop_sharing(
    struct fan_out *fan_out, struct subscriber *subscriber);

/* The subscriber, whose cursor is set, is one of this fan-out's. */
void fan_out_add(struct fan_out *fan_out, struct subscriber *subscriber,
    enum subscriber_state state);

#endif
