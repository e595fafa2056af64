/* SPDX-License-Identifier: MIT */

#include "program/runtime.h"

#include "loop/log.h"
#include "program/token_files.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long a producer has to end after Ctrl-C. */
enum { PRODUCER_MS = 5000 };

/* The longest time from a signal to the exit. */
enum { CLOSING_MS = 4000 };

static const int stop_signals[RUNTIME_STOP_SIGNALS] = {
    SIGTERM, SIGINT, SIGHUP, SIGQUIT};

/* Ending. */

void
runtime_check(struct runtime *runtime)
{
	if (runtime->state != RUNTIME_RUNNING &&
	    streams_are_stopped(&runtime->streams) &&
	    runtime->owner->viewers_are_gone(runtime->ctx))
		loop_stop(runtime->loop);
}

static void
runtime_tell_owner(struct runtime *runtime, loop_callback *callback)
{
	if (callback)
		callback(runtime->ctx);
}

static void
runtime_enter(
    struct runtime *runtime, enum runtime_state state, uint64_t within_ms)
{
	enum runtime_state before = runtime->state;

	if (state <= before)
		return;
	runtime->state = state;
	timer_start(&runtime->deadline, within_ms);
	if (state == RUNTIME_CLOSING) {
		runtime_tell_owner(runtime, runtime->owner->on_closing);
		streams_drain(&runtime->streams);
	}
	if (before == RUNTIME_RUNNING) {
		runtime_tell_owner(runtime, runtime->owner->on_ending);
		streams_stop(&runtime->streams);
	}
	runtime_check(runtime);
}

void
runtime_end(struct runtime *runtime, uint64_t within_ms)
{
	runtime_enter(runtime, RUNTIME_ENDING, within_ms);
}

void
runtime_close(struct runtime *runtime)
{
	runtime_enter(runtime, RUNTIME_CLOSING, CLOSING_MS);
}

static void
on_stop_signal(void *ctx)
{
	runtime_close(ctx);
}

static void
on_deadline(void *ctx)
{
	struct runtime *runtime = ctx;

	/* The producer did not end in time; pipecast ends without it. */
	if (runtime->state == RUNTIME_RUNNING)
		on_stop_signal(runtime);
	else
		loop_stop(runtime->loop);
}

/* Whether Ctrl-C in a terminal also reached a producer that we read from. */
static bool
runtime_has_producer(const struct runtime *runtime)
{
	struct stat status;

	return runtime->state == RUNTIME_RUNNING &&
	    !streams_have_ended(&runtime->streams) &&
	    options_read_standard_input(runtime->options) &&
	    isatty(STDERR_FILENO) && fstat(STDIN_FILENO, &status) == 0 &&
	    S_ISFIFO(status.st_mode);
}

/*
 * The first Ctrl-C lets the producer end, and its last output is read; a second
 * one stops pipecast at once.
 */
static void
on_interrupt(void *ctx)
{
	struct runtime *runtime = ctx;

	if (runtime->interrupted) {
		loop_stop(runtime->loop);
	} else if (runtime_has_producer(runtime)) {
		runtime->interrupted = true;
		timer_start(&runtime->deadline, PRODUCER_MS);
	} else {
		on_stop_signal(runtime);
	}
}

/* Starting. */

static void
on_streams_change(void *ctx)
{
	struct runtime *runtime = ctx;

	runtime_tell_owner(runtime, runtime->owner->on_streams_change);
	runtime_check(runtime);
}

static struct policy
runtime_policy(struct runtime *runtime)
{
	const struct options *options = runtime->options;

	return (struct policy){
	    .dialect = options->dialect,
	    .own_types = {options->gap_event, options->end_event,
		options->viewers_event},
	    .max_event = options->max_event,
	    .format_name = input_format_name,
	    .base_path = options->base_path,
	    .hosts = options->hosts.items,
	    .n_hosts = options->hosts.n,
	    .find_stream = registry_look_up,
	    .takes_posts = registry_takes_posts,
	    .list_streams = registry_list_names,
	    .registry = &runtime->streams.registry,
	    .origins = options->origins.items,
	    .n_origins = options->origins.n,
	    .headers = options->headers.items,
	    .n_headers = options->headers.n,
	    .page = runtime->page.html,
	    .page_leads_on = options->page != NULL,
	    .page_security = runtime->page.security,
	    .tokens = options->read_token || options->post_token
		? &runtime->tokens
		: NULL,
	    .anybody_posts = options->anybody_posts,
	};
}

