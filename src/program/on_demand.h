/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_ON_DEMAND_H
#define PIPECAST_PROGRAM_ON_DEMAND_H

/*
 * Streams on demand: those of templates ("NAME/" and a "*").  Each is made with
 * its source when it is first asked for, up to a number at a time, and both end
 * when nobody has used the stream for a while.  None is part of the root
 * stream.
 */

#include "program/streams.h"

/* Prepares that; nothing is made yet.  Returns 0 or -ENOMEM. */
int on_demand_init(struct on_demand *on_demand, struct streams *streams);

/* Idempotent.  The streams must have been removed. */
void on_demand_fini(struct on_demand *on_demand);

/*
 * The figures of all streams of that template together, since the start; *n
 * receives how many there are now.
 */
struct stream_figures on_demand_figures(const struct streams *streams,
    const struct source_spec *template, size_t *n);

/*
 * Finds the stream of that name (absent: the root stream), or makes it, for
 * many viewers.  It is borrowed; if the caller neither attaches a viewer nor
 * takes a reference within this turn, it stays as long as an unused stream
 * does.  Returns 0, -ENOENT if there is no such stream, -EBUSY if no other can
 * be made now, or another negative errno, having logged why.
 */
int streams_find(
    struct streams *streams, struct span name, struct stream **stream);

#endif
