/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_LOOP_CHILD_H
#define PIPECAST_LOOP_CHILD_H

/*
 * A command run by sh -c in a process group of its own, its output in a pipe or
 * a pseudo-terminal.  Its standard input is a pipe or /dev/null, its standard
 * error ours.  It does not outlive us, even if we are killed.
 *
 * The leader's exit and the end of its output are independent: a process that
 * it left in the background may hold the output open.
 */

#include "loop/loop.h"

#include <sys/types.h>

/*
 * Reaps all children of a loop; one per loop.  Process 1 also reaps the
 * processes that it inherits.
 */
struct children {
	struct loop *loop;
	struct signal_watch on_sigchld;
	struct child *first;
};

/* Returns 0 or -ENOMEM. */
int children_init(struct children *children, struct loop *loop);
void children_fini(struct children *children);

struct child {
	struct children *children;
	struct child *next;
	pid_t pid; /* also the group's; 0 if there is none */
	/* Our ends, non-blocking; the owner may close them. */
	int output;
	int input;   /* -1 without CHILD_INPUT */
	bool exited; /* the leader has; it is reaped as late as can be */
	bool reaped;
	int exit_status; /* once exited; -1 if a signal ended it */
	int signal;      /* that ended it, or 0 */
	int held_by;     /* SIGTTIN or SIGTTOU has stopped it, or 0 */
	bool stopping;
	uint64_t kill_at_ms;
	struct timer check; /* of a group that is being stopped */
	loop_callback *on_exit;
	loop_callback *on_held; /* once; may be set after child_start */
	loop_callback *on_stopped;
	void *ctx;
};

/* How long a stopped group has from SIGTERM to SIGKILL. */
enum { CHILD_GRACE_MS = 2000 };

/* How it is started, as bits. */
enum child_option {
	CHILD_PTY = 1 << 0,   /* its output is in a pseudo-terminal */
	CHILD_INPUT = 1 << 1, /* its standard input is a pipe of ours */
};

/*
 * Starts the command.  on_exit is called once its leader has exited.
 * Returns 0, or a negative errno with nothing to clean up.
 */
int child_start(struct child *child, struct children *children,
    const char *command, unsigned options, loop_callback *on_exit, void *ctx);

/*
 * Ends the whole group: SIGTERM, and after CHILD_GRACE_MS SIGKILL.  on_stopped
 * is called from the loop, with the ctx of child_start, once nothing of it is
 * left.
 */
void child_stop(struct child *child, loop_callback *on_stopped);

/*
 * Frees everything.  Idempotent.  A running command is killed at once, with its
 * group; if the command has ended by itself, its background processes are left
 * alone.
 */
void child_fini(struct child *child);

#endif
