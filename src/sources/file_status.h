/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_FILE_STATUS_H
#define PIPECAST_SOURCES_FILE_STATUS_H

/*
 * What the system says of a file: what identifies it, its size and mode.
 */

#include "core/place.h"

#include <stdbool.h>
#include <sys/types.h>

struct file_status {
	struct file_identity identity;
	uint64_t size;
	mode_t mode;
};

/* Each returns 0 or a negative errno. */
int file_status_of(int fd, struct file_status *status);
int file_status_of_name(const char *path, struct file_status *status);

/* Whether both are of the same file. */
bool file_status_same(
    const struct file_identity *a, const struct file_identity *b);

/*
 * The secret of this machine from which the key of places is made: its machine
 * id, machine-id(5).  Returns its length, 0 if the machine has none.
 */
size_t file_status_secret(char secret[64]);

#endif
