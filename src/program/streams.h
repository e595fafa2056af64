/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_STREAMS_H
#define PIPECAST_PROGRAM_STREAMS_H

/*
 * The streams of a program and the sources that feed them.  The root stream,
 * whose name is empty, carries every source that was given at the start; each
 * source that has a name has a stream of its own, too.  Streams can be added
 * and removed while others run.
 *
 * A turn costs as much as the streams that have changed in it, or whose time
 * has come.
 */

#include "program/catchup.h"
#include "program/waiting.h"
#include "program/feed.h"
#include "program/registry.h"

#include "core/awake.h"

struct streams {
	const struct options *options;
	struct source_context context;
	struct path_notifier notifier;
	struct place_key place_key;
	struct registry registry; /* the root stream is its last at the start */
	struct link feeds;
	struct link stopped; /* feeds, to be freed at the end of the turn */
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
 * Adds a stream of one source, named as the source is, and starts it, for many
 * viewers.  The spec is borrowed until the stream has gone.  Returns 0 and
 * *stream (borrowed), -EEXIST if there is one of that name, -ENOMEM, or another
 * negative errno if the source does not start, having logged why.
 */
int streams_add(struct streams *streams, const struct source_spec *spec,
    struct stream **stream);

/*
 * Ends a stream that was added: it is found no more, its source stops, and its
 * viewers get its end.
 */
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