bool
runtime_init(struct runtime *runtime, const struct options *options,
    const struct runtime_owner *owner, void *ctx)
{
	*runtime =
	    (struct runtime){.options = options, .owner = owner, .ctx = ctx};
	if (!log_unless_ok(streams_init(
		&runtime->streams, options, on_streams_change, runtime)) ||
	    !viewer_page_init(&runtime->page, options) ||
	    !token_files_read(&runtime->tokens, options))
		return false;
	runtime->policy = runtime_policy(runtime);
	return true;
}

/*
 * nohup ignores SIGHUP, a shell SIGINT and SIGQUIT of what it starts with "&";
 * that stays so.  SIGTERM is how services are stopped.
 */
static bool
runtime_ignores_signal(int number)
{
	struct sigaction action;

	return number != SIGTERM && sigaction(number, NULL, &action) == 0 &&
	    action.sa_handler == SIG_IGN;
}

static int
runtime_watch_signals(struct runtime *runtime)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < RUNTIME_STOP_SIGNALS; i++)
		if (!runtime_ignores_signal(stop_signals[i]))
			rc = signal_watch_init(&runtime->stop_signals[i],
			    runtime->loop, stop_signals[i],
			    stop_signals[i] == SIGINT ? on_interrupt
						      : on_stop_signal,
			    runtime);
	return rc;
}

static void
on_turn_end(void *ctx)
{
	struct runtime *runtime = ctx;

	streams_flush(&runtime->streams);
}

static int
runtime_open_loop(struct runtime *runtime)
{
	int rc = loop_create(&runtime->loop);

	if (rc < 0)
		return rc;
	loop_on_turn_end(runtime->loop, on_turn_end, runtime);
	rc =
	    timer_init(&runtime->deadline, runtime->loop, on_deadline, runtime);
	if (rc == 0)
		rc = runtime_watch_signals(runtime);
	if (rc == 0)
		rc = children_init(&runtime->children, runtime->loop);
	return rc;
}

bool
runtime_open(struct runtime *runtime)
{
	int rc = runtime_open_loop(runtime);

	runtime->context = (struct source_context){
	    .loop = runtime->loop,
	    .children = &runtime->children,
	    .max_event = runtime->options->max_event,
	    .history = runtime->options->history,
	    .spool_size = runtime->options->spool_size,
	    .spool_sync = runtime->options->spool_sync,
	    .redis = &runtime->redis,
	};
	runtime->redis = (struct redis_context){
	    .url = &runtime->options->redis,
	    .maxlen = runtime->options->redis_maxlen,
	    .hub = &runtime->redis_hub,
	};
	posts_init(&runtime->posts, runtime->loop, &runtime->streams,
	    &runtime->policy, runtime->options->heartbeat_ms);
	return log_unless_ok(rc);
}

static void
on_status_signal(void *ctx)
{
	struct runtime *runtime = ctx;

	status_log(&runtime->status);
}

bool
runtime_watch_status(struct runtime *runtime, const struct admission *admission)
{
	status_init(&runtime->status, &runtime->streams, admission);
	return log_unless_ok(signal_watch_init(&runtime->status_signal,
	    runtime->loop, SIGUSR1, on_status_signal, runtime));
}

bool
runtime_run(struct runtime *runtime)
{
	/* The first data is sent at the end of a turn. */
	loop_again(runtime->loop);
	return log_unless_ok(loop_run(runtime->loop));
}

static void
runtime_block_signals(void)
{
	sigset_t ours;

	sigemptyset(&ours);
	sigaddset(&ours, SIGUSR1);
	for (size_t i = 0; i < RUNTIME_STOP_SIGNALS; i++)
		sigaddset(&ours, stop_signals[i]);
	sigprocmask(SIG_BLOCK, &ours, NULL);
}

void
runtime_fini(struct runtime *runtime)
{
	runtime_block_signals();
	streams_fini(&runtime->streams);
	children_fini(&runtime->children);
	status_fini(&runtime->status);
	signal_watch_fini(&runtime->status_signal);
	timer_fini(&runtime->deadline);
	for (size_t i = 0; i < RUNTIME_STOP_SIGNALS; i++)
		signal_watch_fini(&runtime->stop_signals[i]);
	loop_destroy(runtime->loop);
	viewer_page_fini(&runtime->page);
}
