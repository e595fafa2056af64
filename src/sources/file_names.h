/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_FILE_NAMES_H
#define PIPECAST_SOURCES_FILE_NAMES_H

/*
 * The names of a followed file and its rotated predecessors: PATH, PATH.1 to
 * PATH.9 (logrotate's names); if PATH is a symbolic link, also those beside the
 * file that it leads to.  They have an order, from the youngest, PATH, which is
 * number 0, to the oldest.
 *
 * Of a path that a visitor has named in part, no symbolic link is followed from
 * that part on: a user who may write into the folder could make a link to a
 * file elsewhere, which only pipecast may read.
 */

#include "sources/file_status.h"

#include <limits.h>

/* PATH.9 is the oldest that is looked at. */
enum { FILE_NAMES_AGES = 9, FILE_NAMES_MAX = 1 + 2 * FILE_NAMES_AGES };

struct file_names {
	const char *path;
	const char *asked; /* what a visitor has named of it, NULL: nothing */
	char *target;      /* what PATH leads to, NULL if it is no link */
};

/* The path is borrowed; asked lies in it, or is NULL. */
void file_names_init(
    struct file_names *names, const char *path, const char *asked);
void file_names_fini(struct file_names *names);

/*
 * Looks where PATH leads now.  While its link leads nowhere, and if memory is
 * short, the names stay as they were.
 */
void file_names_refresh(struct file_names *names);

/* Writes that name.  Returns false if there is none of that number. */
bool file_names_get(
    const struct file_names *names, int number, char out[PATH_MAX]);

/* The status of the file of that name; returns 0 or a negative errno. */
int file_names_status(
    const struct file_names *names, int number, struct file_status *status);

/* The number of the file's youngest name, or -1 if it has none. */
int file_names_find(
    const struct file_names *names, const struct file_identity *file);

/*
 * Opens that name for reading.  Returns the descriptor and fills *status, or a
 * negative errno: -EISDIR for a folder, -EINVAL if it is not a file.
 */
int file_names_open(
    const struct file_names *names, int number, struct file_status *status);

/* What its errors mean.  Valid until the next call. */
const char *file_names_error(int error);

#endif
