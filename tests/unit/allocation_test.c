/* SPDX-License-Identifier: MIT */

#include "core/event_id.h"
#include "core/scheduler.h"

#include "failing_memory.h"
#include "fan_out_fixture.h"

FAN_OUT_SUITE(allocation);

static void
try_stream(void)
{
	struct stream_config config = usual;
	struct stream *made;
	struct event event = EVENT_NONE;
	struct channel_resume resume = {.replay = 0};

	config.fan_out.viewers_event = "viewers";
	made = stream_create(&config);
	if (!made)
		return;
	viewer_init(&viewer);
	viewer.room = 0;
	if (!succeeded(fan_out_attach(
		made->fan_out, &viewer.subscriber, LITERAL("H"), &resume, 0))) {
		viewer_writable(&viewer, 0);
		fan_out_detach(&viewer.subscriber);
		cr_assert_eq(viewer.n_sends, 0);
	}
	event.data = LITERAL("some data");
	for (unsigned i = 0; i < 300; i++) {
		succeeded(channel_publish(made->channel, &event));
		fan_out_flush(made->fan_out, 0);
	}
	channel_end(made->channel, LITERAL("{}"));
	fan_out_flush(made->fan_out, 0);
	fail_no_more();
	viewer.room = SIZE_MAX;
	viewer_writable(&viewer, 0);
	cr_assert_eq(viewer.n_done, viewer.n_sends > 0);
	viewer_fini(&viewer);
	stream_destroy(made);
}

Test(allocation, stream_loses_an_event_at_most)
{
	with_each_failing(try_stream);
}

static uint64_t
run_never_again(void *ctx, uint64_t now_ms)
{
	(void)ctx;
	(void)now_ms;
	return UINT64_MAX;
}

static void
try_tasks(void)
{
	struct scheduler scheduler;
	struct task tasks[20];
	size_t n = 0;

	scheduler_init(&scheduler);
	while (n < LENGTH(tasks) &&
	    succeeded(task_init(&tasks[n], &scheduler, run_never_again, NULL)))
		task_wake(&tasks[n++]);
	cr_assert_eq(n < LENGTH(tasks), has_failed);
	scheduler_run(&scheduler, 0);
	cr_assert_eq(scheduler.n_runs, n);
	while (n > 0)
		task_fini(&tasks[--n]);
	scheduler_fini(&scheduler);
}

Test(allocation, scheduler_runs_the_tasks_that_it_took)
{
	with_each_failing(try_tasks);
}

/* Publishes an event without memory for it. */
static void
publish_in_vain(const struct event *event)
{
	countdown = 1;
	cr_assert_eq(channel_publish(stream->channel, event), -ENOMEM);
	fail_no_more();
}

/* The block of a gap needs room as well, and so the loss is told of later. */
Test(allocation, gap_event_without_an_id_stands_for_the_events_that_were_lost)
{
	struct stream_config config = usual;
	struct event event = EVENT_NONE;
	char id[EVENT_ID_SIZE];
	uint64_t n = 0;

	config.channel.history = 100000;
	configure(config);
	event.data = LITERAL("x");
	countdown = 1;
	while (channel_publish(stream->channel, &event) == 0)
		n++;
	publish_in_vain(&event);
	publish_with_id(stream, "own", "a");
	check_resumed(
	    event_id_of_sequence(id, "id", n), GAP("", 2) OWN("own", "a"));
	check_resumed(LITERAL("own"), "");
}

/* What says nothing to viewers is not missed by them. */
Test(allocation, comment_that_was_lost_leaves_no_gap)
{
	static char large[20000];
	struct event event = EVENT_NONE;

	attach(stream, &viewer);
	event.comment = (struct span){large, sizeof(large)};
	publish_in_vain(&event);
	publish_data(stream, "a");
	check_sent(&viewer, FIRST_BLOCK EVENT(1, "a"));
}

static void
try_drain(void)
{
	unsigned failing = countdown;

	fail_no_more();
	configure(usual);
	attach(stream, &viewer);
	viewer.got.at = malloc(viewer.got.allocated = 1000);
	check_sent(&viewer, FIRST_BLOCK);
	fan_out_drain(stream->fan_out);
	countdown = failing;
	flush_at(0);
	fail_no_more();
	cr_assert_eq(viewer.n_done, 1);
	cr_assert_eq(viewer.done_error, 0);
	cr_assert_eq(viewer.got.n == 0, has_failed);
	fan_out_finish();
	stream = NULL;
}

Test(allocation, viewer_who_is_let_go_does_without_its_farewell)
{
	fan_out_finish();
	stream = NULL;
	with_each_failing(try_drain);
}

Test(allocation, viewer_costs_the_stream_nothing_once_its_head_was_sent)
{
	long before = n_live;

	attach(stream, &viewer);
	attach(stream, &other);
	other.got.at = malloc(other.got.allocated = 1000);
	cr_assert_eq(n_live, before + 3);
	viewer_fini(&viewer);
	cr_assert_eq(n_live, before + 2);
	flush_at(0);
	cr_assert_eq(n_live, before + 1);
	viewer_fini(&other);
	cr_assert_eq(n_live, before);
}

/* A reconnection time alone is nothing in the dialect of 2006. */
Test(allocation, event_of_no_bytes_needs_none)
{
	struct stream_config config = usual;
	struct event event = EVENT_NONE;
	unsigned long before;

	config.channel.dialect = DIALECT_DOM_EVENT_STREAM;
	configure(config);
	event.retry_ms = 5;
	before = n_asked;
	for (unsigned i = 0; i < 1000; i++)
		cr_assert_eq(channel_publish(stream->channel, &event), 0);
	cr_assert_eq(n_asked, before);
}

Test(allocation, index_of_ids_is_made_for_the_first_that_an_event_brings)
{
	unsigned long before;

	publish_data(stream, "a");
	before = n_asked;
	publish_data(stream, "b");
	cr_assert_eq(n_asked, before);
	publish_with_id(stream, "own", "c");
	cr_assert_gt(n_asked, before);
}

Test(allocation, fan_out_needs_none)
{
	struct stream_config config = usual;
	struct viewer viewers[10];
	unsigned long before;

	config.channel.history = 4096;
	configure(config);
	for (unsigned i = 0; i < 300; i++)
		publish_data(stream, "some data");
	for (size_t i = 0; i < LENGTH(viewers); i++) {
		attach(stream, &viewers[i]);
		viewers[i].got.at = malloc(viewers[i].got.allocated = 100000);
	}
	flush_at(0);
	before = n_asked;
	for (unsigned i = 0; i < 1000; i++) {
		publish_data(stream, "some data");
		flush_at(0);
		flush_at(i * UINT64_C(20000));
	}
	cr_assert_eq(n_asked, before);
	for (size_t i = 0; i < LENGTH(viewers); i++)
		viewer_fini(&viewers[i]);
}

Test(allocation, viewer_goes_whose_rest_of_a_count_cannot_be_kept)
{
	struct stream_config config = usual;

	config.fan_out.viewers_event = "viewers";
	configure(config);
	attach(stream, &viewer);
	flush_at(0);
	viewer.room = 10;
	attach(stream, &other);
	countdown = 1;
	flush_at(1000);
	fail_no_more();
	cr_assert_eq(viewer.done_error, -ENOMEM);
	cr_assert_eq(other.n_done, 0);
}
