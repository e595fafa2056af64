/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_BLOCK_END_H
#define PIPECAST_SOURCES_BLOCK_END_H

/*
 * Where the blocks of an event stream end in a file: after an empty line
 * (WHATWG HTML 9.2.6).  What comes after the last of these places is
 * unfinished: its writer is still at it, or was killed.
 */

#include "core/text.h"

/*
 * Whether a block ends after these bytes, or none has begun: all that the file
 * has before a place, or at least the last three of them.
 */
bool block_end_is_after(struct span before);

/*
 * Finds the last place after from, and up to to, where a block ends.  *end
 * receives it, or from if there is none.  Returns 0, -EAGAIN if the file has
 * become shorter than to, or another negative errno.
 */
int block_end_find(int fd, uint64_t from, uint64_t to, uint64_t *end);

/* How many of the bytes, which begin with a block, belong to whole blocks. */
size_t block_end_count(struct span blocks);

#endif
