/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_FEED_H
#define PIPECAST_PROGRAM_FEED_H

/*
 * A feed: a running source and the streams to which its events go.  The source
 * waits while one of them has no room.  A feed holds references to its streams.
 */

#include "program/stream.h"

#include "core/latest.h"

/* The stream of all sources and the source's own. */
enum { FEED_STREAMS_MAX = 2 };

/* Events that a visitor sends into a stream; in the visitor's memory. */
struct feed_post {
	struct source_post base;
	struct link link;      /* while it waits for room, else by itself */
	struct stream *stream; /* of one source; it is told the id there */
	/* It may be tried again. */
	void (*on_room)(struct feed_post *post);
};

enum feed_state {
	FEED_RUNNING,  /* events go to the streams */
	FEED_STOPPING, /* its source was told to stop; no more events count */
	FEED_STOPPED,  /* nothing runs on its behalf any more */
};

struct feed {
	struct link link; /* the owner's */
	struct stream_waiter waiter;
	struct link posts; /* that wait until there is room for them */
	const struct source_spec *spec;
	struct source source;
	struct stream *streams[FEED_STREAMS_MAX];
	size_t n_streams;
	struct latest latest; /* for the stream that has other sources, too */
	enum feed_state state;
	/* Upward: its source has ended, or has stopped. */
	void (*on_change)(void *ctx, struct feed *feed);
	/* Upward: no source of the stream reads its past any more. */
	void (*on_past_read)(void *ctx, struct stream *stream);
	void *ctx;
};

/* Makes a feed without streams; nothing runs yet.  NULL: no memory. */
struct feed *feed_create(const struct source_spec *spec,
    void (*on_change)(void *ctx, struct feed *feed), void *ctx);

/* Its events go to that stream, too. */
void feed_add_stream(struct feed *feed, struct stream *stream);

/*
 * Starts its source.  Returns whether that was possible, having logged why not.
 */
bool feed_start(struct feed *feed, const struct source_context *context,
    const struct source_begin *begin);

/*
 * Writes the latest event of its source as latest_write does, if it goes to
 * that stream among those of other sources.
 */
void feed_write_latest(const struct feed *feed, const struct stream *stream,
    uint64_t seq, struct byte_sink sink);

/*
 * Whether its stream has a source that runs; and whether feed_post_publish
 * would take an event now, or refuse it for good.  If not,
 * feed_post_await_room.
 */
bool feed_post_is_open(const struct feed_post *post);
bool feed_post_has_room(const struct feed_post *post);
void feed_post_await_room(struct feed_post *post);

/*
 * Publishes the event into its stream, as source_publish.  -ESHUTDOWN also if
 * the stream has no source of its own that runs.
 */
int feed_post_publish(struct feed_post *post, const struct event *event);

/* With nothing on its way. */
void feed_post_init(struct feed_post *post);

/* It waits no more, and is told nothing of what is on its way.  Idempotent. */
void feed_post_forget(struct feed_post *post);

/* Stops its source; on_change follows, perhaps before this returns. */
void feed_stop(struct feed *feed);

/* Frees it, in whichever state.  Not from within a call of its source. */
void feed_destroy(struct feed *feed);

#endif
