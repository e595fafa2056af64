/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_FAN_OUT_H
#define PIPECAST_CORE_FAN_OUT_H

/*
 * A fan-out: the subscribers of a channel.  fan_out_flush, called at the end of
 * a turn of the event loop, gives every subscriber everything between its
 * cursor and the end of the channel in one write.
 *
 * The cost of a flush depends on the number of subscribers with something to
 * send: one that has everything, or is blocked, costs nothing.
 *
 * Backpressure: a blocked subscriber for which the channel is full is a
 * laggard, and the sources pause for it, but no longer than patience_ms.  It is
 * dropped as soon as it has taken no byte for that long, or has used up its
 * patience.  Each millisecond for which it stalls the sources uses up one; ten
 * milliseconds without stalling give one back.
 *
 * If it is told to, it also sends an event that says how many subscribers there
 * are: to each when it has begun, and to all when the number has changed, but
 * not within a second of the time before.  That event is in no ring, because it
 * says what is so now.
 *
 * Times are milliseconds of any clock that never goes back.  The fan-out reads
 * no clock and does no I/O of its own.
 */

#include "core/channel.h"
#include "core/subscriber.h"

/*
 * What the fan-outs of a program may spend on compression together.  Without
 * it, or beyond it, compressed viewers get stored blocks, as they do until they
 * can share what is compressed for others.
 */
struct compression {
	size_t n;      /* fan-outs that compress now, each with about 300 KB */
	size_t max;    /* at a time */
	bool is_short; /* memory has been, since somebody looked */
};

struct fan_out_config {
	uint64_t heartbeat_ms; /* a comment after that much silence; 0: none */
	uint64_t max_age_ms;   /* 0 for ever */
	uint64_t patience_ms;  /* with laggards, UINT64_MAX for ever: the pipe
				  of a plain CGI process is its flow control */
	uint32_t seed;         /* for jitter */
	const char *viewers_event;       /* type of the event that says how many
				      there are; NULL or "" for none */
	struct compression *compression; /* borrowed; NULL: none */
	/*
	 * Upward, unless NULL: there is something to do for fan_out_flush,
	 * before the time that its last call returned.
	 */
	void (*on_due)(void *ctx);
	void *ctx;
};

/*
 * The channel is borrowed for the life of the fan-out, which is a reader of it.
 * NULL: no memory.
 */
struct fan_out *fan_out_create(
    struct channel *channel, const struct fan_out_config *config);

/* Frees the fan-out; its subscribers must have been detached. */
void fan_out_destroy(struct fan_out *fan_out);

size_t fan_out_n_subscribers(const struct fan_out *fan_out);

/* How many laggards were dropped since it was created. */
uint64_t fan_out_n_dropped(const struct fan_out *fan_out);

/*
 * Adds a subscriber whose transport, ctx and is_gzip are set; the rest is
 * initialised here.  The head (copied) is sent first, together with the first
 * block: a comment and the reconnection time, then a gap event if the last
 * event ID is not in the ring, or resume->latest (copied).  Nothing is written
 * before fan_out_flush.  Returns 0 or -ENOMEM.
 */
int fan_out_attach(struct fan_out *fan_out, struct subscriber *subscriber,
    struct span head, const struct channel_resume *resume, uint64_t now_ms);

/* Removes a subscriber without another word; harmless if not attached. */
void fan_out_detach(struct subscriber *subscriber);

/*
 * Moves a subscriber that has been sent everything to the fan-out of another
 * channel, where it continues right after the event with that id: a viewer that
 * caught up from a file in a channel of its own joins the shared one.  The
 * configs are the same except for history, forget and patience, and the id
 * means the same in both channels.  Returns false, and has done nothing, if
 * there is something left to be sent, a note included, if the subscriber is
 * blocked or leaves, or if the event is not in the other channel's ring, or
 * more than one is that has this id.
 */
bool fan_out_move(
    struct subscriber *subscriber, struct fan_out *to, struct span id);

/*
 * The same, to continue after all that was published there: both channels'
 * sources have read the same.
 */
bool fan_out_move_to_end(struct subscriber *subscriber, struct fan_out *to);

/*
 * A subscriber that has been sent everything, as far as it has taken it; NULL:
 * there is none.
 */
struct subscriber *fan_out_current(const struct fan_out *fan_out);

/*
 * Moves a subscriber that has been sent everything to the fan-out of another
 * channel, where it begins as fan_out_attach says, but without the head and the
 * first block, which it has been sent.  Returns false, and has done nothing, if
 * there is something left to be sent, or no memory.
 */
bool fan_out_transfer(struct subscriber *subscriber, struct fan_out *to,
    const struct channel_resume *resume);

/*
 * Writes to every subscriber that has something to be sent and is not blocked,
 * sends heartbeats after silence, lets subscribers go that have reached
 * max_age, and drops laggards that have used up their patience.  Returns in how
 * many milliseconds to call again if nothing happens until then, UINT64_MAX for
 * never.
 *
 * May call done, from where other subscribers may be detached and attached, or
 * moved; those are flushed the next time.  It must not be called from there.
 */
uint64_t fan_out_flush(struct fan_out *fan_out, uint64_t now_ms);

/* What fan_out_flush would return, if it were called again now. */
uint64_t fan_out_next_flush(const struct fan_out *fan_out);

/*
 * The subscriber's transport can take more: the next flush writes to it.  Does
 * not call back.
 */
void fan_out_writable(struct subscriber *subscriber);

/*
 * pipecast stops: each subscriber is sent what it has not been sent yet and a
 * reconnection time with jitter, then let go.  Call fan_out_flush after it.
 */
void fan_out_drain(struct fan_out *fan_out);

#endif
