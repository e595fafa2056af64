/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_EVENT_ID_H
#define PIPECAST_CORE_EVENT_ID_H

/*
 * The event ids that pipecast makes (the last event ID of WHATWG HTML 9.2).
 * To a browser they are opaque; here they are written and read again:
 *
 *   s-IDENTITY-SEQ         event number SEQ of the stream of that identity
 *   f-OFFSET-IDENTITY-CONTENT  a place in a file (hexadecimal, core/place.h)
 *   pipecast-end           the stream has ended for good
 */

#include "core/place.h"

#include <stdint.h>

/* Enough for every id made here, with the NUL. */
enum { EVENT_ID_SIZE = 64 };

/*
 * The longest last event ID that is accepted, ours or the input's, as valid
 * UTF-8: it comes back in a request header, and servers limit those.
 */
enum { EVENT_ID_MAX = 1024 };

/* Stream identities are at most this long. */
enum { STREAM_IDENTITY_MAX = 16 };

#define EVENT_ID_END "pipecast-end"

/* The identity of streams that catch up with another. */
#define EVENT_ID_CATCHUP "catchup"

/* Whether an event may have the id: no CR, LF or NUL, and not too long. */
bool event_id_is_acceptable(struct span id);

/*
 * Whether the id is of a form that is made here, whichever stream or file it
 * names.  An id of the input must not be: pipecast would read it as its own
 * when a viewer comes back with it.
 */
bool event_id_is_reserved(struct span id);

/* Each writes an id into out and returns it as a span. */
struct span event_id_of_sequence(
    char out[EVENT_ID_SIZE], const char *identity, uint64_t seq);
struct span event_id_of_file(
    char out[EVENT_ID_SIZE], const struct file_place *place);

/* Each returns whether the id is of that kind, and if so its content. */
bool event_id_is_sequence(struct span id, const char *identity, uint64_t *seq);
bool event_id_is_file(struct span id, struct file_place *place);

#endif
