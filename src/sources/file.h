/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_FILE_H
#define PIPECAST_SOURCES_FILE_H

/*
 * A file followed by name, for the kinds of sources that read one.  The
 * source's argument is its path.  Each function does what the slot of its name
 * in struct source_kind is for.
 */

#include "sources/source.h"

struct file_source;

/*
 * *created receives the file before anything is read; it is NULL if that fails.
 * Returns 0 or a negative errno.
 */
int file_source_start(struct file_source **created, struct source *source,
    const struct source_begin *begin);

/* Has it call back whenever all of it has been read. */
void file_source_on_end(
    struct file_source *file, loop_callback *on_end, void *ctx);

void file_source_resume(struct file_source *file);

/* Accepts NULL. */
void file_source_fini(struct file_source *file);

bool file_source_are_level(
    const struct file_source *a, const struct file_source *b);

bool file_source_can_resume(const struct source_spec *spec, struct span id);

/* Something was appended to it: reads that soon. */
void file_source_look(struct file_source *file);

#endif
