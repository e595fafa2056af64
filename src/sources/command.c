/* SPDX-License-Identifier: MIT */

/*
 * A command that runs as long as the stream: exec:COMMAND.  With --post its
 * standard input is what visitors post.
 */

#include "sources/command_input.h"
#include "sources/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The exit status of a shell for a command that it cannot find. */
enum { EXIT_NOT_STARTED = 127 };

struct command {
	struct run run;
	struct command_input input;
};

/* Posts that wait are told that the stream has ended: it has before. */
static void
on_end(void *ctx)
{
	struct source *source = ctx;
	struct command *command = source->state;

	source_end(source);
	command_input_fini(&command->input);
}

static int
command_start(struct command *command, struct source *source)
{
	struct run *run = &command->run;
	unsigned options = (source->spec->pty ? CHILD_PTY : 0) |
	    (source_spec_takes_posts(source->spec) ? CHILD_INPUT : 0);
	int rc = run_start(run, source, source->spec->argument, options,
	    source->spec->format, on_end);

	if (rc < 0 || run->child.input < 0)
		return rc;
	rc = command_input_init(&command->input, source, run->child.input);
	run->child.input = -1;
	if (rc < 0)
		run_fini(run);
	return rc;
}

static int
start(struct source *source, const struct source_begin *begin)
{
	struct command *command = calloc(1, sizeof(*command));
	int rc;

	(void)begin;
	if (!command)
		return -ENOMEM;
	source->state = command;
	rc = command_start(command, source);
	if (rc < 0) {
		/* The stream ends as if a shell had not found the command. */
		source_warn(
		    source, "cannot start the command: %s", strerror(-rc));
		source->ending.exit_status = EXIT_NOT_STARTED;
		source_end(source);
	}
	return 0;
}

static void
resume(struct source *source)
{
	struct command *command = source->state;

	run_resume(&command->run);
}

static int
publish(
    struct source *source, const struct event *event, struct source_post *post)
{
	struct command *command = source->state;

	return command_input_publish(&command->input, event, post);
}

/* Its output may wait for viewers meanwhile; then it reads no more itself. */
static bool
has_room(const struct source *source)
{
	const struct command *command = source->state;

	return command_input_has_room(&command->input);
}

static void
stop(struct source *source)
{
	struct command *command = source->state;

	command_input_fini(&command->input);
	run_stop(&command->run);
}

static void
fini(struct source *source)
{
	struct command *command = source->state;

	command_input_fini(&command->input);
	run_fini(&command->run);
	free(command);
}

const struct source_kind source_command = {
    .prefix = "exec:",
    .forms = {{"exec:COMMAND", "the output of sh -c COMMAND",
	SOURCE_FORMAT | SOURCE_PTY | SOURCE_POST}},
    .needs_argument = true,
    .n_descriptors = 2,
    .start = start,
    .resume = resume,
    .stop = stop,
    .fini = fini,
    .publish = publish,
    .has_room = has_room,
    .posts_stay_inside = true,
};
