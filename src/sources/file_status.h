/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_FILE_STATUS_H
#define PIPECAST_SOURCES_FILE_STATUS_H

/* The status of a file: its identity, size and mode. */

#include "core/place.h"

#include <stdbool.h>
#include <sys/types.h>

struct file_status {
	struct file_identity identity;
	uint64_t size;
	uint64_t modified_ns;
	mode_t mode;
};

/* Each returns 0 or a negative errno. */
int file_status_of(int fd, struct file_status *status);
int file_status_of_name(const char *path, struct file_status *status);

/*
 * Where the file goes on after the hole at that offset, its end if nothing
 * follows; the offset itself if there is no hole, or none that is known of.
 */
uint64_t file_status_skip_hole(int fd, uint64_t offset);

/* Whether both are of the same file. */
bool file_status_same(
    const struct file_identity *a, const struct file_identity *b);

#endif
