/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_STREAM_WRITER_H
#define PIPECAST_CORE_STREAM_WRITER_H

/*
 * Encodes events as an event stream: today's text/event-stream (WHATWG HTML
 * 9.2.5) or Opera's application/x-dom-event-stream of 2006.  Whatever the
 * event holds, the output is valid UTF-8 and says exactly one event: CR, LF
 * and CRLF in data start a new data line, ill-formed UTF-8 becomes U+FFFD.
 * The writer keeps no state and does not allocate.
 */

#include "core/event.h"

enum dialect {
	DIALECT_EVENT_STREAM,
	DIALECT_DOM_EVENT_STREAM, /* no ids, no retry, comments begin with ; */
};

/* The media type of the dialect, a static string. */
const char *stream_media_type(enum dialect dialect);

/*
 * Writes the event to the sink.  Its type and id must be free of CR, LF and
 * NUL, its comment of CR and LF.  Writes nothing if the dialect cannot
 * express the event.
 */
void stream_write_event(
    enum dialect dialect, const struct event *event, struct byte_sink sink);

/* The number of bytes that stream_write_event writes. */
size_t stream_event_size(enum dialect dialect, const struct event *event);

/* A comment line without text: keeps a connection alive.  Static. */
struct span stream_heartbeat(enum dialect dialect);

#endif
