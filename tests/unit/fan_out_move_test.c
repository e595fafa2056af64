/* SPDX-License-Identifier: MIT */

/*
 * Viewers who go on in another stream.  The viewer's own stream keeps no past;
 * the engine's model knows when a viewer has not been sent everything.
 */

#include "fan_out_fixture.h"

static struct stream *own;

static void
finish(void)
{
	fan_out_finish();
	stream_destroy(own);
	own = NULL;
}

/* The viewer has got its first block from a stream of its own. */
static void
begin_with(const struct stream_config *config)
{
	struct stream_config forgetful = *config;

	forgetful.channel.forget = true;
	finish();
	own = stream_create(&forgetful);
	stream = stream_create(config);
	attach(own, &viewer);
	fan_out_flush(own->fan_out, 0);
	check_got(&viewer, LITERAL(FIRST_BLOCK));
}

static void
begin(void)
{
	begin_with(&usual);
}

TestSuite(move, .init = begin, .fini = finish);
TestSuite(transfer, .init = begin, .fini = finish);

static bool
moves(const char *id)
{
	return fan_out_move(&viewer.subscriber, stream->fan_out, span_of(id));
}

Test(move, goes_on_right_after_the_event)
{
	publish_with_id(stream, "a", "1");
	publish_with_id(stream, "b", "2");
	publish_with_id(own, "a", "1");
	cr_assert_not(moves("a")); /* it has not got that yet */
	fan_out_flush(own->fan_out, 0);
	check_got(&viewer, LITERAL(OWN("a", "1")));
	cr_assert(moves("a"));
	cr_assert_eq(viewer.subscriber.fan_out, stream->fan_out);
	cr_assert_eq(fan_out_n_subscribers(own->fan_out), 0);
	cr_assert_eq(fan_out_n_subscribers(stream->fan_out), 1);
	stream_destroy(own);
	own = NULL;
	check_flush(0, 15000);
	check_got(&viewer, LITERAL(OWN("b", "2")));
	publish_with_id(stream, "c", "3");
	check_sent(&viewer, OWN("c", "3"));
}

Test(move, waits_until_a_loss_was_told_of)
{
	publish_with_id(stream, "a", "1");
	channel_lose(own->channel, 1);
	cr_assert_not(moves("a"));
	fan_out_flush(own->fan_out, 0);
	cr_assert(moves("a"));
}

/* Ill-formed or not, as it comes from a source. */
Test(move, goes_by_ids_of_ours_and_of_files_too)
{
	static const char *const ids[][2] = {
	    {"s-id-2", NULL},
	    {"f-1-2-3", "f-1-2-3"},
	    {"\xc3\xa4\xef\xbf\xbd", "\xc3\xa4\xff"},
	};

	for (size_t i = 0; i < LENGTH(ids); i++) {
		begin();
		publish_data(stream, "1");
		if (ids[i][1])
			publish_with_id(stream, ids[i][1], "2");
		else
			publish_data(stream, "2");
		publish_data(stream, "3");
		cr_assert(moves(ids[i][0]), "%s", ids[i][0]);
		check_sent(&viewer, EVENT(3, "3"));
	}
}

Test(move, needs_the_event_and_only_one_of_that_id)
{
	static const char *const ids[] = {NULL, "", "x", "evicted", "s-id-1",
	    "s-id-99", "s-other-3", "twice"};
	struct stream_config config = usual;

	config.channel.history = 70;
	begin_with(&config);
	publish_data(stream, "1");
	publish_with_id(stream, "evicted", "2");
	publish_with_id(stream, "twice", "3");
	publish_with_id(stream, "once", "4");
	publish_with_id(stream, "twice", "5");
	for (size_t i = 0; i < LENGTH(ids); i++) {
		cr_assert_not(moves(ids[i]));
		cr_assert_eq(viewer.subscriber.fan_out, own->fan_out);
	}
	cr_assert(moves("once"));
}

Test(move, of_a_viewer_who_left_is_refused)
{
	publish_with_id(stream, "a", "1");
	fan_out_detach(&viewer.subscriber);
	cr_assert_not(moves("a"));
	cr_assert_eq(fan_out_n_subscribers(stream->fan_out), 0);
}

Test(move, to_the_end_needs_no_event)
{
	publish_with_id(stream, "a", "1");
	channel_lose(own->channel, 1);
	cr_assert_not(fan_out_move_to_end(&viewer.subscriber, stream->fan_out));
	fan_out_flush(own->fan_out, 0);
	viewer.got.n = 0;
	cr_assert(fan_out_move_to_end(&viewer.subscriber, stream->fan_out));
	check_sent(&viewer, "");
	publish_with_id(stream, "b", "2");
	check_sent(&viewer, OWN("b", "2"));
}

/* Viewers who begin in another stream. */

static bool
is_transferred(struct channel_resume resume)
{
	return fan_out_transfer(&viewer.subscriber, stream->fan_out, &resume);
}

Test(transfer, begins_as_a_viewer_does_who_has_its_first_block)
{
	static const struct {
		struct channel_resume resume;
		const char *wanted;
	} cases[] = {
	    {{.replay = 0}, ""},
	    {{.replay = 1, .latest = LITERAL("data: latest\n\n")},
		"data: latest\n\n" OWN("b", "2")},
	    {{.last_event_id = LITERAL("a")}, OWN("b", "2")},
	    {{.last_event_id = LITERAL("x")},
		GAP("x", null) OWN("a", "1") OWN("b", "2")},
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		begin();
		publish_with_id(stream, "a", "1");
		publish_with_id(stream, "b", "2");
		cr_assert(is_transferred(cases[i].resume));
		cr_assert_eq(fan_out_n_subscribers(own->fan_out), 0);
		cr_assert(
		    viewer.subscriber.note_n > 0 || !viewer.subscriber.note);
		check_sent(&viewer, cases[i].wanted);
		publish_with_id(stream, "c", "3");
		check_sent(&viewer, OWN("c", "3"));
	}
}

Test(transfer, waits_until_everything_was_sent)
{
	publish_with_id(own, "its", "own");
	cr_assert_not(is_transferred((struct channel_resume){.replay = 1}));
	fan_out_flush(own->fan_out, 0);
	check_got(&viewer, LITERAL(OWN("its", "own")));
	cr_assert(is_transferred((struct channel_resume){.replay = 1}));
}
