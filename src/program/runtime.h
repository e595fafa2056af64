/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_RUNTIME_H
#define PIPECAST_PROGRAM_RUNTIME_H

/*
 * The runtime: shared by a server and a CGI run.  It owns the loop, the child
 * processes, the signals and the streams, and it ends them.  It goes from state
 * to state, never back.  The loop stops once the sources have stopped and the
 * owner's viewers are gone, or when the time of the state is over.
 */

#include "program/options.h"
#include "program/post.h"
#include "program/status.h"
#include "program/streams.h"
#include "program/viewer_page.h"

#include "http/policy.h"
#include "loop/child.h"
#include "loop/loop.h"

/* SIGTERM, SIGINT, SIGHUP, SIGQUIT. */
enum { RUNTIME_STOP_SIGNALS = 4 };

enum runtime_state {
	RUNTIME_RUNNING, /* sources are read */
	RUNTIME_ENDING,  /* sources stop; viewers get the events in memory */
	RUNTIME_CLOSING, /* a signal: viewers are sent away, to come back */
};

/* Upward calls.  All but viewers_are_gone may be NULL. */
struct runtime_owner {
	/* A source has ended or stopped. */
	void (*on_streams_change)(void *ctx);
	/* The viewers are about to be sent away. */
	void (*on_closing)(void *ctx);
	/* Once: the sources are about to be stopped. */
	void (*on_ending)(void *ctx);
	bool (*viewers_are_gone)(void *ctx);
};

struct runtime {
	const struct options *options;
	const struct runtime_owner *owner;
	void *ctx;
	enum runtime_state state;
	bool
	    interrupted; /* Ctrl-C: the producer of the pipe gets time to end */

	struct viewer_page page;
	struct tokens tokens;
	struct policy policy;
	struct streams streams;
	struct posts posts;

	/* While the loop is open. */
	struct loop *loop;
	struct children children;
	struct source_context context;
	struct redis_context redis;
	struct redis_hub *redis_hub; /* of the sources that need it, or NULL */
	struct status status;
	struct timer deadline;
	struct signal_watch stop_signals[RUNTIME_STOP_SIGNALS];
	struct signal_watch status_signal;
};

/*
 * Prepares the streams, the page, the tokens and the policy; nothing runs yet.
 * The options and the owner are borrowed.  Returns whether that was possible,
 * having logged why not; the caller must call runtime_fini in either case.
 */
bool runtime_init(struct runtime *runtime, const struct options *options,
    const struct runtime_owner *owner, void *ctx);

/* Opens the loop and watches signals.  Returns as runtime_init. */
bool runtime_open(struct runtime *runtime);

/*
 * From here on SIGUSR1 logs a report on the streams and the admission, which is
 * borrowed.  Returns as runtime_init.
 */
bool runtime_watch_status(
    struct runtime *runtime, const struct admission *admission);

/* Runs the loop until the end.  Returns as runtime_init. */
bool runtime_run(struct runtime *runtime);

/*
 * Ends the run unless it ends already: the sources stop, and viewers get the
 * events in memory, within that time.
 */
void runtime_end(struct runtime *runtime, uint64_t within_ms);

/* Ends it as a signal does: the viewers are sent away, to come back. */
void runtime_close(struct runtime *runtime);

/* Stops the loop if everything is done.  Call it when a viewer has gone. */
void runtime_check(struct runtime *runtime);

/*
 * Frees everything, in any state.  The viewers must have been detached.  From
 * here on signals are blocked, because a further one must not change the exit
 * status.
 */
void runtime_fini(struct runtime *runtime);

#endif
