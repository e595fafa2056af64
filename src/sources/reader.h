/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_READER_H
#define PIPECAST_SOURCES_READER_H

/*
 * A reader: a descriptor whose bytes become a source's events as they come,
 * one read a turn, until its end of file.  While its source is paused it does
 * not read.
 */

#include "sources/held_back.h"
#include "sources/intake.h"
#include "sources/source.h"

struct reader {
	struct source *source;
	struct intake intake;
	struct watch watch;
	struct timer quiet; /* runs while the format awaits a pause */
	struct held_back held_back;
	int fd; /* the owner's */
	bool ended;
	loop_callback *on_end;
	void *ctx;
};

/*
 * Starts to read the descriptor, which should be non-blocking and stays the
 * owner's; if others share it, the owner sets intake.is_shared after this.
 * on_end is called once, from the loop, after the last event. Returns 0 or
 * -ENOMEM.
 */
int reader_init(struct reader *reader, struct source *source, int fd,
    const struct input_format_kind *format, loop_callback *on_end, void *ctx);

/* The source's pause is over. */
void reader_resume(struct reader *reader);

/* Reads no more; on_end is not called any more.  Idempotent. */
void reader_fini(struct reader *reader);

#endif
