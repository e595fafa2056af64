/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_PROLOGUE_H
#define PIPECAST_CORE_PROLOGUE_H

/*
 * How a viewer's stream begins: the response head, the first block, a gap
 * event if there is one, and the place in the ring from where it goes on.
 */

#include "core/hub.h"
#include "core/ring.h"

/*
 * Writes the head (borrowed), then a comment and the reconnection time, then,
 * if the last event ID is not in the ring any more, a gap event.  Returns the
 * offset in the ring of what comes next: where the viewer left off, failing
 * that the oldest byte there is; for a new viewer as resume->replay says.
 */
uint64_t prologue_write(const struct hub_config *config,
    const struct ring *ring, struct span head, const struct hub_resume *resume,
    struct byte_sink sink);

#endif
