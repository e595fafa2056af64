/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_FILE_HEAD_H
#define PIPECAST_SOURCES_FILE_HEAD_H

/*
 * The beginning of a followed file.  When bytes before the place have changed,
 * it tells a file that was emptied and written anew from a file that was partly
 * changed in place.
 */

#include "core/text.h"

enum { FILE_HEAD_BYTES = 1024 };

struct file_head {
	char bytes[FILE_HEAD_BYTES];
	size_t n;
};

/*
 * Remembers how the file begins now; nothing if it cannot be read, or begins
 * with a NUL: a hole tells nothing.
 */
void file_head_read(struct file_head *head, int fd);

/*
 * Remembers the beginning of these bytes, which were read from the file's first
 * byte on, if that is more than is remembered already.
 */
void file_head_keep(struct file_head *head, struct span read);

/*
 * Whether the file begins differently now: whether most lines of the head have
 * changed, moved or gone, or nothing is remembered.
 */
bool file_head_has_changed(const struct file_head *head, int fd);

#endif
