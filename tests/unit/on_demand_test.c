/* SPDX-License-Identifier: MIT */

/* Streams that are made when they are asked for, and forgotten. */

#include "program/on_demand.h"

#include "program_viewer.h"

static const char *const fixed_and_many[] = {"a", "new/*=fake:*"};
static const char *const many[] = {"new/*=fake:*", "old/*=fake:x*"};

PROGRAM_SUITE(on_demand);

static struct viewer root, viewer, first, second, third;

static struct stream *
find(const char *name)
{
	return registry_find(&streams.registry, span_of(name));
}

/* So much more time passes, with turns for what is due and freed then. */
static void
pass(uint64_t ms)
{
	streams.awake.slept_ms -= ms;
	for (unsigned i = 0; i < 3; i++)
		streams_flush(&streams);
}

static void
leave(struct viewer *leaving)
{
	struct viewer **at = &subscribed;

	while (*at != leaving)
		at = &(*at)->next;
	*at = leaving->next;
	viewer_fini(leaving);
}

Test(on_demand, stream_is_made_when_it_is_asked_for)
{
	start_streams(fixed_and_many, 2);
	cr_assert_eq(n_fakes, 1);
	cr_assert_eq(registry_look_up(&streams.registry, LITERAL("new/b")),
	    POLICY_STREAM_RUNNING);
	cr_assert_eq(n_fakes, 1);
	subscribe(&root, "", NULL);
	cr_assert_eq(subscribe(&viewer, "new/b", NULL), 0);
	cr_assert_eq(n_fakes, 2);
	cr_assert_str_eq(fakes[1].source->spec->argument, "b");
	fake_emit(&fakes[1], "1", 3);
	streams_flush(&streams);
	check_got(
	    &viewer, LITERAL(FIRST_BLOCK "id: p-3\nevent: new\ndata: 1\n\n"));
	check_got(&root, LITERAL(FIRST_BLOCK));
	leave(&root);
	cr_assert_eq(subscribe(&root, "new/b", NULL), 0);
	cr_assert_eq(n_fakes, 2);
}

Test(on_demand, streams_differ_by_their_whole_name)
{
	start_streams(many, 2);
	subscribe(&first, "new/b", NULL);
	subscribe(&second, "new/c", NULL);
	subscribe(&third, "old/b", NULL);
	cr_assert_eq(n_fakes, 3);
	cr_assert_str_eq(fakes[2].source->spec->argument, "xb");
	fake_emit(&fakes[1], "1", 0);
	streams_flush(&streams);
	check_got(&first, LITERAL(FIRST_BLOCK));
	cr_assert_gt(second.got.n, strlen(FIRST_BLOCK));
	check_got(&third, LITERAL(FIRST_BLOCK));
}

static void
put_name(void *to, struct span name)
{
	sink_span(bytes_sink(to), name);
	sink_text(bytes_sink(to), ";");
}

/* A name that nobody can guess is not told to anybody. */
Test(on_demand, names_that_were_asked_for_are_not_listed)
{
	struct bytes names = {0};

	start_streams(fixed_and_many, 2);
	subscribe(&viewer, "new/secret", NULL);
	registry_list_names(&streams.registry, put_name, &names);
	assert_span(bytes_span(&names), LITERAL("a;new/*;"));
	bytes_free(&names);
}

Test(on_demand, what_does_not_exist_or_match_is_unknown)
{
	start_streams(fixed_and_many, 2);
	fake_missing = "gone";
	cr_assert_eq(registry_look_up(&streams.registry, LITERAL("new/gone")),
	    POLICY_STREAM_UNKNOWN);
	cr_assert_eq(registry_look_up(&streams.registry, LITERAL("new/..")),
	    POLICY_STREAM_UNKNOWN);
	cr_assert_eq(registry_look_up(&streams.registry, LITERAL("new")),
	    POLICY_STREAM_UNKNOWN);
	cr_assert_eq(subscribe(&viewer, "new/..", NULL), -ENOENT);
	cr_assert_eq(subscribe(&viewer, "a/b", NULL), -ENOENT);
}

