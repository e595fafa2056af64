/* SPDX-License-Identifier: MIT */

#include "sources/run.h"

#include "loop/log.h"

#include <signal.h>

static void
run_complete(struct run *run)
{
	if (!run->child.exited || !run->reader.ended || run->child.stopping)
		return;
	run->source->ending = (struct source_ending){
	    .exit_status = run->child.exit_status,
	    .signal = run->child.signal,
	};
	run_fini(run);
	run->on_end(run->source);
}

static void
on_exit(void *ctx)
{
	struct run *run = ctx;

	/* The exit statuses of sh for a command that it cannot find or run. */
	if (run->child.exit_status == 127 || run->child.exit_status == 126)
		source_warn(run->source,
		    "the command cannot be run "
		    "(exit status %d)",
		    run->child.exit_status);
	run_complete(run);
}

static void
on_held(void *ctx)
{
	struct run *run = ctx;

	source_warn(run->source,
	    "the command was stopped (%s) because it tried to use the "
	    "terminal, which is not available here",
	    run->child.held_by == SIGTTIN ? "SIGTTIN" : "SIGTTOU");
}

static void
on_output_end(void *ctx)
{
	run_complete(ctx);
}

int
run_start(struct run *run, struct source *source, const char *command,
    unsigned options, const struct input_format_kind *format,
    loop_callback *on_end)
{
	int rc;

	*run =
	    (struct run){.source = source, .running = true, .on_end = on_end};
	rc = child_start(&run->child, source->context->children, command,
	    options, on_exit, run);
	run->child.on_held = on_held;
	if (rc == 0)
		rc = reader_init(&run->reader, source, run->child.output,
		    format, on_output_end, run);
	if (rc < 0)
		run_fini(run);
	return rc;
}

void
run_resume(struct run *run)
{
	if (run->running)
		reader_resume(&run->reader);
}

static void
on_stopped(void *ctx)
{
	struct run *run = ctx;
	struct source *source = run->source;

	run_fini(run);
	source_stopped(source);
}

void
run_stop(struct run *run)
{
	if (!run->running) {
		source_stopped(run->source);
		return;
	}
	reader_fini(&run->reader);
	child_stop(&run->child, on_stopped);
}

void
run_fini(struct run *run)
{
	reader_fini(&run->reader);
	child_fini(&run->child);
	run->running = false;
}
