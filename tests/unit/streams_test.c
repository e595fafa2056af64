/* SPDX-License-Identifier: MIT */

/* Streams that are found, made, ended, and run, with fake sources. */

#include "program_viewer.h"

PROGRAM_SUITE(streams);

static const char *const one[] = {NULL};
static const char *const two[] = {"a", "b"};
static struct viewer viewer, root, a, b;

/* Appends the block of an event with an id of the stream's own. */
static void
add_block(struct bytes *bytes, const char *name, uint64_t seq, const char *type,
    const char *data)
{
	char id[EVENT_ID_SIZE];

	sink_text(bytes_sink(bytes), "id: ");
	sink_span(bytes_sink(bytes), id_in(name, seq, id));
	if (type)
		sink_text(bytes_sink(bytes), "\nevent: ");
	sink_text(bytes_sink(bytes), type ? type : "");
	sink_text(bytes_sink(bytes), "\ndata: ");
	sink_text(bytes_sink(bytes), data);
	sink_text(bytes_sink(bytes), "\n\n");
}

/* Finding. */

Test(streams, root_stream_is_found_like_any_other)
{
	init_streams(two, 2);
	cr_assert_not_null(registry_find(&streams.registry, ABSENT));
	cr_assert_eq(registry_find(&streams.registry, ABSENT),
	    registry_find(&streams.registry, LITERAL("")));
	cr_assert_neq(registry_find(&streams.registry, LITERAL("a")),
	    registry_find(&streams.registry, LITERAL("b")));
	cr_assert_null(registry_find(&streams.registry, LITERAL("c")));
	cr_assert_null(registry_find(&streams.registry, LITERAL("aa")));
	cr_assert_null(registry_find(&streams.registry, LITERAL("a\0")));
}

Test(streams, registry_says_what_there_is)
{
	start_streams(two, 2);
	cr_assert_eq(registry_look_up(&streams.registry, LITERAL("a")),
	    POLICY_STREAM_RUNNING);
	cr_assert_eq(
	    registry_look_up(&streams.registry, ABSENT), POLICY_STREAM_RUNNING);
	cr_assert_eq(registry_look_up(&streams.registry, LITERAL("c")),
	    POLICY_STREAM_UNKNOWN);
	source_end(fakes[0].source);
	cr_assert_eq(registry_look_up(&streams.registry, LITERAL("a")),
	    POLICY_STREAM_ENDED);
	cr_assert_eq(
	    registry_look_up(&streams.registry, ABSENT), POLICY_STREAM_RUNNING);
	cr_assert_not(streams_have_ended(&streams));
	source_end(fakes[1].source);
	cr_assert_eq(
	    registry_look_up(&streams.registry, ABSENT), POLICY_STREAM_ENDED);
	cr_assert(streams_have_ended(&streams));
	cr_assert_eq(n_changes, 2);
}

static void
put_name(void *to, struct span name)
{
	sink_span(bytes_sink(to), name);
	sink_text(bytes_sink(to), ";");
}

Test(streams, names_are_listed_but_the_root_stream_has_none)
{
	struct bytes names = {0};

	init_streams(two, 2);
	registry_list_names(&streams.registry, put_name, &names);
	assert_span(bytes_span(&names), LITERAL("a;b;"));
	bytes_free(&names);
}

/* Events. */

Test(streams, event_goes_to_the_root_stream_and_its_own)
{
	struct bytes wanted = {0};

	start_streams(two, 2);
	cr_assert_eq(subscribe(&root, "", NULL), 0);
	cr_assert_eq(subscribe(&a, "a", NULL), 0);
	cr_assert_eq(subscribe(&b, "b", NULL), 0);
	cr_assert(fake_emit(&fakes[0], "1", 0));
	streams_flush(&streams);
	sink_text(bytes_sink(&wanted), FIRST_BLOCK);
	add_block(&wanted, "", 1, "a", "1");
	check_got(&root, bytes_span(&wanted));
	wanted.n = strlen(FIRST_BLOCK);
	add_block(&wanted, "a", 1, "a", "1");
	check_got(&a, bytes_span(&wanted));
	check_got(&b, LITERAL(FIRST_BLOCK));
	bytes_free(&wanted);
}

