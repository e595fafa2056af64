/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PIPECAT_STATE_FILE_H
#define PIPECAST_PIPECAT_STATE_FILE_H

/*
 * The file of --state: one line with the last event ID.  It is replaced as a
 * whole, so that it never holds half an ID.
 */

#include "core/event_id.h"

struct state_file {
	const char *path; /* borrowed; NULL: there is none */
	char *new_path;   /* written first, then renamed */
};

/* Returns 0 or -ENOMEM. */
int state_file_init(struct state_file *state, const char *path);

/*
 * Reads the ID.  Returns 0, also if there is no file yet (then id is ""), or a
 * negative errno; -EINVAL if the file holds something else.
 */
int state_file_read(const struct state_file *state, char id[EVENT_ID_MAX + 1]);

/* Writes the ID.  Returns 0 or a negative errno; the file is then as before. */
int state_file_write(const struct state_file *state, const char *id);

/* Idempotent. */
void state_file_fini(struct state_file *state);

#endif
