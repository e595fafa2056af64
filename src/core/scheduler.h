/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_SCHEDULER_H
#define PIPECAST_CORE_SCHEDULER_H

/*
 * The scheduler: runs tasks at the end of a turn of the event loop.  A task
 * runs if it was woken or its time has come, at most once a turn.  All other
 * tasks cost nothing, however many there are.
 *
 * Times are milliseconds of any clock that never goes back.  The scheduler
 * reads no clock.
 */

#include "core/list.h"

#include <stdint.h>

struct scheduler {
	struct link woken;  /* to be run in this turn, or the next */
	struct link later;  /* woken again after they ran in this turn */
	struct task **heap; /* those with a time, the earliest first */
	size_t n_timed;
	size_t n_tasks; /* there is room for all of them in the heap */
	size_t allocated;
	uint64_t turn;
	uint64_t n_runs;      /* of tasks, since the start */
	struct task *running; /* NULL once it has left */
};

struct task {
	struct link link; /* in woken or later, or by itself */
	struct scheduler *scheduler;
	/*
	 * Does the work that is due, and returns in how many milliseconds to
	 * call again if the task is not woken, UINT64_MAX for never.  May end
	 * this task, and wake, begin and end others.
	 */
	uint64_t (*run)(void *ctx, uint64_t now_ms);
	void *ctx;
	uint64_t due_ms;
	size_t place;  /* in the heap, plus one; 0: it has no time */
	uint64_t turn; /* in which it ran last */
};

void scheduler_init(struct scheduler *scheduler);

/* All tasks must have left.  Idempotent. */
void scheduler_fini(struct scheduler *scheduler);

/*
 * Runs every task that was woken or whose time has come.  Returns in how many
 * milliseconds to call again, UINT64_MAX for never.
 */
uint64_t scheduler_run(struct scheduler *scheduler, uint64_t now_ms);

/* A task that sleeps until it is woken.  Returns 0 or -ENOMEM. */
int task_init(struct task *task, struct scheduler *scheduler,
    uint64_t (*run)(void *ctx, uint64_t now_ms), void *ctx);

/* The task never runs again.  Idempotent; harmless before task_init. */
void task_fini(struct task *task);

/*
 * The task runs in this turn, or in the next if it has run already.  A task
 * that runs need not wake itself: its result says when it is to run again.
 */
void task_wake(struct task *task);

#endif
