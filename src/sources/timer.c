/* SPDX-License-Identifier: MIT */

/*
 * A periodic generator: every:DURATION ticks with the time as data,
 * every:DURATION:COMMAND makes one event of each run's whole output.  The
 * first tick comes at once; a tick that would be late by a whole period or
 * more (the machine slept) is left out.
 */

#include "core/quantity.h"
#include "sources/run.h"
#include "sources/tick_data.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * The loop's timers are a few milliseconds late: shorter periods would leave
 * ticks out.
 */
enum { LEAST_INTERVAL_MS = 10 };

/* "DURATION" or "DURATION:COMMAND". */
struct every {
	uint64_t period_ms;
	const char *command; /* borrowed from the argument, or NULL */
};

struct timer_source {
	struct every every;
	struct timer timer;
	struct run run;
	uint64_t due_ms; /* of the next tick */
	bool tick_held;  /* a tick came while the source was paused */
};

/* Returns NULL, or the right form. */
static const char *
timer_parse(struct every *every, const char *argument)
{
	static const char wanted[] =
	    "every:DURATION or every:DURATION:COMMAND, with a DURATION such "
	    "as 3, 3s, 250ms, 2m or 1h, at least 10ms";
	size_t n = strcspn(argument, ":");
	char duration[32];

	*every = (struct every){0};
	if (n >= sizeof(duration))
		return wanted;
	memcpy(duration, argument, n);
	duration[n] = '\0';
	if (quantity_parse(QUANTITY_DURATION, duration, &every->period_ms) ||
	    every->period_ms < LEAST_INTERVAL_MS)
		return wanted;
	if (argument[n] == ':')
		every->command = argument + n + 1;
	return every->command && !*every->command ? wanted : NULL;
}

static void
on_run_end(void *ctx)
{
	struct source *source = ctx;

	if (source->ending.exit_status != 0)
		source_warn(source,
		    source->ending.signal
			? "the command was ended by signal %d"
			: "the command ended with exit status %d",
		    source->ending.signal ? source->ending.signal
					  : source->ending.exit_status);
}

/* One run at a time: one that takes longer than the period goes on. */
static void
timer_run_command(struct source *source)
{
	struct timer_source *state = source->state;
	int rc;

	if (state->run.running)
		return;
	rc = run_start(&state->run, source, state->every.command,
	    source->spec->pty ? CHILD_PTY : 0, &format_whole, on_run_end);
	if (rc < 0)
		source_warn(
		    source, "cannot start the command: %s", strerror(-rc));
}

static void
timer_emit_time(struct source *source)
{
	struct timer_source *state = source->state;
	struct event event = EVENT_NONE;
	char data[TICK_DATA_SIZE];

	state->tick_held = source->paused;
	if (source->paused)
		return;
	tick_data_format(data, source->spec->data);
	event.data = span_of(data);
	source_emit(source, &event, (struct span){NULL, 0});
}

static void
on_timer(void *ctx)
{
	struct source *source = ctx;
	struct timer_source *state = source->state;
	uint64_t period = state->every.period_ms;
	uint64_t now = loop_now_ms();

	/* The timer's clock is coarser than ours. */
	if (now < state->due_ms) {
		timer_start(&state->timer, state->due_ms - now);
		return;
	}
	state->due_ms += (now - state->due_ms) / period * period + period;
	timer_start(&state->timer, state->due_ms - now);
	if (state->every.command)
		timer_run_command(source);
	else
		timer_emit_time(source);
}

static int
start(struct source *source, const struct source_begin *begin)
{
	struct timer_source *state = calloc(1, sizeof(*state));

	(void)begin;
	if (!state)
		return -ENOMEM;
	timer_parse(&state->every, source->spec->argument);
	state->run.source = source;
	if (timer_init(&state->timer, source->context->loop, on_timer, source) <
	    0) {
		free(state);
		return -ENOMEM;
	}
	source->state = state;
	state->due_ms = loop_now_ms();
	timer_start(&state->timer, 0);
	return 0;
}

static void
resume(struct source *source)
{
	struct timer_source *state = source->state;

	run_resume(&state->run);
	if (state->tick_held)
		timer_emit_time(source);
}

static void
stop(struct source *source)
{
	struct timer_source *state = source->state;

	timer_stop(&state->timer);
	run_stop(&state->run);
}

static void
fini(struct source *source)
{
	struct timer_source *state = source->state;

	timer_fini(&state->timer);
	run_fini(&state->run);
	free(state);
}

static const char *
parse(struct source_spec *spec)
{
	struct every every;
	const char *wanted = timer_parse(&every, spec->argument);

	if (!wanted && every.command)
		spec->form++;
	return wanted;
}

const struct source_kind source_timer = {
    .prefix = "every:",
    .forms =
	{
	    {"every:DURATION", "the time, again and again", SOURCE_DATA},
	    {"every:DURATION:COMMAND",
		"COMMAND, run again and again; its whole output is one event",
		SOURCE_PTY},
	},
    .has_latest = true,
    .parse = parse,
    .n_descriptors = 1, /* a command's output */
    .start = start,
    .resume = resume,
    .stop = stop,
    .fini = fini,
};
