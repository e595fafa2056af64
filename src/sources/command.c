/* SPDX-License-Identifier: MIT */

/* A command that runs as long as the stream: exec:COMMAND. */

#include "sources/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The exit status of a shell for a command that it cannot find. */
enum { EXIT_NOT_STARTED = 127 };

static void
on_end(void *ctx)
{
	source_end(ctx);
}

static int
start(struct source *source, const struct source_begin *begin)
{
	struct run *run = malloc(sizeof(*run));
	int rc;

	(void)begin;
	if (!run)
		return -ENOMEM;
	source->state = run;
	rc = run_start(
	    run, source, source->spec->argument, source->spec->format, on_end);
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
	run_resume(source->state);
}

static void
stop(struct source *source)
{
	run_stop(source->state);
}

static void
fini(struct source *source)
{
	run_fini(source->state);
	free(source->state);
}

const struct source_kind source_command = {
    .prefix = "exec:",
    .forms = {{"exec:COMMAND", "the output of sh -c COMMAND",
	SOURCE_FORMAT | SOURCE_PTY}},
    .needs_argument = true,
    .n_descriptors = 1,
    .start = start,
    .resume = resume,
    .stop = stop,
    .fini = fini,
};
