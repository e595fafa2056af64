/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_FILE_HEAD_H
#define PIPECAST_SOURCES_FILE_HEAD_H

/*
 * How a followed file begins, remembered to tell two things apart when bytes
 * before the place have changed: a file that was emptied and written anew, and
 * one whose writer has changed some of it in place.
 */

#include "core/text.h"

enum { FILE_HEAD_BYTES = 1024 };

struct file_head {
	char bytes[FILE_HEAD_BYTES];
	size_t n;
};

/* Remembers what the file holds now; nothing if it cannot be read. */
void file_head_read(struct file_head *head, int fd);

/*
 * Remembers the beginning of what was read, which starts with the file's first
 * byte, if that is more than is remembered already.
 */
void file_head_keep(struct file_head *head, struct span read);

/*
 * Whether the file begins, by and large, otherwise now: whether more lines of
 * the head have changed, moved or gone than are where they were.
 */
bool file_head_has_changed(const struct file_head *head, int fd);

#endif