Test(streams, place_is_the_id_where_it_is_of_the_only_source)
{
	struct bytes wanted = {0};

	start_streams(two, 2);
	cr_assert_eq(subscribe(&root, "", NULL), 0);
	cr_assert_eq(subscribe(&a, "a", NULL), 0);
	emit(0, "1", 7);
	check_got(&a, LITERAL(FIRST_BLOCK "id: p-7\nevent: a\ndata: 1\n\n"));
	sink_text(bytes_sink(&wanted), FIRST_BLOCK);
	add_block(&wanted, "", 1, "a", "1");
	check_got(&root, bytes_span(&wanted));
	bytes_free(&wanted);
}

Test(streams, loss_and_end_reach_both_streams)
{
	struct span wanted = LITERAL(FIRST_BLOCK
	    "event: gap\ndata: {\"last_event_id\":\"\",\"missed\":1}\n\n");
	struct span end = LITERAL(
	    "id: pipecast-end\nevent: end\ndata: {\"exit_status\":3}\n\n");

	start_streams(two, 1);
	cr_assert_eq(subscribe(&root, "", NULL), 0);
	cr_assert_eq(subscribe(&a, "a", NULL), 0);
	fakes[0].source->listener.on_loss(fakes[0].source->listener.ctx, 1);
	streams_flush(&streams);
	check_got(&root, wanted);
	check_got(&a, wanted);
	fakes[0].source->ending.exit_status = 3;
	source_end(fakes[0].source);
	streams_flush(&streams);
	check_got(&root, end);
	check_got(&a, end);
	cr_assert_eq(root.n_done + a.n_done, 2);
}

/* Of several commands the first that failed, or else the last. */
Test(streams, end_reports_the_command_that_failed)
{
	static const char *const three[] = {NULL, NULL, NULL};
	static const int statuses[] = {0, 4, 5};

	start_streams(three, 3);
	cr_assert_eq(subscribe(&viewer, "", NULL), 0);
	for (size_t i = 0; i < 3; i++) {
		streams_flush(&streams);
		check_got(&viewer, i == 0 ? LITERAL(FIRST_BLOCK) : LITERAL(""));
		fakes[i].source->ending.exit_status = statuses[i];
		source_end(fakes[i].source);
	}
	check_sent(&viewer,
	    "id: pipecast-end\nevent: end\n"
	    "data: {\"exit_status\":4}\n\n");
}

/* Publishing. */

static struct {
	int error;
	char id[EVENT_ID_SIZE];
	unsigned n;
} answer;

static void
on_published(void *ctx, int error, struct span id)
{
	cr_assert_eq(ctx, &answer);
	answer.n++;
	answer.error = error;
	cr_assert_lt(id.n, sizeof(answer.id));
	memset(answer.id, 0, sizeof(answer.id));
	if (id.n > 0)
		memcpy(answer.id, id.bytes, id.n);
}

Test(streams, publisher_is_told_the_id_of_its_event)
{
	const struct stream_publisher publisher = {on_published, &answer};
	struct event event = EVENT_NONE;
	struct stream *stream;
	char id[EVENT_ID_SIZE];

	start_streams(one, 1);
	stream = registry_find(&streams.registry, ABSENT);
	event.data = LITERAL("1");
	stream_publish(stream, &event, ABSENT, &publisher);
	cr_assert_eq(answer.n, 1);
	cr_assert_eq(answer.error, 0);
	assert_span(span_of(answer.id), id_in("", 1, id));
	stream_publish(stream, &event, LITERAL("p-5"), &publisher);
	assert_span(span_of(answer.id), LITERAL("p-5"));
	event.id = LITERAL("mine");
	stream_publish(stream, &event, LITERAL("p-6"), &publisher);
	assert_span(span_of(answer.id), LITERAL("mine"));
	event = EVENT_NONE;
	event.comment = LITERAL("no event");
	stream_publish(stream, &event, ABSENT, &publisher);
	assert_span(span_of(answer.id), LITERAL(""));
	cr_assert_eq(answer.n, 4);
}

/* Waiting for room. */

static void
fill(struct fake *fake)
{
	for (unsigned i = 0; i < 100 && !fake->source->paused; i++)
		fake_emit(fake, "some data of an event", 0);
	cr_assert(fake->source->paused);
}

Test(streams, source_waits_until_each_of_its_streams_has_room)
{
	start_streams(two, 1);
	cr_assert_eq(subscribe(&root, "", NULL), 0);
	cr_assert_eq(subscribe(&a, "a", NULL), 0);
	streams_flush(&streams);
	root.room = a.room = 0;
	fill(&fakes[0]);
	streams_flush(&streams);
	cr_assert_eq(fakes[0].n_resumes, 0);
	root.room = 1000000;
	fan_out_writable(&root.subscriber);
	streams_flush(&streams);
	cr_assert_eq(fakes[0].n_resumes, 0);
	a.room = 1000000;
	fan_out_writable(&a.subscriber);
	streams_flush(&streams);
	cr_assert_eq(fakes[0].n_resumes, 1);
	streams_flush(&streams);
	cr_assert_eq(fakes[0].n_resumes, 1);
}

