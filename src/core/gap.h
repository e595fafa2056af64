/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_GAP_H
#define PIPECAST_CORE_GAP_H

/*
 * The event that reports events which a viewer does not get.  It has no id, so
 * a viewer that reconnects still resumes after the event before it.
 */

#include "core/event.h"
#include "core/event_id.h"

#include <stdint.h>

enum { GAP_DATA_SIZE = EVENT_ID_MAX * 6 + 64 };

#define GAP_UNKNOWN UINT64_MAX

/*
 * Makes an event that reports so many missing events after the last event ID,
 * or GAP_UNKNOWN.  The event borrows type, and data, into which its data is
 * written.
 */
struct event gap_event(char data[GAP_DATA_SIZE], const char *type,
    struct span last_event_id, uint64_t n);

#endif
