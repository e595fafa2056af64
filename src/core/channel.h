/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_CHANNEL_H
#define PIPECAST_CORE_CHANNEL_H

/*
 * A channel: the log of one stream.  An event is encoded once into its ring,
 * with an id; the channel also reports losses and the end.  It knows its
 * readers only as far as it must keep bytes for them; a reader that gives the
 * bytes to viewers is a fan-out (core/fan_out.h).
 *
 * The channel is full when a new event would overwrite what a reader's slowest
 * viewer has not been sent.  Sources should then pause.  An event that is
 * published all the same is not lost, but takes memory.
 */

#include "core/ring.h"
#include "core/stream_writer.h"

struct channel_config {
	enum dialect dialect;
	const char *identity;  /* of the stream, for its ids; at most
				  STREAM_IDENTITY_MAX ASCII letters, digits */
	const char *gap_event; /* event types, "" for none */
	const char *end_event;
	uint64_t retry_ms;
	uint64_t id_key[2]; /* random bits, for the index of ids */
	size_t history;     /* bytes of ring */
	bool forget;        /* keep only what is still to be sent */
};

/* Where a viewer begins that had received an event, or is new. */
struct channel_resume {
	struct span last_event_id; /* absent: a new viewer */
	uint64_t replay;           /* events of the past for a new viewer */
	struct span latest; /* blocks that it gets before them, or absent */
	bool has_begun;     /* it has got the head and the first block */
	bool is_gone;       /* whatever has that ID now, it is another event */
	bool has_waited;    /* it was there before the past had ended */
};

/* Something that reads the log. */
struct channel_reader {
	const struct channel_reader_kind *kind;
	struct channel_reader *next; /* the channel's */
};

/* The channel's calls to its readers. */
struct channel_reader_kind {
	/*
	 * Returns an offset before which the reader needs nothing any more.  If
	 * the channel would be full with the log ending at that end, it must be
	 * the largest such offset.
	 */
	uint64_t (*needs_from)(struct channel_reader *reader, uint64_t end);
	/* Returns the offset from which on the sources wait for the reader. */
	uint64_t (*waits_from)(const struct channel_reader *reader);
	/* There is something new to read. */
	void (*on_append)(struct channel_reader *reader);
	/* The stream has ended; nothing will be appended any more. */
	void (*on_end)(struct channel_reader *reader);
};

/*
 * The config is copied; its strings are borrowed for the channel's life.  NULL:
 * no memory.
 */
struct channel *channel_create(const struct channel_config *config);

/* Frees the channel; its readers must have been removed. */
void channel_destroy(struct channel *channel);

const struct channel_config *channel_config(const struct channel *channel);

/* The published bytes, for reading. */
const struct ring *channel_ring(const struct channel *channel);

/* The reader is borrowed until it is removed. */
void channel_add_reader(struct channel *channel, struct channel_reader *reader);
void channel_remove_reader(
    struct channel *channel, struct channel_reader *reader);

/*
 * Encodes the event into the ring.  Without an id of its own it gets one.
 * Returns 0, or -ENOMEM: the event is lost, and a gap event takes its place.
 */
int channel_publish(struct channel *channel, const struct event *event);

/*
 * So many events, or GAP_UNKNOWN (core/gap.h), were lost before they could be
 * published: a gap event takes their place.  Losses with no event between them
 * are reported together.
 */
void channel_lose(struct channel *channel, uint64_t n);

/*
 * Reports lost events to all viewers, including those that resume here later.
 * Returns 0, or -ENOMEM: a later call reports them.
 */
int channel_tell_losses(struct channel *channel);

/*
 * The viewers that resume after the last event ID do not get all that came
 * after it: tells so at once.  Returns 0 or -ENOMEM.
 */
int channel_tell_gap(struct channel *channel, struct span last_event_id);

/* Whether there are losses still to be reported. */
bool channel_has_losses(const struct channel *channel);

/*
 * The stream has ended for good: publishes the end event with that JSON data.
 */
void channel_end(struct channel *channel, struct span data);

/*
 * Where the end event begins, which every viewer is to get; UINT64_MAX before
 * the end.
 */
uint64_t channel_ends_at(const struct channel *channel);

/*
 * All events so far are the past, from before pipecast started.  A viewer with
 * an unknown last event ID gets none of them: it may have seen them already, or
 * may have made the ID up.
 */
void channel_end_past(struct channel *channel);

/*
 * Whether the sources should continue.  False while a viewer that was written
 * to before has a whole history still to be sent.
 */
bool channel_has_room(const struct channel *channel);

/* Whether a log with that end is full for a viewer at that cursor. */
static inline bool
channel_is_full(
    const struct channel_config *config, uint64_t end, uint64_t cursor)
{
	return cursor < end && end - cursor >= config->history;
}

/*
 * Whether a viewer with that last event ID would continue without a gap.  A new
 * viewer (absent) would.
 */
bool channel_can_resume(
    const struct channel *channel, struct span last_event_id);

/* Evicts what no reader needs any more. */
void channel_trim(struct channel *channel);

#endif
