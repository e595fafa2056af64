/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_READ_FILE_H
#define PIPECAST_PROGRAM_READ_FILE_H

/* Reads small files as a whole. */

#include <stddef.h>

/* The largest file that is read, in bytes. */
enum { READ_FILE_MAX = 1 << 20 };

/*
 * Reads the file into *bytes, memory for free(); *n is the number of bytes, and
 * a NUL stands behind them.  Returns 0 or a negative errno, -EFBIG if it is
 * larger.
 */
int read_file(const char *path, char **bytes, size_t *n);

/* A few words on such an error, borrowed until the next call. */
const char *read_file_error(int error);

#endif