Test(on_demand, root_stream_of_nothing_is_unknown_and_nothing_ends)
{
	start_streams(many, 2);
	cr_assert_eq(
	    registry_look_up(&streams.registry, ABSENT), POLICY_STREAM_UNKNOWN);
	cr_assert_not(streams_have_ended(&streams));
	end_streams();
	n_fakes = 0;
	start_streams(fixed_and_many, 2);
	source_end(fakes[0].source);
	cr_assert_eq(
	    registry_look_up(&streams.registry, ABSENT), POLICY_STREAM_ENDED);
	cr_assert_not(streams_have_ended(&streams));
}

/* Being forgotten. */

Test(on_demand, unused_stream_is_forgotten_with_its_source)
{
	start_streams(many, 2);
	subscribe(&viewer, "new/b", NULL);
	pass(100000);
	cr_assert_not_null(find("new/b"));
	leave(&viewer);
	pass(0);
	pass(50000);
	cr_assert_not_null(find("new/b"));
	cr_assert_not(fakes[0].is_stopping);
	pass(10001);
	cr_assert_null(find("new/b"));
	cr_assert_null(fakes[0].source);
	cr_assert(list_is_empty(&streams.registry.removed));
	cr_assert_eq(streams.on_demand.n, 0);
	subscribe(&viewer, "new/b", NULL);
	cr_assert_eq(n_fakes, 2);
}

Test(on_demand, its_own_events_do_not_keep_a_stream)
{
	start_streams(many, 2);
	subscribe(&viewer, "new/b", NULL);
	leave(&viewer);
	pass(0);
	pass(50000);
	fake_emit(&fakes[0], "1", 0);
	pass(10001);
	cr_assert_null(find("new/b"));
}

Test(on_demand, viewer_or_use_in_time_keeps_a_stream)
{
	struct stream *stream;

	start_streams(many, 2);
	cr_assert_eq(streams_find(&streams, LITERAL("new/b"), &stream), 0);
	pass(0);
	pass(50000);
	subscribe(&viewer, "new/b", NULL);
	leave(&viewer);
	pass(0);
	pass(50000);
	stream_use(stream);
	pass(0);
	pass(50000);
	cr_assert_eq(find("new/b"), stream);
	stream_ref(stream);
	stream_use(stream);
	pass(0);
	pass(50000);
	pass(50000);
	cr_assert_eq(find("new/b"), stream);
	stream_unref(stream);
	pass(0);
	pass(50000);
	cr_assert_eq(find("new/b"), stream);
	pass(10001);
	cr_assert_null(find("new/b"));
	cr_assert_eq(n_fakes, 1);
}

Test(on_demand, fixed_streams_are_not_forgotten)
{
	start_streams(fixed_and_many, 2);
	subscribe(&viewer, "a", NULL);
	leave(&viewer);
	pass(0);
	pass(1000000);
	cr_assert_not_null(find("a"));
	cr_assert_not(fakes[0].is_stopping);
}

Test(on_demand, without_lingering_a_stream_goes_with_its_last_viewer)
{
	start_streams(many, 2);
	streams.on_demand.keeper.linger_ms = 0;
	subscribe(&viewer, "new/b", NULL);
	pass(1000);
	cr_assert_not_null(find("new/b"));
	leave(&viewer);
	pass(0);
	cr_assert_null(find("new/b"));
}

