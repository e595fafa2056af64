/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PIPECAT_PRINTER_H
#define PIPECAST_PIPECAT_PRINTER_H

/*
 * Writes events in the form that was asked for.  Pure: the bytes go to a sink.
 */

#include "core/event.h"
#include "pipecat/settings.h"

/*
 * Whether the event tells of the stream rather than being one of its events:
 * the notes of pipecast, that events are missing (no ID, data with "missed")
 * and that the stream has ended.
 */
bool print_is_gap(const struct event *event);
bool print_is_end(const struct event *event);

/*
 * Writes the event: its data and a line end; an object of the members data,
 * event and id on a line, as "pipecast --format json" reads it; or a block of
 * an event stream.  A comment or reconnection time alone appears only in that.
 */
void print_event(
    enum print_as as, const struct event *event, struct byte_sink sink);

#endif
