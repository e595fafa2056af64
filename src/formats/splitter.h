/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_FORMATS_SPLITTER_H
#define PIPECAST_FORMATS_SPLITTER_H

/*
 * Cuts bytes that arrive in arbitrary pieces into records: lines ended by LF,
 * CR or CRLF, or strings ended by NUL.  A record that arrives whole is handed
 * out where it lies; only one that is split between pieces is copied, up to
 * the cap.  A CR ends its line at once, without waiting for the next byte.
 *
 * Programs that show their progress write screen lines: a CR alone returns to
 * the beginning of the line, and later text overwrites it.  So a CR at the
 * beginning of a line ends no line, and blanks that overwrite a line are no
 * line.  A line that overwrites another is handed out when its writer pauses,
 * because its CR comes only right before the next one.
 */

#include "core/buffer.h"

#include <stdint.h>

enum split_by {
	SPLIT_BY_LINE,
	SPLIT_BY_SCREEN_LINE,
	SPLIT_BY_NUL,
};

struct splitter {
	enum split_by by;
	size_t cap;
	uint64_t position;  /* bytes taken since the start of the input */
	struct buffer held; /* beginning of a record without an end yet */
	bool held_is_out;   /* the last record handed out was in held */
	bool after_cr;      /* an LF next belongs to the line before */
	uint64_t dropped;   /* size so far of a record over the cap, or 0 */

	bool replaces; /* the last record handed out overwrites another */

	/* Of the screen line that is being read. */
	bool begun_by_cr; /* it may overwrite another */
	bool is_over;     /* it overwrites the last record handed out */
	bool cr_held;     /* it is only a CR so far; an LF makes it empty */
	bool is_out;      /* it was handed out in a pause, as far as it came */
};

enum split {
	SPLIT_MORE,     /* the input is used up, the record is not complete */
	SPLIT_RECORD,   /* *record is the next one, without its terminator */
	SPLIT_TOO_LONG, /* a record over the cap ended; record->n is its size */
};

/*
 * Starts at a position of the input; after_cr says that the byte before it
 * is a CR.  Records hold at most cap bytes.
 */
void splitter_init(struct splitter *splitter, enum split_by by, size_t cap,
    uint64_t position, bool after_cr);

/*
 * Right after splitter_init: the input starts inside a screen line, and the
 * part before was handed out in a pause.
 */
void splitter_begin_inside_line(struct splitter *splitter);

void splitter_fini(struct splitter *splitter);

/*
 * Takes bytes off the front of *input up to the end of the next record.
 * *record is borrowed until the next call or as long as the input's bytes.
 * If memory is short the record counts as too long.
 */
enum split splitter_next(
    struct splitter *splitter, struct span *input, struct span *record);

/* Whether all that was taken belongs to records that were handed out. */
bool splitter_is_between(const struct splitter *splitter);

/* Whether splitter_pause would hand out a record. */
bool splitter_awaits_pause(const struct splitter *splitter);

/*
 * The input has paused: hands out a screen line that overwrites another, as far
 * as it has come.  The rest of that line is another record.  Returns
 * SPLIT_RECORD or SPLIT_MORE.
 */
enum split splitter_pause(struct splitter *splitter, struct span *record);

/*
 * The input has ended: hands out an unterminated last record, if any.
 * Call until it returns SPLIT_MORE.
 */
enum split splitter_finish(struct splitter *splitter, struct span *record);

#endif
