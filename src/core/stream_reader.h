/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_STREAM_READER_H
#define PIPECAST_CORE_STREAM_READER_H

/*
 * Interprets the lines of an event stream (WHATWG HTML 9.2.6).  It takes one
 * line at a time and reports whether it completed an event.  A byte order mark
 * at the stream's beginning is for the caller to drop.
 *
 * The last event ID of the stream is part of its meaning: once the input has
 * set it, every event carries it.  An event before that carries none.  In a
 * file to which several append, an id is that of its own event alone.
 */

#include "core/buffer.h"
#include "core/event.h"

struct stream_reader {
	size_t cap;         /* of an event's data, and of its type and id */
	bool ids_are_own;   /* for the caller to set: of their events alone */
	struct buffer data; /* each value followed by LF */
	struct buffer type;
	struct buffer id; /* the last event ID */
	bool has_data;
	bool has_id;       /* the input has set the last event ID */
	bool id_is_new;    /* in this block */
	bool block_is_out; /* the next line begins a new block */
	uint64_t skipped;  /* size so far of an event over the cap, or 0 */
};

enum stream_line {
	STREAM_LINE_TAKEN,    /* nothing complete yet */
	STREAM_LINE_EVENT,    /* *event is complete */
	STREAM_LINE_TOO_LONG, /* an event over the cap ended, reader->skipped */
	STREAM_LINE_BAD_ID,   /* an id with NUL or too long was ignored */
	STREAM_LINE_BAD_TYPE, /* a type with NUL was ignored */
	STREAM_LINE_CAPITAL,  /* "Event:" of 2006 was ignored */
};

/*
 * Takes a line without its terminator.  With STREAM_LINE_EVENT, *event is an
 * event, or a comment or a reconnection time alone; it is borrowed until the
 * next call.
 */
enum stream_line stream_reader_line(
    struct stream_reader *reader, struct span line, struct event *event);

/* A line of size bytes was over the cap: the event it is in is skipped. */
void stream_reader_skip(struct stream_reader *reader, uint64_t size);

/*
 * The size so far of the data that no empty line has made an event yet; 0 if
 * there is none.
 */
uint64_t stream_reader_unfinished(const struct stream_reader *reader);

void stream_reader_init(struct stream_reader *reader, size_t cap);
void stream_reader_fini(struct stream_reader *reader);

#endif
