/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_SPOOL_OPEN_H
#define PIPECAST_SOURCES_SPOOL_OPEN_H

/*
 * Makes a spool ready for its writer: opens it by its name, locks it, cuts an
 * unfinished end off, and rotates it when it is full.  It does not write.
 */

#include "sources/file_status.h"
#include "sources/spool_file.h"

/* The file, open and locked. */
struct spool_open {
	int fd;
	struct file_status status;
};

/*
 * Opens and locks a file that ends with a block and has room for n bytes, or is
 * empty; the caller closes it.  *n_cut receives the size of what was cut off.
 * Returns 0 or a negative errno, as spool_file_append does.
 */
int spool_open_for(const struct spool_file *spool, size_t n,
    struct spool_open *file, uint64_t *n_cut);

#endif
