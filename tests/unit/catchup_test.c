/* SPDX-License-Identifier: MIT */

/* Viewers that resume at a place that is no longer in memory. */

#include "program_viewer.h"

PROGRAM_SUITE(catchup);

static const char *const one[] = {"a"};
static struct viewer viewer;

/* A stream whose ring has only its last events; each is at its own place. */
static void
start(unsigned long n_events)
{
	start_streams(one, 1);
	oldest_place = 1;
	for (unsigned long place = 1; place <= n_events; place++) {
		fake_emit(&fakes[0], "some data of an event", place);
		streams_flush(&streams);
	}
}

static struct span
block(unsigned long place)
{
	static char text[80];

	snprintf(text, sizeof(text),
	    "id: p-%lu\nevent: a\ndata: some data of an event\n\n", place);
	return span_of(text);
}

/* The viewer has got the first block and all events from one to another. */
static void
check_events(
    struct viewer *to_viewer, bool begins, unsigned long from, unsigned long to)
{
	struct bytes wanted = {0};

	sink_text(bytes_sink(&wanted), begins ? FIRST_BLOCK : "");
	for (unsigned long place = from; place <= to; place++)
		sink_span(bytes_sink(&wanted), block(place));
	check_got(to_viewer, bytes_span(&wanted));
	bytes_free(&wanted);
}

Test(catchup, viewer_reads_the_source_until_it_reaches_the_others)
{
	start(20);
	cr_assert_eq(subscribe(&viewer, "a", "p-2"), 0);
	cr_assert_eq(n_fakes, 2);
	assert_span(fakes[1].last_event_id, LITERAL("p-2"));
	for (unsigned long place = 3; place <= 14; place++) {
		cr_assert_not_null(fakes[1].source);
		fake_emit(&fakes[1], "some data of an event", place);
		streams_flush(&streams);
	}
	/* the ring has the last five: from there on the others serve it */
	for (unsigned long place = 15; place <= 20 && fakes[1].source;
	     place++) {
		fake_emit(&fakes[1], "some data of an event", place);
		streams_flush(&streams);
	}
	cr_assert_null(fakes[1].source);
	streams_flush(&streams);
	check_events(&viewer, true, 3, 20);
	emit(0, "some data of an event", 21);
	check_events(&viewer, false, 21, 21);
	cr_assert_eq(streams.catchups.n, 0);
}

Test(catchup, viewer_that_is_ahead_joins_when_the_others_have_its_event)
{
	start(20);
	cr_assert_eq(subscribe(&viewer, "a", "p-2"), 0);
	for (unsigned long place = 3; place <= 14; place++)
		fake_emit(&fakes[1], "some data of an event", place);
	for (unsigned long place = 15; place <= 21; place++) {
		fake_emit(&fakes[1], "some data of an event", place);
		if (place < 21)
			fakes[1].source->paused = false;
	}
	streams_flush(&streams);
	cr_assert_not_null(fakes[1].source);
	emit(0, "some data of an event", 21);
	cr_assert_null(fakes[1].source);
	emit(0, "some data of an event", 22);
	streams_flush(&streams);
	check_events(&viewer, true, 3, 22);
}

Test(catchup, is_for_places_that_are_not_in_memory)
{
	static struct viewer recent, new, other;

	start(20);
	cr_assert_eq(subscribe(&recent, "a", "p-19"), 0);
	cr_assert_eq(subscribe(&new, "a", NULL), 0);
	cr_assert_eq(subscribe(&other, "a", "no place"), 0);
	cr_assert_eq(n_fakes, 1);
	streams_flush(&streams);
	check_events(&recent, true, 20, 20);
	check_got(&new, LITERAL(FIRST_BLOCK));
}

Test(catchup, place_that_the_source_has_lost_is_a_gap)
{
	struct span gap = LITERAL(FIRST_BLOCK
	    "event: gap\ndata: {\"last_event_id\":\"p-2\",\"missed\":null}\n\n");
	start(20);
	oldest_place = 10;
	cr_assert_eq(subscribe(&viewer, "a", "p-2"), 0);
	cr_assert_eq(n_fakes, 1);
	streams_flush(&streams);
	cr_assert_gt(viewer.got.n, gap.n);
	viewer.got.n = gap.n;
	check_got(&viewer, gap);
}

Test(catchup, viewers_of_one_place_share_a_source_until_that_has_begun)
{
	static struct viewer second, late;

	start(20);
	cr_assert_eq(subscribe(&viewer, "a", "p-13"), 0);
	streams_flush(&streams);
	cr_assert_eq(subscribe(&second, "a", "p-13"), 0);
	cr_assert_eq(n_fakes, 2);
	fake_emit(&fakes[1], "some data of an event", 14);
	cr_assert_eq(subscribe(&late, "a", "p-13"), 0);
	cr_assert_eq(n_fakes, 3);
	for (unsigned long place = 15; place <= 20 && fakes[1].source;
	     place++) {
		streams_flush(&streams);
		if (fakes[1].source)
			fake_emit(&fakes[1], "some data of an event", place);
	}
	streams_flush(&streams);
	cr_assert_null(fakes[1].source);
	check_events(&viewer, true, 14, 20);
	check_events(&second, true, 14, 20);
	cr_assert_eq(streams.catchups.n, 1);
}