/* A command would end later than it was told to. */
Test(on_demand, stream_is_made_anew_while_the_old_source_stops)
{
	start_streams(many, 2);
	fakes_stop_later = true;
	subscribe(&viewer, "new/b", NULL);
	leave(&viewer);
	pass(0);
	pass(60000);
	cr_assert(fakes[0].is_stopping);
	cr_assert_not_null(fakes[0].source);
	cr_assert_eq(subscribe(&viewer, "new/b", NULL), 0);
	cr_assert_eq(n_fakes, 2);
	source_stopped(fakes[0].source);
	pass(0);
	cr_assert_null(fakes[0].source);
	cr_assert_not_null(fakes[1].source);
}

/* Limits. */

Test(on_demand, there_are_no_more_than_the_limit_at_a_time)
{
	start_streams(many, 2);
	streams.on_demand.max = 2;
	cr_assert_eq(subscribe(&first, "new/1", NULL), 0);
	cr_assert_eq(subscribe(&second, "old/2", NULL), 0);
	cr_assert_eq(subscribe(&third, "new/3", NULL), -EBUSY);
	cr_assert_eq(registry_look_up(&streams.registry, LITERAL("new/3")),
	    POLICY_STREAM_RUNNING);
	cr_assert_eq(subscribe(&third, "new/1", NULL), 0);
	leave(&third);
	leave(&second);
	pass(0);
	pass(60000);
	cr_assert_eq(subscribe(&third, "new/3", NULL), 0);
	cr_assert_eq(subscribe(&second, "old/2", NULL), -EBUSY);
}

Test(on_demand, none_is_made_while_the_sources_stop)
{
	start_streams(fixed_and_many, 2);
	fakes_stop_later = true;
	streams_stop(&streams);
	cr_assert_eq(subscribe(&viewer, "new/b", NULL), -EBUSY);
}

Test(on_demand, source_that_does_not_start_leaves_no_stream)
{
	start_streams(fixed_and_many, 2);
	fake_error = -EACCES;
	cr_assert_lt(subscribe(&viewer, "new/b", NULL), 0);
	cr_assert_null(find("new/b"));
	cr_assert_eq(streams.on_demand.n, 0);
	streams_flush(&streams);
	streams_flush(&streams);
	cr_assert(list_is_empty(&streams.registry.removed));
	fake_error = 0;
	cr_assert_eq(subscribe(&viewer, "new/b", NULL), 0);
}

/* Turns. */

Test(on_demand, turn_touches_only_the_stream_that_changed)
{
	enum { N = 10000 };
	static struct viewer viewers[N];
	struct event event = EVENT_NONE;
	uint64_t n_runs;
	char name[16];

	/* one half with a viewer, for which a heartbeat will be due */
	start_streams(many, 1);
	fakes_forget = true;
	for (size_t i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "new/%zu", i);
		cr_assert_eq(subscribe(&viewers[i], name, NULL), 0);
		if (i % 2 == 0)
			leave(&viewers[i]);
	}
	streams_flush(&streams);
	n_runs = streams.scheduler.n_runs;
	event.data = LITERAL("1");
	stream_publish(find("new/7777"), &event, ABSENT, NULL);
	streams_flush(&streams);
	cr_assert_eq(streams.scheduler.n_runs, n_runs + 1);
	cr_assert_gt(viewers[7777].got.n, viewers[1].got.n);
	streams_flush(&streams);
	cr_assert_eq(streams.scheduler.n_runs, n_runs + 1);
	cr_assert_eq(streams.on_demand.n, N);
	pass(60000);
	cr_assert_eq(streams.on_demand.n, N / 2);
}

/* One viewer. */

Test(on_demand, for_one_viewer_only_its_stream_is_made)
{
	struct source_context context = {.history = 300};
	struct request request = {.name = LITERAL("new/b")};
	struct channel_resume resume;

	init_streams(fixed_and_many, 2);
	context.loop = loop;
	cr_assert_eq(
	    streams_start_for_one(&streams, &context, &request, NULL, &resume),
	    find("new/b")->fan_out);
	cr_assert_eq(n_fakes, 1);
	cr_assert_str_eq(fakes[0].source->spec->text, "new/b=fake:b");
}
