/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_STREAMS_STATE_H
#define PIPECAST_PROGRAM_STREAMS_STATE_H

/*
 * How streams start, for streams.c, which serves many viewers, and
 * streams_for_one.c, which serves the request of plain CGI, alone.
 */

#include "program/streams.h"

/* The feed that has the link; NULL for NULL. */
struct feed *streams_feed_of(const struct link *link);

/* Prepares what all sources share.  Returns 0 or a negative errno. */
int streams_prepare(
    struct streams *streams, const struct source_context *context);

/*
 * Makes a feed into those streams that are open, if there are any; either may
 * be NULL.  Returns 0 or -ENOMEM.
 */
int streams_connect_feed(struct streams *streams,
    const struct source_spec *spec, struct stream *root, struct stream *own);

/*
 * Decides which stream carries which source before any source is started.
 * Returns 0 or -ENOMEM.
 */
int streams_connect_feeds(struct streams *streams);

/* Returns whether all could be started, having logged why not. */
bool streams_start_feeds(
    struct streams *streams, const struct source_begin *begin);

#endif