Test(catchup, is_not_for_a_stream_of_several_sources)
{
	static const char *const two[] = {"a", "b"};
	static struct viewer of_all, of_one;

	start_streams(two, 2);
	oldest_place = 1;
	cr_assert_eq(subscribe(&of_all, "", "p-2"), 0);
	cr_assert_eq(n_fakes, 2);
	cr_assert_eq(subscribe(&of_one, "b", "p-2"), 0);
	cr_assert_eq(n_fakes, 3);
}

Test(catchup, too_many_at_a_time_are_asked_to_come_back)
{
	static struct viewer many[CATCHUPS_MAX], late;

	char place[16];

	start(CATCHUPS_MAX + 20);
	fakes_forget = true;
	for (size_t i = 0; i < CATCHUPS_MAX; i++) {
		snprintf(place, sizeof(place), "p-%zu", i + 3);
		cr_assert_eq(subscribe(&many[i], "a", place), 0);
	}
	cr_assert_eq(subscribe(&late, "a", "p-2"), -EBUSY);
	fan_out_detach(&many[7].subscriber);
	streams_flush(&streams);
	cr_assert_eq(subscribe(&late, "a", "p-2"), 0);
}

Test(catchup, ends_when_its_viewer_leaves)
{
	start(20);
	cr_assert_eq(subscribe(&viewer, "a", "p-2"), 0);
	streams_flush(&streams);
	fan_out_detach(&viewer.subscriber);
	cr_assert_not_null(fakes[1].source);
	streams_flush(&streams);
	cr_assert_null(fakes[1].source);
	cr_assert_eq(streams.catchups.n, 0);
}

Test(catchup, slow_viewer_holds_up_its_own_source_alone)
{
	static char data[40000];
	memset(data, 'x', sizeof(data) - 1);
	start(20);
	cr_assert_eq(subscribe(&viewer, "a", "p-2"), 0);
	streams_flush(&streams);
	viewer.room = 0;
	cr_assert(fake_emit(&fakes[1], data, 3));
	streams_flush(&streams);
	cr_assert_not(fake_emit(&fakes[1], data, 4));
	streams_flush(&streams);
	cr_assert_eq(fakes[1].n_resumes, 0);
	cr_assert(
	    stream_has_room(registry_find(&streams.registry, LITERAL("a"))));
	viewer.room = 1000000;
	fan_out_writable(&viewer.subscriber);
	streams_flush(&streams);
	cr_assert_eq(fakes[1].n_resumes, 1);
}

/* Or a viewer would resume at another event of the stream by such an id. */
Test(catchup, event_without_a_place_gets_an_id_that_the_stream_does_not_know)
{
	struct stream *stream;
	char *id;

	start(20);
	cr_assert_eq(subscribe(&viewer, "a", "p-2"), 0);
	emit(1, "nowhere", 0);
	bytes_put(&viewer.got, "", 1);
	id = strstr(viewer.got.at, "id: ") + strlen("id: ");
	id[strcspn(id, "\n")] = '\0';
	stream = registry_find(&streams.registry, LITERAL("a"));
	cr_assert_not(
	    channel_can_resume(stream->channel, span_of(id)), "%s", id);
}

Test(catchup, loss_is_told_before_the_viewer_joins)
{
	start(20);
	cr_assert_eq(subscribe(&viewer, "a", "p-2"), 0);
	fake_emit(&fakes[1], "some data of an event", 19);
	fakes[1].source->listener.on_loss(fakes[1].source->listener.ctx, 1);
	streams_flush(&streams);
	cr_assert_not_null(fakes[1].source);
	bytes_put(&viewer.got, "", 1);
	cr_assert_not_null(strstr(viewer.got.at, "event: gap"));
}

Test(catchup, end_of_its_source_sends_the_viewer_away_to_come_back)
{
	start(20);
	cr_assert_eq(subscribe(&viewer, "a", "p-2"), 0);
	fake_emit(&fakes[1], "some data of an event", 3);
	source_end(fakes[1].source);
	streams_flush(&streams);
	cr_assert_eq(viewer.n_done, 1);
	cr_assert_eq(viewer.done_error, 0);
	bytes_put(&viewer.got, "", 1);
	cr_assert_not_null(strstr(viewer.got.at, "event\n\nretry: "));
	streams_flush(&streams);
	cr_assert_null(fakes[1].source);
}

Test(catchup, is_drained_with_the_streams)
{
	start(20);
	cr_assert_eq(subscribe(&viewer, "a", "p-2"), 0);
	streams_drain(&streams);
	streams_flush(&streams);
	cr_assert_eq(viewer.n_done, 1);
}
