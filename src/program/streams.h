/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_STREAMS_H
#define PIPECAST_PROGRAM_STREAMS_H

/*
 * The streams of a program and the sources that feed them.  The root stream
 * carries every source; each source that has a name has a stream of its own
 * beside it.  A stream is a channel with its fan-out.  An event is published to
 * the root stream and to its source's own.
 *
 * A source waits while one of its streams has no room.  A stream ends when the
 * last of its sources has ended.
 */

#include "program/catchup.h"
#include "program/options.h"

#include "core/awake.h"
#include "core/fan_out.h"
#include "core/latest.h"
#include "http/policy.h"
#include "http/request.h"

enum { STREAM_IDENTITY_SIZE = 9 };

struct stream {
	struct fan_out_config config;
	struct channel *channel; /* NULL: nobody wants it */
	struct fan_out *fan_out;
	char identity[STREAM_IDENTITY_SIZE];
	size_t n_sources;
	size_t n_running;               /* sources that have not ended */
	struct source_ending ending;    /* what the end event says */
	const struct source_spec *only; /* its source, if it has just one */
};

/* Counters since the stream was opened. */
struct stream_figures {
	uint64_t n_events;  /* published */
	uint64_t n_dropped; /* laggards that were dropped */
	size_t n_viewers;
};

struct stream_figures stream_figures(const struct stream *stream);

/* A source and where its events go. */
struct feed {
	struct streams *streams;
	const struct source_spec *spec;
	struct source source;
	struct stream *root; /* NULL: not wanted */
	struct stream *own;  /* NULL: has no name, or not wanted */
	struct latest latest;
};

struct streams {
	const struct options *options;
	struct source_context context;
	struct place_key place_key;
	const char **names; /* of all but the root stream, which is the last */
	size_t n_names;
	struct stream *streams; /* n_names + 1 */
	struct feed *feeds;
	size_t n_feeds;
	size_t n_stopping; /* sources that were told to stop and have not */
	bool stopping;
	struct catchup *catchups[CATCHUPS_MAX];
	size_t n_catchups;
	size_t max_catchups; /* up to CATCHUPS_MAX */
	struct timer timer;  /* for what the streams have to do in time */
	struct awake awake;  /* the time that counts for viewers */
	loop_callback *on_change;
	void *ctx;
};

/*
 * Finds out what streams there are; nothing runs yet.  on_change will be called
 * when a source has ended, or has stopped after it was told to.  The options
 * are borrowed.  Returns 0 or -ENOMEM; the caller must call streams_fini in
 * either case.
 */
int streams_init(struct streams *streams, const struct options *options,
    loop_callback *on_change, void *ctx);

/*
 * Starts all sources, for many viewers, with as much of their past as is kept.
 * Returns whether that was possible, having logged why not.
 */
bool streams_start(
    struct streams *streams, const struct source_context *context);

/*
 * Starts the stream of that index for its only viewer, as far in its past as
 * the request says.  *resume receives how the viewer is to be attached.
 * Returns as streams_start.
 */
bool streams_start_for_one(struct streams *streams,
    const struct source_context *context, size_t index,
    const struct request *request, struct channel_resume *resume);

/*
 * Subscribes one of many viewers to the stream of that index, as
 * fan_out_attach.  A viewer that resumes a followed file from before what is in
 * memory first gets it from the file.  Returns 0, -EBUSY if too many viewers do
 * so now, or another negative errno if that cannot be done now.
 */
int streams_subscribe(struct streams *streams, size_t index,
    const struct request *request, struct subscriber *subscriber,
    struct span head);

/*
 * At the end of each turn: sends everything that was read, and lets sources
 * continue.
 */
void streams_flush(struct streams *streams);

/* Whether the stream of that index has ended, and whether every stream has. */
bool streams_has_ended(const struct streams *streams, size_t index);
bool streams_have_ended(const struct streams *streams);

/* Lets every viewer go, with a reconnection time, and stops the sources. */
void streams_drain(struct streams *streams);

/* Stops the sources; streams_are_stopped once that is complete. */
void streams_stop(struct streams *streams);
bool streams_are_stopped(const struct streams *streams);

/* Frees everything; the viewers must have been detached.  Idempotent. */
void streams_fini(struct streams *streams);

#endif
