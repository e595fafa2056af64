/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_SUBSCRIBE_H
#define PIPECAST_PROGRAM_SUBSCRIBE_H

/*
 * How one of many viewers gets into a stream: at the place that it asks for,
 * after catching up, or with the latest event of each source.
 */

#include "program/streams.h"

#include "http/request.h"

/*
 * Subscribes one of many viewers to the stream that is asked for, as
 * fan_out_attach.  A viewer that resumes at a place in the source from before
 * what is in memory first gets it from the source.  While a source reads its
 * past, other viewers wait for that.  Returns 0, -EBUSY if too
 * many viewers do so now, or another negative errno if that cannot be done now.
 */
int streams_subscribe(struct streams *streams, const struct request *request,
    struct subscriber *subscriber, struct span head);

/*
 * Lets a viewer begin in the stream whose past it has waited for: take_in of
 * struct waitings, with the streams as ctx.
 */
bool streams_take_in(void *ctx, struct stream *stream,
    struct subscriber *subscriber, const struct channel_resume *resume);

#endif
