/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_GAP_H
#define PIPECAST_CORE_GAP_H

/*
 * The event that tells of events which a viewer does not get.  It has no id:
 * a viewer that comes back is still one who has seen the event before it.
 */

#include "core/event.h"
#include "core/event_id.h"

#include <stdint.h>

enum { GAP_DATA_SIZE = EVENT_ID_MAX * 6 + 64 };

#define GAP_UNKNOWN UINT64_MAX

/*
 * Says that after the last event ID so many are missing, GAP_UNKNOWN if nobody
 * knows.  Data receives the event's, and is borrowed by it as type is.
 */
struct event gap_event(char data[GAP_DATA_SIZE], const char *type,
    struct span last_event_id, uint64_t n);

#endif
