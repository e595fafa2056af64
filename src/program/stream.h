/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_STREAM_H
#define PIPECAST_PROGRAM_STREAM_H

/*
 * A stream: a name, a channel, and the fan-out of its viewers, with the task
 * that flushes it.  It is a handle: the registry (program/streams.h), sources
 * and viewers that catch up hold references; so do its viewers, together.
 * Without any, it is freed at the end of the turn.
 *
 * A stream that was made on demand has a keeper, which is told once the stream
 * was not used for a while: nothing but the registry and its source refers to
 * it, it has no viewers, and nothing was published to it from outside.
 */

#include "program/options.h"

#include "core/event_id.h"
#include "core/fan_out.h"
#include "core/owned.h"
#include "core/rate_limit.h"
#include "core/scheduler.h"
#include "sources/source.h"

enum { STREAM_IDENTITY_SIZE = 9 };

struct stream;

/* The owner of streams that are to be forgotten when nobody uses them. */
struct stream_keeper {
	uint64_t linger_ms; /* not used for so long */
	/* Upward: has the registry remove it. */
	void (*on_unused)(void *ctx, struct stream *stream);
	void *ctx;
};

struct stream {
	struct link link; /* the registry's */
	struct owned own_name;
	struct span name; /* the same, for all; empty: of all sources */
	size_t n_references;
	struct task task;

	struct channel *channel; /* NULL: it was not opened */
	struct fan_out *fan_out;
	struct fan_out_config config;
	char identity[STREAM_IDENTITY_SIZE];

	struct link waiting; /* for room */
	bool takes_posts;    /* its only source does, or will */
	size_t n_sources;
	size_t n_running;               /* sources that have not ended */
	size_t n_reading_past;          /* sources that still read their past */
	struct source_ending ending;    /* what the end event says */
	const struct source_spec *only; /* its source, if it has just one */
	struct source *source;          /* that, while it runs */
	uint64_t n_posts;               /* that were answered with success */

	/* Of a stream that was made on demand; else NULL. */
	struct source_spec *spec; /* its only source's, owned */
	const struct stream_keeper *keeper;
	uint64_t unused_since_ms; /* UINT64_MAX: it is used */
};

/* Something that waits until a stream has room. */
struct stream_waiter {
	struct link link; /* by itself if it does not wait */
	void (*resume)(struct stream_waiter *waiter);
};

/* The publisher of an event, which is told the outcome. */
struct stream_publisher {
	/*
	 * The event is in the stream, where it has that id (absent: it needs
	 * none), or it never will be: a negative errno.
	 */
	void (*on_published)(void *ctx, int error, struct span id);
	void *ctx;
};

/* Counters since the stream was opened. */
struct stream_figures {
	uint64_t n_events;  /* published */
	uint64_t n_dropped; /* laggards that were dropped */
	uint64_t n_posts;   /* that were answered with success */
	size_t n_viewers;
};

/* Makes a stream (name copied) with one reference.  NULL: no memory. */
struct stream *stream_create(struct span name);

/*
 * Opens it for viewers and sources, with so much history; with forget, for one
 * viewer, keeping only what is still to be sent.  The compression is
 * borrowed, NULL for none.  Returns 0 or -ENOMEM.
 */
int stream_open(struct stream *stream, struct scheduler *scheduler,
    struct compression *compression, const struct options *options,
    size_t history, bool forget);

/* Frees it at once; viewers must have been detached. */
void stream_destroy(struct stream *stream);

/*
 * Something is done with it, such as publishing: from now on its keeper lets it
 * linger for the whole time.  It must be open.
 */
void stream_use(struct stream *stream);

struct stream *stream_ref(struct stream *stream);
void stream_unref(struct stream *stream);

/*
 * Publishes the event.  The position is an id for this place in its source, or
 * absent.  The publisher, if not NULL, is told what became of it, perhaps
 * before this returns.
 */
void stream_publish(struct stream *stream, const struct event *event,
    struct span position, const struct stream_publisher *publisher);

/* So many events, or GAP_UNKNOWN, are missing here: its viewers are told. */
void stream_lose(struct stream *stream, uint64_t n);

bool stream_has_room(const struct stream *stream);

/* The waiter is told at the end of a turn when the stream has room. */
void stream_await_room(struct stream *stream, struct stream_waiter *waiter);

/* It carries another source.  It ends when the last of them has ended. */
void stream_add_source(struct stream *stream, const struct source_spec *spec);
void stream_end_source(
    struct stream *stream, const struct source_ending *ending);

/* Lets its viewers go, with a reconnection time. */
void stream_drain(struct stream *stream);

/* Publishes the end of the stream, unless it has ended. */
void stream_end(struct stream *stream);

/* Whether none of its sources runs: they have ended, or not begun. */
bool stream_has_ended(const struct stream *stream);

/* All 0 if it was not opened. */
struct stream_figures stream_figures(const struct stream *stream);

#endif
