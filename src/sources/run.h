/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_RUN_H
#define PIPECAST_SOURCES_RUN_H

/*
 * One run of a source's command: the child and the reader of its output.  It
 * has two endings, in either order: the command exits, and its output ends
 * (which something it left in the background may delay).
 */

#include "sources/reader.h"

struct run {
	struct source *source;
	struct child child;
	struct reader reader;
	bool running;
	loop_callback *on_end; /* with the source */
};

/*
 * Starts a command of the source's, with options of enum child_option, and
 * reads its output in that format.  on_end is called from the loop once both
 * endings have come; how the command ended is in source->ending then.  Returns
 * 0, or a negative errno.
 */
int run_start(struct run *run, struct source *source, const char *command,
    unsigned options, const struct input_format_kind *format,
    loop_callback *on_end);

void run_resume(struct run *run);

/* Ends the command's process group, then calls source_stopped. */
void run_stop(struct run *run);

/* Idempotent. */
void run_fini(struct run *run);

#endif
