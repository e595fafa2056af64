/* SPDX-License-Identifier: MIT */

#include "loop/loop.h"

#include "helpers.h"

/* A loop, and what happens in its turns, a letter each. */
static struct {
	struct loop *loop;
	struct timer far; /* a loop needs something to wait for */
	struct deferral one, two;
	char told[16];
} turns;

static void
tell(char what)
{
	turns.told[strlen(turns.told)] = what;
}

static void
on_turn_end(void *ctx)
{
	(void)ctx;
	tell('-');
	if (strlen(turns.told) > 4)
		loop_stop(turns.loop);
	loop_again(turns.loop);
}

static void
on_far(void *ctx)
{
	(void)ctx;
	cr_assert_fail("the loop waited");
}

static void
on_deferred(void *ctx)
{
	tell(*(const char *)ctx);
}

static void
begin(void)
{
	static char names[] = "12";

	memset(&turns, 0, sizeof(turns));
	cr_assert_eq(loop_create(&turns.loop), 0);
	loop_on_turn_end(turns.loop, on_turn_end, NULL);
	cr_assert_eq(timer_init(&turns.far, turns.loop, on_far, NULL), 0);
	timer_start(&turns.far, 60000);
	loop_again(turns.loop);
	turns.one =
	    (struct deferral){.callback = on_deferred, .ctx = &names[0]};
	turns.two =
	    (struct deferral){.callback = on_deferred, .ctx = &names[1]};
}

static void
assert_turns(const char *wanted)
{
	cr_assert_eq(loop_run(turns.loop), 0);
	cr_assert_str_eq(turns.told, wanted);
	timer_fini(&turns.far);
	loop_destroy(turns.loop);
}

Test(loop, calls_deferred_once_behind_the_hook)
{
	begin();
	loop_defer(turns.loop, &turns.one);
	loop_defer(turns.loop, &turns.one);
	assert_turns("-1---");
}

Test(loop, calls_nothing_that_was_taken_back)
{
	begin();
	loop_forget(turns.loop, &turns.one);
	loop_defer(turns.loop, &turns.one);
	loop_defer(turns.loop, &turns.two);
	loop_forget(turns.loop, &turns.one);
	loop_forget(turns.loop, &turns.one);
	assert_turns("-2---");
}

static void
defer_other(void *ctx)
{
	(void)ctx;
	tell('3');
	loop_defer(turns.loop, &turns.one);
	loop_forget(turns.loop, &turns.two);
}

Test(loop, lets_a_deferred_call_defer_and_take_back_others)
{
	struct deferral three = {.callback = defer_other};

	begin();
	loop_defer(turns.loop, &turns.two);
	loop_defer(turns.loop, &three);
	assert_turns("-31--");
}