Test(streams, source_goes_on_when_the_viewer_that_held_it_up_leaves)
{
	start_streams(one, 1);
	cr_assert_eq(subscribe(&viewer, "", NULL), 0);
	streams_flush(&streams);
	viewer.room = 0;
	fill(&fakes[0]);
	streams_flush(&streams);
	cr_assert_eq(fakes[0].n_resumes, 0);
	fan_out_detach(&viewer.subscriber);
	streams_flush(&streams);
	cr_assert_eq(fakes[0].n_resumes, 1);
}

/* One viewer. */

static struct fan_out *
start_for_one(
    const char *name, const char *last_event_id, struct channel_resume *resume)
{
	struct source_context context = {.loop = loop, .history = 300};
	struct request request = {
	    .name = *name ? span_of(name) : ABSENT,
	    .last_event_id = span_of(last_event_id),
	};

	return streams_start_for_one(
	    &streams, &context, &request, NULL, resume);
}

Test(streams, for_one_viewer_only_the_sources_of_its_stream_run)
{
	struct channel_resume resume;
	struct fan_out *fan_out;

	init_streams(two, 2);
	fan_out = start_for_one("b", NULL, &resume);
	cr_assert_eq(
	    fan_out, registry_find(&streams.registry, LITERAL("b"))->fan_out);
	cr_assert_eq(n_fakes, 1);
	assert_span(fakes[0].source->spec->name, LITERAL("b"));
	cr_assert_null(registry_find(&streams.registry, ABSENT)->fan_out);
	streams_flush(&streams);
}

Test(streams, one_viewer_of_one_source_resumes_in_it)
{
	struct channel_resume resume;

	init_streams(two, 2);
	oldest_place = 5;
	cr_assert_not_null(start_for_one("b", "p-6", &resume));
	assert_span(fakes[0].last_event_id, LITERAL("p-6"));
	assert_span(resume.last_event_id, ABSENT);
	cr_assert_eq(resume.replay, UINT64_MAX);
}

Test(streams, one_viewer_of_several_sources_resumes_in_none)
{
	struct channel_resume resume;

	init_streams(two, 2);
	cr_assert_not_null(start_for_one("", "p-6", &resume));
	cr_assert_eq(n_fakes, 2);
	assert_span(fakes[0].last_event_id, ABSENT);
	assert_span(fakes[1].last_event_id, ABSENT);
	assert_span(resume.last_event_id, LITERAL("p-6"));
}

/* Stopping. */

Test(streams, are_stopped_once_every_source_is)
{
	start_streams(two, 2);
	cr_assert_eq(subscribe(&viewer, "", NULL), 0);
	streams_flush(&streams);
	fakes_stop_later = true;
	streams_stop(&streams);
	streams_stop(&streams);
	cr_assert(fakes[0].is_stopping && fakes[1].is_stopping);
	/* what it still reads counts no more */
	viewer.got.n = 0;
	cr_assert_not(fake_emit(&fakes[0], "1", 0));
	check_sent(&viewer, "");
	source_stopped(fakes[0].source);
	cr_assert_not(streams_are_stopped(&streams));
	source_stopped(fakes[1].source);
	cr_assert(streams_are_stopped(&streams));
	cr_assert_eq(n_changes, 2);
}

Test(streams, drained_viewers_are_sent_away_with_a_reconnection_time)
{
	start_streams(two, 1);
	cr_assert_eq(subscribe(&viewer, "a", NULL), 0);
	streams_flush(&streams);
	viewer.got.n = 0;
	streams_drain(&streams);
	streams_flush(&streams);
	cr_assert_eq(viewer.n_done, 1);
	cr_assert_eq(memcmp(viewer.got.at, "retry: ", 7), 0);
}

Test(streams, identities_have_a_constant_length_and_differ)
{
	const char *of_a, *of_b;

	start_streams(two, 2);
	of_a = registry_find(&streams.registry, LITERAL("a"))->identity;
	of_b = registry_find(&streams.registry, LITERAL("b"))->identity;
	cr_assert_eq(strlen(of_a), STREAM_IDENTITY_SIZE - 1);
	cr_assert_str_neq(of_a, of_b);
}
