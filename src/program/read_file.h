/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_READ_FILE_H
#define PIPECAST_PROGRAM_READ_FILE_H

/* Reads small files as a whole. */

#include <stddef.h>

/* The largest file that is read, in bytes. */
enum { READ_FILE_MAX = 1 << 20 };

/*
 * Reads the file; *n is how many bytes there were, and a NUL stands behind
 * them.  Returns memory for free(), or NULL with a few words on why not
 * in *why (borrowed until the next call of strerror).
 */
char *read_file(const char *path, size_t *n, const char **why);

#endif
