/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_PROLOGUE_H
#define PIPECAST_CORE_PROLOGUE_H

/*
 * How a viewer's stream begins: the first block, a gap event or the latest
 * events if there are any, and the place in the ring from where it goes on.
 */

#include "core/channel.h"
#include "core/ring.h"

/* Where a viewer begins. */
struct prologue {
	uint64_t offset; /* in the ring, of the next byte to send */
	bool has_gap;    /* events before it are lost to the viewer */
	uint64_t missed; /* how many, or GAP_UNKNOWN */
	size_t n_same; /* blocks with the last event ID, if it is of its own */
};

/*
 * Finds where a viewer begins.  A new one begins as resume->replay says, but
 * gets all that came after the past if it has waited for that to end; any other
 * after the event with its last event ID, as ring_after_id finds it.  If that
 * event is not in the ring, there is a gap.  Then the viewer begins with the
 * oldest event there is if that event is known to be older, and otherwise with
 * the oldest that is not of the past, since anybody can make up an ID.  One
 * that was catching up begins with what comes, and one with an ID of our form
 * that several events have after the newest of them.
 */
struct prologue prologue_find(const struct channel_config *config,
    const struct ring *ring, const struct channel_resume *resume);

/*
 * Writes a comment and the reconnection time, unless the viewer has begun.  The
 * comment says after how much silence a heartbeat comes, if any does (0: none),
 * so that a viewer can tell silence from a broken connection: ": pipecast,
 * heartbeat 15000 ms".  Then writes the latest events for a new viewer, or a
 * gap event if there is a gap after the last event ID.
 */
void prologue_write(const struct prologue *prologue,
    const struct channel_config *config, uint64_t heartbeat_ms,
    const struct channel_resume *resume, struct byte_sink sink);

#endif
