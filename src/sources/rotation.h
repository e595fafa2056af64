/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_ROTATION_H
#define PIPECAST_SOURCES_ROTATION_H

/*
 * A followed file and its rotated predecessors: PATH, PATH.1, PATH.2, ...
 * (logrotate's names).  Files are told apart by device, inode and birth
 * time, places in them by up to 4 KB before; so both renaming and copying
 * with truncation are followed.
 */

#include "sources/file_status.h"

/* PATH.9 is the oldest that is looked at. */
enum { ROTATION_MAX = 9 };

/*
 * Opens PATH for reading.  Returns the descriptor and fills *status, or a
 * negative errno: -EISDIR for a directory, -EINVAL for what is no file.
 */
int rotation_open(const char *path, struct file_status *status);

/*
 * Opens the file that came after that one: the next younger name
 * with something in it, else PATH itself, which may be empty.  Returns the
 * descriptor, or a negative errno: -ENOENT if there is none yet.
 */
int rotation_open_next(const char *path, const struct file_identity *file,
    struct file_status *status);

/*
 * Opens the file that holds the place, at its offset: the file of that identity
 * with that content; else, since a copy has another identity, the one older
 * file with that content.  A file and its copy both hold the place while
 * nothing was written over it: then the file goes on.  Returns the descriptor,
 * -ENOENT if the place is gone or could be several, or another negative errno
 * if it may be there all the same, but descriptors are short.
 */
int rotation_open_at(const char *path, const struct place_key *key,
    const struct file_place *place, struct file_status *status);

/*
 * Opens the one other file, of those that are older than PATH, that has that
 * content before the offset, at the offset.  Returns as rotation_open_at.
 */
int rotation_open_copy(const char *path, const struct place_key *key,
    const struct file_identity *file, uint64_t offset, uint64_t content,
    struct file_status *status);

/*
 * Reads the up to PLACE_WINDOW bytes in front of the offset; fewer if the file
 * is shorter.
 */
struct span rotation_read_before(
    int fd, uint64_t offset, char memory[PLACE_WINDOW]);

#endif
