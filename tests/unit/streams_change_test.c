/* SPDX-License-Identifier: MIT */

/* Streams that come and go while others run, and what a turn costs. */

#include "program_viewer.h"

PROGRAM_SUITE(streams_change);

static const char *const one[] = {NULL};
static struct viewer viewer, root, late;

/* Turns. */

Test(streams_change, turn_touches_only_the_stream_that_changed)
{
	enum { N = 10000 };
	static struct source_spec specs[N];
	static struct viewer many[N];
	static struct stream *made[N];
	static char names[N][8];
	struct event event = EVENT_NONE;
	uint64_t n_runs;

	/* each with a viewer, for which a heartbeat will be due */
	start_streams(one, 1);
	fakes_forget = true;
	for (size_t i = 0; i < N; i++) {
		snprintf(names[i], sizeof(names[i]), "%zu", i);
		specs[i] = (struct source_spec){.kind = &fake_kind,
		    .text = "fake:",
		    .name = span_of(names[i])};
		cr_assert_eq(streams_add(&streams, &specs[i], &made[i]), 0);
		cr_assert_eq(subscribe(&many[i], names[i], NULL), 0);
	}
	streams_flush(&streams);
	n_runs = streams.scheduler.n_runs;
	event.data = LITERAL("1");
	stream_publish(made[7777], &event, ABSENT, NULL);
	streams_flush(&streams);
	cr_assert_eq(streams.scheduler.n_runs, n_runs + 1);
	cr_assert_gt(many[7777].got.n, many[0].got.n);
	streams_flush(&streams);
	cr_assert_eq(streams.scheduler.n_runs, n_runs + 1);
}

/* Coming and going. */

static const struct source_spec added = {
    .kind = &fake_kind, .text = "fake:", .name = LITERAL("new")};

Test(streams_change, stream_is_added_and_removed_while_others_run)
{
	struct stream *stream, *again;

	start_streams(one, 1);
	cr_assert_eq(subscribe(&root, "", NULL), 0);
	cr_assert_neq(subscribe(&viewer, "new", NULL), 0);
	cr_assert_eq(streams_add(&streams, &added, &stream), 0);
	cr_assert_eq(registry_find(&streams.registry, LITERAL("new")), stream);
	cr_assert_eq(streams_add(&streams, &added, &again), -EEXIST);
	cr_assert_eq(subscribe(&viewer, "new", NULL), 0);
	emit(1, "1", 3);
	check_got(
	    &viewer, LITERAL(FIRST_BLOCK "id: p-3\nevent: new\ndata: 1\n\n"));
	/* a stream that was added is no part of the root stream */
	check_got(&root, LITERAL(FIRST_BLOCK));
	streams_remove(&streams, stream);
	cr_assert(fakes[1].is_stopping);
	cr_assert_null(registry_find(&streams.registry, LITERAL("new")));
	cr_assert_neq(subscribe(&late, "new", NULL), 0);
	streams_flush(&streams);
	check_got(
	    &viewer, LITERAL("id: pipecast-end\nevent: end\ndata: {}\n\n"));
	cr_assert_eq(viewer.n_done, 1);
	streams_flush(&streams);
	cr_assert_null(fakes[1].source);
	cr_assert(list_is_empty(&streams.registry.removed));
	emit(0, "2", 0);
	cr_assert_gt(root.got.n, 0);
	cr_assert_eq(streams_add(&streams, &added, &again), 0);
}

Test(streams_change, removed_stream_stays_until_its_last_viewer_has_the_end)
{
	struct stream *stream;

	start_streams(one, 1);
	cr_assert_eq(streams_add(&streams, &added, &stream), 0);
	cr_assert_eq(subscribe(&viewer, "new", NULL), 0);
	streams_flush(&streams);
	viewer.room = 0;
	streams_remove(&streams, stream);
	for (unsigned i = 0; i < 3; i++)
		streams_flush(&streams);
	cr_assert_not(list_is_empty(&streams.registry.removed));
	cr_assert_eq(viewer.n_done, 0);
	viewer.room = 1000;
	viewer.got.n = 0;
	fan_out_writable(&viewer.subscriber);
	streams_flush(&streams);
	check_got(
	    &viewer, LITERAL("id: pipecast-end\nevent: end\ndata: {}\n\n"));
	streams_flush(&streams);
	cr_assert(list_is_empty(&streams.registry.removed));
}

Test(streams_change, stream_stays_while_something_refers_to_it)
{
	struct event event = EVENT_NONE;
	struct stream *stream;

	start_streams(one, 1);
	cr_assert_eq(streams_add(&streams, &added, &stream), 0);
	stream_ref(stream);
	streams_remove(&streams, stream);
	streams_flush(&streams);
	streams_flush(&streams);
	cr_assert_eq(stream->n_references, 1);
	event.data = LITERAL("to nobody");
	stream_publish(stream, &event, ABSENT, NULL);
	stream_unref(stream);
	cr_assert_not(list_is_empty(&streams.registry.removed));
	streams_flush(&streams);
	cr_assert(list_is_empty(&streams.registry.removed));
}

Test(streams_change, source_that_does_not_start_leaves_no_stream)
{
	struct stream *stream;

	start_streams(one, 1);
	fake_error = -EACCES;
	cr_assert_lt(streams_add(&streams, &added, &stream), 0);
	cr_assert_null(registry_find(&streams.registry, LITERAL("new")));
	streams_flush(&streams);
	cr_assert(list_is_empty(&streams.registry.removed));
	fake_error = 0;
	cr_assert_eq(streams_add(&streams, &added, &stream), 0);
}
