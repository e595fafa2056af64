/* SPDX-License-Identifier: MIT */

#include "core/scheduler.h"

#include "helpers.h"

enum { MAX_TASKS = 10000 };

/* A task that counts how often it runs. */
struct job {
	struct task task;
	uint64_t in_ms;    /* what its next run returns */
	struct job *wakes; /* in its next run */
	struct job *ends;  /* the same */
	uint64_t n_runs, ran_at_ms;
};

static struct scheduler scheduler;
static struct job jobs[MAX_TASKS];

static uint64_t
run_job(void *ctx, uint64_t now_ms)
{
	struct job *job = ctx;
	struct job *wakes = job->wakes, *ends = job->ends;

	job->n_runs++;
	job->ran_at_ms = now_ms;
	job->wakes = job->ends = NULL;
	if (wakes)
		task_wake(&wakes->task);
	if (ends)
		task_fini(&ends->task);
	return job->in_ms;
}

static void
begin(size_t n)
{
	scheduler_init(&scheduler);
	for (size_t i = 0; i < n; i++) {
		jobs[i] = (struct job){.in_ms = UINT64_MAX};
		cr_assert_eq(
		    task_init(&jobs[i].task, &scheduler, run_job, &jobs[i]), 0);
	}
}

static void
end(size_t n)
{
	for (size_t i = 0; i < n; i++)
		task_fini(&jobs[i].task);
	scheduler_fini(&scheduler);
}

static void
check_runs(size_t i, uint64_t wanted)
{
	cr_assert_eq(jobs[i].n_runs, wanted, "job %zu ran %llu times", i,
	    (unsigned long long)jobs[i].n_runs);
}

Test(scheduler, task_sleeps_until_it_is_woken)
{
	begin(2);
	cr_assert_eq(scheduler_run(&scheduler, 5), UINT64_MAX);
	task_wake(&jobs[1].task);
	task_wake(&jobs[1].task);
	cr_assert_eq(scheduler_run(&scheduler, 6), UINT64_MAX);
	cr_assert_eq(scheduler_run(&scheduler, 7), UINT64_MAX);
	check_runs(0, 0);
	check_runs(1, 1);
	cr_assert_eq(jobs[1].ran_at_ms, 6);
	end(2);
}

Test(scheduler, turn_touches_only_the_tasks_that_are_woken_or_due)
{
	begin(MAX_TASKS);
	for (size_t i = 0; i < MAX_TASKS; i++) {
		jobs[i].in_ms = 1000 + i;
		task_wake(&jobs[i].task);
	}
	cr_assert_eq(scheduler_run(&scheduler, 0), 1000);
	cr_assert_eq(scheduler.n_runs, MAX_TASKS);
	task_wake(&jobs[7777].task);
	cr_assert_eq(scheduler_run(&scheduler, 900), 100);
	cr_assert_eq(scheduler.n_runs, MAX_TASKS + 1);
	cr_assert_eq(scheduler_run(&scheduler, 1001), 1);
	cr_assert_eq(scheduler.n_runs, MAX_TASKS + 3);
	check_runs(7777, 2);
	check_runs(0, 2);
	check_runs(1, 2);
	check_runs(2, 1);
	end(MAX_TASKS);
}

Test(scheduler, task_that_is_woken_early_keeps_only_its_new_time)
{
	begin(1);
	jobs[0].in_ms = 100;
	task_wake(&jobs[0].task);
	cr_assert_eq(scheduler_run(&scheduler, 0), 100);
	task_wake(&jobs[0].task);
	cr_assert_eq(scheduler_run(&scheduler, 50), 100);
	cr_assert_eq(scheduler_run(&scheduler, 100), 50);
	check_runs(0, 2);
	jobs[0].in_ms = UINT64_MAX;
	cr_assert_eq(scheduler_run(&scheduler, 150), UINT64_MAX);
	check_runs(0, 3);
	end(1);
}

Test(scheduler, task_that_another_wakes_runs_in_the_same_turn_but_once)
{
	begin(3);
	jobs[0].wakes = &jobs[1];
	jobs[1].wakes = &jobs[0];
	task_wake(&jobs[0].task);
	cr_assert_eq(scheduler_run(&scheduler, 1), 0);
	check_runs(0, 1);
	check_runs(1, 1);
	cr_assert_eq(scheduler_run(&scheduler, 2), UINT64_MAX);
	check_runs(0, 2);
	check_runs(1, 1);
	end(3);
}

Test(scheduler, task_that_wants_to_run_at_once_runs_in_the_next_turn)
{
	begin(1);
	jobs[0].in_ms = 0;
	task_wake(&jobs[0].task);
	for (uint64_t turn = 1; turn < 5; turn++) {
		cr_assert_eq(scheduler_run(&scheduler, 9), 0);
		check_runs(0, turn);
	}
	/* its result counts, and not that it wakes itself */
	jobs[0].wakes = &jobs[0];
	jobs[0].in_ms = UINT64_MAX;
	cr_assert_eq(scheduler_run(&scheduler, 9), UINT64_MAX);
	cr_assert_eq(scheduler_run(&scheduler, 9), UINT64_MAX);
	check_runs(0, 5);
	end(1);
}

Test(scheduler, task_may_end_itself_and_others_while_it_runs)
{
	begin(4);
	for (size_t i = 0; i < 4; i++) {
		jobs[i].in_ms = 10;
		task_wake(&jobs[i].task);
	}
	jobs[0].ends = &jobs[0];
	jobs[1].ends = &jobs[2];
	cr_assert_eq(scheduler_run(&scheduler, 0), 10);
	cr_assert_eq(scheduler_run(&scheduler, 10), 10);
	check_runs(0, 1);
	check_runs(1, 2);
	check_runs(2, 0);
	check_runs(3, 2);
	end(4);
}

/* Against the definition: at each time exactly those that are due run. */
Test(scheduler, tasks_run_when_their_time_has_come)
{
	enum { N = 100 };
	uint64_t random = 7919, due_ms[N];

	begin(N);
	for (size_t i = 0; i < N; i++) {
		due_ms[i] = UINT64_MAX;
		jobs[i].in_ms = UINT64_MAX;
	}
	for (uint64_t now_ms = 0; now_ms < 3000; now_ms += 1 + now_ms % 3) {
		uint64_t runs[N], first_ms = UINT64_MAX, next_ms;
		bool runs_now[N];

		for (size_t i = 0; i < N; i++) {
			bool wakes = random_to(&random, 50) == 0;

			runs[i] = jobs[i].n_runs;
			runs_now[i] = wakes || due_ms[i] <= now_ms;
			if (wakes)
				task_wake(&jobs[i].task);
			if (!runs_now[i])
				continue;
			jobs[i].in_ms = random_to(&random, 3)
			    ? 1 + random_to(&random, 200)
			    : UINT64_MAX;
			due_ms[i] = jobs[i].in_ms == UINT64_MAX
			    ? UINT64_MAX
			    : now_ms + jobs[i].in_ms;
		}
		next_ms = scheduler_run(&scheduler, now_ms);
		for (size_t i = 0; i < N; i++) {
			check_runs(i, runs[i] + runs_now[i]);
			first_ms = due_ms[i] < first_ms ? due_ms[i] : first_ms;
		}
		cr_assert_eq(next_ms,
		    first_ms == UINT64_MAX ? first_ms : first_ms - now_ms);
	}
	end(N);
}

Test(scheduler, task_that_was_never_begun_may_be_ended)
{
	struct task task = {0};

	task_fini(&task);
}
