/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PIPECAT_RELAY_NOTE_H
#define PIPECAST_PIPECAT_RELAY_NOTE_H

/*
 * What pipecat --relay writes for pipecast: an event stream of the events
 * alone, each with its own ID if it has one.  Instead of notes of the server
 * there are comments, by which pipecast knows how the stream fares.  Comments
 * and reconnection times of the server are between it and pipecat.  Pure.
 */

#include "core/event.h"

/* Comments: connected to the server; N events are missing here, -1: unknown. */
#define RELAY_NOTE_OPEN "pipecat open"
#define RELAY_NOTE_LOST "pipecat lost "

void relay_note_open(struct byte_sink sink);

/* An event was skipped. */
void relay_note_loss(struct byte_sink sink);

/* An event of the server's, or a note of it. */
void relay_note_event(const struct event *event, struct byte_sink sink);

#endif
