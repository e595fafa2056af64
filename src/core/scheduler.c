/* SPDX-License-Identifier: MIT */

#include "core/scheduler.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* The heap: each task is due no later than its two children. */

static void
scheduler_place(struct scheduler *scheduler, size_t at, struct task *task)
{
	scheduler->heap[at] = task;
	task->place = at + 1;
}

static void
scheduler_sift_up(struct scheduler *scheduler, size_t at, struct task *task)
{
	while (at > 0) {
		struct task *parent = scheduler->heap[(at - 1) / 2];

		if (parent->due_ms <= task->due_ms)
			break;
		scheduler_place(scheduler, at, parent);
		at = (at - 1) / 2;
	}
	scheduler_place(scheduler, at, task);
}

static void
scheduler_sift_down(struct scheduler *scheduler, size_t at, struct task *task)
{
	struct task **heap = scheduler->heap;
	size_t child;

	while ((child = 2 * at + 1) < scheduler->n_timed) {
		if (child + 1 < scheduler->n_timed &&
		    heap[child + 1]->due_ms < heap[child]->due_ms)
			child++;
		if (heap[child]->due_ms >= task->due_ms)
			break;
		scheduler_place(scheduler, at, heap[child]);
		at = child;
	}
	scheduler_place(scheduler, at, task);
}

static void
task_forget_time(struct task *task)
{
	struct scheduler *scheduler = task->scheduler;
	size_t at = task->place - 1;
	struct task *last;

	if (task->place == 0)
		return;
	task->place = 0;
	last = scheduler->heap[--scheduler->n_timed];
	if (last == task)
		return;
	scheduler_sift_up(scheduler, at, last);
	scheduler_sift_down(scheduler, last->place - 1, last);
}

static void
task_set_time(struct task *task, uint64_t due_ms)
{
	struct scheduler *scheduler = task->scheduler;

	task_forget_time(task);
	task->due_ms = due_ms;
	scheduler_sift_up(scheduler, scheduler->n_timed++, task);
}

/* Tasks. */

static int
scheduler_reserve(struct scheduler *scheduler, size_t n)
{
	size_t allocated = scheduler->allocated ? scheduler->allocated : 8;
	struct task **heap;

	if (n <= scheduler->allocated)
		return 0;
	while (allocated < n)
		allocated *= 2;
	heap =
	    realloc((void *)scheduler->heap, allocated * sizeof(struct task *));
	if (!heap)
		return -ENOMEM;
	scheduler->heap = heap;
	scheduler->allocated = allocated;
	return 0;
}

int
task_init(struct task *task, struct scheduler *scheduler,
    uint64_t (*run)(void *ctx, uint64_t now_ms), void *ctx)
{
	int rc = scheduler_reserve(scheduler, scheduler->n_tasks + 1);

	if (rc < 0)
		return rc;
	scheduler->n_tasks++;
	*task = (struct task){.scheduler = scheduler, .run = run, .ctx = ctx};
	list_init(&task->link);
	return 0;
}

void
task_fini(struct task *task)
{
	struct scheduler *scheduler = task->scheduler;

	if (!scheduler)
		return;
	task_forget_time(task);
	list_remove(&task->link);
	if (scheduler->running == task)
		scheduler->running = NULL;
	scheduler->n_tasks--;
	task->scheduler = NULL;
}

void
task_wake(struct task *task)
{
	struct scheduler *scheduler = task->scheduler;
	bool has_run = task->turn == scheduler->turn;

	if (scheduler->running == task || !list_is_empty(&task->link))
		return;
	list_append(
	    has_run ? &scheduler->later : &scheduler->woken, &task->link);
}

/* Turns. */

void
scheduler_init(struct scheduler *scheduler)
{
	*scheduler = (struct scheduler){.turn = 1};
	list_init(&scheduler->woken);
	list_init(&scheduler->later);
}

void
scheduler_fini(struct scheduler *scheduler)
{
	assert(scheduler->n_tasks == 0);
	free((void *)scheduler->heap);
	*scheduler = (struct scheduler){0};
}

static void
scheduler_wake_due(struct scheduler *scheduler, uint64_t now_ms)
{
	while (scheduler->n_timed > 0 && scheduler->heap[0]->due_ms <= now_ms) {
		struct task *task = scheduler->heap[0];

		task_forget_time(task);
		task_wake(task);
	}
}

static void
scheduler_run_task(
    struct scheduler *scheduler, struct task *task, uint64_t now_ms)
{
	uint64_t in_ms;

	list_remove(&task->link);
	list_init(&task->link);
	scheduler->running = task;
	scheduler->n_runs++;
	task->turn = scheduler->turn;
	in_ms = task->run(task->ctx, now_ms);
	if (!scheduler->running)
		return; /* the task has ended */
	scheduler->running = NULL;
	if (in_ms == 0)
		task_wake(task);
	else if (in_ms < UINT64_MAX - now_ms)
		task_set_time(task, now_ms + in_ms);
	else
		task_forget_time(task);
}

uint64_t
scheduler_run(struct scheduler *scheduler, uint64_t now_ms)
{
	struct link *first;

	scheduler_wake_due(scheduler, now_ms);
	while ((first = list_first(&scheduler->woken)))
		scheduler_run_task(scheduler, (struct task *)first, now_ms);
	scheduler->turn++;
	list_append_all(&scheduler->woken, &scheduler->later);
	if (!list_is_empty(&scheduler->woken))
		return 0;
	return scheduler->n_timed > 0 ? scheduler->heap[0]->due_ms - now_ms
				      : UINT64_MAX;
}
