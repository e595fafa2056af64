/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_EVENT_H
#define PIPECAST_CORE_EVENT_H

/*
 * An event (WHATWG HTML 9.2) on its way from an input format to the ring.
 * It owns nothing: its spans are borrowed for the length of the call that
 * carries it.  An absent field has bytes == NULL.
 *
 * An event without data dispatches nothing in a browser, but its id moves the
 * last event ID and its retry sets the reconnection time, so it is passed on.
 */

#include "core/text.h"

#include <stdint.h>

struct event {
	struct span type;
	struct span data;    /* any bytes; line ends separate data lines */
	struct span id;      /* present and empty resets the last event ID */
	struct span comment; /* a single line */
	int64_t retry_ms;    /* reconnection time, -1 for none */
};

#define EVENT_NONE ((struct event){.retry_ms = -1})

/*
 * Whether an EventSource itself dispatches events of that type (WHATWG HTML
 * 9.2.2), so that a page cannot tell ours from them.
 */
bool event_type_is_taken(struct span type);

/*
 * Whether the owner may choose that type for events.  Returns NULL, or what is
 * wanted instead (static), such as event_type_wanted.
 */
const char *event_type_check(const char *type);
extern const char event_type_wanted[];

/*
 * Input that could not become (part of) an event.  If the whole event is lost,
 * the reason begins with "skipped"; if only a part of it, with "ignored".
 */
struct rejection {
	const char *reason; /* static text */
	const char *hint;   /* what would be right, said once; NULL for none */
	bool is_loss;       /* an event is missing here; viewers are told */
	bool is_of_input;   /* about the whole input, not this place */
	uint64_t position;  /* byte offset in the input just after it */
	uint64_t size;      /* in bytes of input, 0 if that is of no use */
};

/* The receiver of the events that an input format cuts. */
struct event_sink {
	/*
	 * position is the byte offset in the input right after the event.
	 * Returns whether to continue: false means that the event was taken,
	 * but no other is wanted for now.
	 */
	bool (*on_event)(
	    void *ctx, const struct event *event, uint64_t position);
	void (*on_reject)(void *ctx, const struct rejection *rejection);
	void *ctx;
};

#endif
