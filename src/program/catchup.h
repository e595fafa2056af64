/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_CATCHUP_H
#define PIPECAST_PROGRAM_CATCHUP_H

/*
 * A viewer that catches up: it resumes a stream at a place in the source that
 * the stream's ring no longer has.  It gets a channel and a source of its own,
 * as under plain CGI, and the source is read from that place on.  The viewer
 * joins the others once it has reached the beginning of their ring.  Viewers
 * that come back to the same place share these, as long as nothing has come
 * from there: after a restart of a relay, that is most of them.
 */

#include "program/stream.h"

/*
 * Each has the source open and reads it again, so further viewers are asked to
 * retry.
 */
enum { CATCHUPS_MAX = 64 };

/* All of them. */
struct catchups {
	struct link list;
	size_t n;
	size_t max;                           /* up to CATCHUPS_MAX */
	struct scheduler *scheduler;          /* borrowed */
	const struct source_context *context; /* the same */
};

void catchups_init(struct catchups *catchups, struct scheduler *scheduler,
    const struct source_context *context);

/* As fan_out_drain of each. */
void catchups_drain(struct catchups *catchups);

/* Ends all of them; the viewers must have been detached. */
void catchups_fini(struct catchups *catchups);

/*
 * Attaches the subscriber as fan_out_attach does, to go on in the stream right
 * after the last event ID.  Returns 0, -EBUSY if there are too many already,
 * -ENOENT if that place is not in the source any more, or another negative
 * errno.
 */
int catchup_start(struct catchups *catchups, struct stream *stream,
    struct subscriber *subscriber, struct span head, struct span last_event_id,
    uint64_t now_ms);

#endif
