/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_SPLITTER_H
#define PIPECAST_CORE_SPLITTER_H

/*
 * Cuts bytes that arrive in arbitrary pieces into records: lines ended by LF,
 * CR or CRLF, or strings ended by NUL.  A record that arrives whole is handed
 * out where it lies; only one that is split between pieces is copied, up to
 * the cap.  A CR ends its line at once, without waiting for what follows.
 */

#include "core/buffer.h"

#include <stdint.h>

struct splitter {
	bool by_nul;
	size_t cap;
	uint64_t position;  /* bytes taken since the start of the input */
	struct buffer held; /* beginning of a record whose end is to come */
	bool held_is_out;   /* the last record handed out was in held */
	bool after_cr;      /* an LF next belongs to the line before */
	uint64_t dropped;   /* size so far of a record over the cap, or 0 */
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
void splitter_init(struct splitter *splitter, bool by_nul, size_t cap,
    uint64_t position, bool after_cr);

void splitter_fini(struct splitter *splitter);

/*
 * Takes bytes off the front of *input up to the end of the next record.
 * *record is borrowed until the next call or as long as the input's bytes.
 * If memory is short the record counts as too long.
 */
enum split splitter_next(
    struct splitter *splitter, struct span *input, struct span *record);

/*
 * The input has ended: hands out an unterminated last record, if any.
 * Call until it returns SPLIT_MORE.
 */
enum split splitter_finish(struct splitter *splitter, struct span *record);

#endif
