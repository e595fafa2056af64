/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_CATCHUP_H
#define PIPECAST_PROGRAM_CATCHUP_H

/*
 * A viewer that catches up: it resumes a followed file at a place that the
 * stream's ring no longer has.  It gets a channel and a source of its own, as
 * under plain CGI, and the source reads the file from that place on.  The
 * viewer joins the others once it has reached the beginning of their ring.
 */

#include "core/fan_out.h"
#include "sources/source.h"

/*
 * Each has the file open and reads it again, so further viewers are asked to
 * retry.
 */
enum { CATCHUPS_MAX = 64 };

struct catchup;

/* The parts of a catchup.  All borrowed for its life. */
struct catchup_config {
	const struct source_spec *spec; /* of the followed file */
	const struct source_context *context;
	const struct fan_out_config *fan_out; /* of the shared one */
	struct channel *channel;              /* the stream's */
	struct fan_out *shared;
};

/*
 * Attaches the subscriber as fan_out_attach does, to go on right after the last
 * event ID.  Returns 0 and *made, -ENOENT if that place is not in
 * the file any more, or another negative errno.
 */
int catchup_start(struct catchup **made, const struct catchup_config *config,
    struct subscriber *subscriber, struct span head, struct span last_event_id,
    uint64_t now_ms);

/*
 * Once per turn: sends what was read, and lets the viewer join the others if it
 * has reached them.  Returns whether it is over: the viewer has joined, or has
 * gone.  *next_ms receives when to call again, as from fan_out_flush.
 */
bool catchup_flush(struct catchup *catchup, uint64_t now_ms, uint64_t *next_ms);

/* As fan_out_drain; call catchup_flush after it. */
void catchup_drain(struct catchup *catchup);

/* The viewer must have been detached, unless it is gone. */
void catchup_destroy(struct catchup *catchup);

#endif
