/* SPDX-License-Identifier: MIT */
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

/*
 * What one connection delivers, taken apart: FastCGI records or not, the
 * response head, chunks or not, gzip or not, the lines of the event stream.
 * What can be told from the events goes to the tally.
 *
 * An event that can be counted has a first data line
 *
 *	data: NUMBER NANOSECONDS ...
 *
 * with the number of the event, from 1, and the clock when it was published;
 * any other is counted as such.  Lines end in LF or CRLF.
 */

#include "tally.h"
#include "unpack.h"

enum stream_state {
	STREAM_HEAD,
	STREAM_BODY,
	STREAM_ENDED,   /* after a head that was fine */
	STREAM_REFUSED, /* by another status than 200, or before the head */
};

enum { LAST_ID_SIZE = 64 };

/* Last event IDs, for viewers that reconnect; "" for none yet. */
struct stream_ids {
	char last[LAST_ID_SIZE];
	char next[LAST_ID_SIZE]; /* of the event being read */
};

struct stream {
	enum stream_state state;
	bool fastcgi;
	bool paused; /* only the head is wanted, what follows is dropped */
	struct track track;
	struct stream_ids *ids; /* borrowed; NULL if nobody cares */

	uint8_t record[8]; /* FastCGI: header of the record being read */
	uint8_t record_n;  /* how much of it there is */
	uint8_t padding;   /* left of it */
	uint16_t content;  /* left of it */

	struct unpack *unpack; /* of a body in gzip; else NULL */
	bool chunked;
	uint8_t chunk_state;
	uint64_t chunk; /* left of it */

	char *held; /* a head or line that is not complete yet */
	uint32_t held_n, held_size;

	bool in_event; /* since its first line */
	uint8_t have;  /* of the event being read */
	uint64_t seq, published_ns;
};

/* Begins a response; ids and track stay as they are. */
void stream_begin(struct stream *stream);
void stream_fini(struct stream *stream);

/* What was received at that time.  May change the state. */
void stream_feed(struct stream *stream, struct tally *tally, const char *bytes,
    size_t n, uint64_t now);

#endif
