/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_STREAMS_H
#define PIPECAST_PROGRAM_STREAMS_H

/*
 * The streams of a program and the sources that feed them.  The root stream,
 * whose name is empty, carries every source that was given at the start; each
 * source that has a name has a stream of its own, too.  Streams of templates
 * come and go while others run (program/on_demand.h).
 *
 * A turn costs as much as the streams that have changed in it, or whose time
 * has come.
 */

#include "program/catchup.h"
#include "program/waiting.h"
#include "program/feed.h"
#include "program/registry.h"

#include "core/awake.h"

/* Of the streams that are made on demand. */
struct on_demand {
	size_t n;
	size_t max; /* at a time */
	bool told_of_limit;
	struct stream_keeper keeper;
	struct stream_figures *forgotten; /* of each source of the options */
};

struct streams {
	const struct options *options;
	struct source_context context;
	struct path_notifier notifier;
	struct place_key place_key;
	struct registry registry; /* the root stream is its last at the start */
	struct link feeds;
	struct link stopped; /* feeds, to be freed at the end of the turn */
	struct on_demand on_demand;
	struct compression compression; /* of all of them */
	bool told_of_shortage;          /* of memory for that */
	struct catchups catchups;
	struct waitings waitings;
	bool stopping;
	struct scheduler scheduler;
	struct timer timer; /* for what the streams have to do in time */
	struct awake awake; /* the time that counts for viewers */
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
 * Starts the stream that is asked for, for its only viewer, as far in its past
 * as the request says.  *resume receives how the subscriber is to be attached
 * next.  Returns where, or NULL, having logged why, if that is not possible.
 */
struct fan_out *streams_start_for_one(struct streams *streams,
    const struct source_context *context, const struct request *request,
    struct subscriber *subscriber, struct channel_resume *resume);

/*
 * Starts the stream that is asked for, for a post alone.  Returns whether that
 * was possible, having logged why not.
 */
bool streams_start_for_post(struct streams *streams,
    const struct source_context *context, const struct request *request);

/*
 * Opens a stream that the registry has made, for many viewers, and starts its
 * source.  Returns 0, or a negative errno, having logged why: then it must be
 * removed.
 */
int streams_start_alone(struct streams *streams, struct stream *stream);

/* Ends such a stream: it is found no more, and its source stops. */
void streams_remove(struct streams *streams, struct stream *stream);

/*
 * At the end of each turn: sends everything that was read, and lets sources
 * continue.
 */
void streams_flush(struct streams *streams);

/* The time that counts for viewers. */
uint64_t streams_now_ms(struct streams *streams);

/* Whether every stream has ended. */
bool streams_have_ended(const struct streams *streams);

/* Lets every viewer go, with a reconnection time. */
void streams_drain(struct streams *streams);

/* Stops the sources; streams_are_stopped once that is complete. */
void streams_stop(struct streams *streams);
bool streams_are_stopped(const struct streams *streams);

/* Frees everything; the viewers must have been detached.  Idempotent. */
void streams_fini(struct streams *streams);

/* For a look at all feeds: NULL begins, NULL ends. */
const struct feed *streams_next_feed(
    const struct streams *streams, const struct feed *feed);

#endif
