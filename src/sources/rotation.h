/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_ROTATION_H
#define PIPECAST_SOURCES_ROTATION_H

/*
 * A followed file and its rotated predecessors: PATH, PATH.1, PATH.2, ...
 * (logrotate's names).  Files are told apart by inode, positions in them by
 * the bytes before; so both renaming and copying with truncation are
 * followed.
 */

#include "core/event_id.h"

#include <sys/stat.h>

/* PATH.9 is the oldest that is looked at. */
enum { ROTATION_MAX = 9 };

/*
 * Opens PATH for reading.  Returns the descriptor and fills *status, or a
 * negative errno: -EISDIR for a directory, -EINVAL for what is no file.
 */
int rotation_open(const char *path, struct stat *status);

/*
 * Opens the file that came after the one of that inode: the next younger name
 * with something in it, else PATH itself, which may be empty.  Returns the
 * descriptor, or a negative errno: -ENOENT if there is none yet.
 */
int rotation_open_next(const char *path, ino_t inode, struct stat *status);

/*
 * Opens the file that holds the position, at its offset: by inode, else, if
 * that file was truncated, an older one with the same bytes before the
 * offset.  Returns the descriptor, -ENOENT if the position is gone, or another
 * negative errno if it may be there all the same, but descriptors are short.
 */
int rotation_open_at(const char *path, const struct file_position *position,
    struct stat *status);

/*
 * Reads the up to FILE_CHECK_BYTES bytes in front of the offset; fewer if the
 * file is shorter.
 */
struct span rotation_read_before(
    int fd, uint64_t offset, char memory[FILE_CHECK_BYTES]);

#endif
