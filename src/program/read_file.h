/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_READ_FILE_H
#define PIPECAST_PROGRAM_READ_FILE_H

/* Reads small files as a whole. */

#include "core/owned.h"

/* The largest file that is read, in bytes. */
enum { READ_FILE_MAX = 1 << 20 };

/*
 * Reads the file.  Returns 0 and its bytes, or a negative errno and nothing in
 * *bytes; -EFBIG if it is larger.
 */
int read_file(const char *path, struct owned *bytes);

/* A few words on such an error, borrowed until the next call. */
const char *read_file_error(int error);

#endif
