/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_COMMAND_INPUT_H
#define PIPECAST_SOURCES_COMMAND_INPUT_H

/*
 * The standard input of a command: what visitors post, in the format that its
 * output has as well.  A post is told that it is published once the whole of it
 * is in the pipe.  All that come in one turn of the loop are written together.
 *
 * It never waits for the command.  What the pipe does not take is kept up to a
 * limit; then nothing more is taken, and if the command goes on reading
 * nothing, posts are refused.  A post that is given up before any of it was
 * written is forgotten, so that a refused visitor may try again.
 */

#include "sources/source.h"

/* Of memory: as much as a pipe holds on Linux. */
enum { COMMAND_INPUT_BYTES = 65536 };

/* How long a command may read nothing before posts are refused. */
enum { COMMAND_INPUT_PATIENCE_MS = 5000 };

/*
 *   state    takes posts       next
 *   NONE     (no input)
 *   OPEN     up to the limit   STUCK, BROKEN
 *   STUCK    refuses them      OPEN, BROKEN   nothing was read for long
 *   BROKEN   up to the limit   CLOSED         nobody can read any more
 *   CLOSED   refuses them                     the command runs on without
 */
enum command_input_state {
	COMMAND_INPUT_NONE,
	COMMAND_INPUT_OPEN,
	COMMAND_INPUT_STUCK,
	COMMAND_INPUT_BROKEN,
	COMMAND_INPUT_CLOSED,
};

struct command_input {
	enum command_input_state state;
	struct source *source;
	int fd;
	struct link events; /* that are not in the pipe yet */
	size_t n;           /* bytes of memory that those take */
	size_t n_begun;     /* bytes of the first that are in the pipe */
	struct deferral flush;
	struct watch watch;
	struct timer patience; /* while the pipe is full, or BROKEN */
};

/*
 * The descriptor, which is non-blocking, becomes the input's, and is closed in
 * any case.  Returns 0 or -ENOMEM, with nothing to clean up.
 */
int command_input_init(
    struct command_input *input, struct source *source, int fd);

/* As has_room and publish of struct source_kind. */
bool command_input_has_room(const struct command_input *input);
int command_input_publish(struct command_input *input,
    const struct event *event, struct source_post *post);

/*
 * Closes it, so that the command reads to the end of it; posts that wait fail
 * with -ESHUTDOWN.  Idempotent, also for one that is all zero.
 */
void command_input_fini(struct command_input *input);

#endif
