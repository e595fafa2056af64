/* SPDX-License-Identifier: MIT */

/* Bodies that are published, in a stream of what is posted to it. */

#include "program/post.h"

#include "program_viewer.h"

static const char *const one[] = {NULL};

enum { MAX_EVENT = 100 };

static const struct policy policy = {
    .own_types = {"gap", "end"}, .max_event = MAX_EVENT};

static struct posts posts;
static unsigned n_told_of_change;

static void
start(void)
{
	kind_of_sources = &source_memory;
	start_streams(one, 1);
	posts_init(&posts, loop, &streams, &policy, 15000);
}

static void
end(void)
{
	cr_assert_eq(posts.held, 0);
	end_streams();
}

static void
on_change(void *ctx)
{
	cr_assert_null(ctx);
	n_told_of_change++;
}

/* An upload of many events in that format, or of one (NULL). */
static struct upload *
open_upload(const char *format, const char *type)
{
	const struct request request = {.method = LITERAL("POST")};
	const struct answer decided = {
	    .kind = ANSWER_POST,
	    .format = format,
	    .event_type = span_of(type),
	};
	struct upload *upload = posts_open(&posts, &request, &decided);

	cr_assert_not_null(upload);
	upload->on_change = on_change;
	return upload;
}

/* Takes a copy, as from a gateway's buffer.  Returns how much. */
static size_t
take(struct upload *upload, struct span piece)
{
	char *copy = copy_of(piece);
	size_t used = upload->kind->take(upload, copy, piece.n);

	cr_assert_leq(used, piece.n);
	cr_assert(used == piece.n || upload->is_full);
	free(copy);
	return used;
}

static void
assert_answer(struct upload *upload, int status, const char *text)
{
	cr_assert(upload->is_answered);
	cr_assert_eq(upload->answer.status, status, "%d: %s",
	    upload->answer.status, upload->answer.text);
	cr_assert_str_eq(upload->answer.text, text);
	upload->kind->close(upload);
}

/* Published in the only stream, the answer is 200 with that id and so many. */
static void
assert_published(struct upload *upload, uint64_t last, const char *more)
{
	char text[EVENT_ID_SIZE + 40], id[EVENT_ID_SIZE];
	struct span span = id_in("", last, id);

	snprintf(text, sizeof(text), "{\"id\":\"%.*s\"%s}\n", (int)span.n,
	    span.bytes, more);
	cr_assert_eq(upload->answer.kind, ANSWER_POST);
	assert_answer(upload, 200, text);
}

static struct viewer viewer;

static void
watch(void)
{
	subscribe(&viewer, "", NULL);
	streams_flush(&streams);
	check_got(&viewer, LITERAL(FIRST_BLOCK));
}

/* What the viewer got, without its ids. */
static void
assert_seen(const char *wanted)
{
	struct bytes without = {0};
	char *got, *at, *line;

	streams_flush(&streams);
	bytes_put(&viewer.got, "", 1);
	at = got = viewer.got.at;
	while ((line = strsep(&at, "\n")) && at)
		if (strncmp(line, "id: s-", 6) != 0) {
			sink_text(bytes_sink(&without), line);
			sink_text(bytes_sink(&without), "\n");
		}
	assert_span(bytes_span(&without), span_of(wanted));
	bytes_free(&without);
	viewer.got.n = 0;
}

/* One event. */

Test(post, body_is_the_data_of_an_event)
{
	static const char text[] = "hello\nworld";

	start();
	watch();
	for (size_t cut = 0; cut < sizeof(text); cut++) {
		struct upload *upload = open_upload(NULL, "greeting");

		take(upload, (struct span){text, cut});
		take(upload, (struct span){text + cut, sizeof(text) - 1 - cut});
		cr_assert_not(upload->is_answered);
		upload->kind->finish(upload);
		assert_published(upload, cut + 1, "");
		assert_seen("event: greeting\ndata: hello\ndata: world\n\n");
	}
	cr_assert_eq(n_told_of_change, 0);
	viewer_fini(&viewer);
	end();
}

static void
check_one(struct span body, const char *seen)
{
	struct upload *upload = open_upload(NULL, NULL);

	take(upload, body);
	upload->kind->finish(upload);
	cr_assert_eq(upload->answer.status, 200);
	upload->kind->close(upload);
	assert_seen(seen);
}

Test(post, one_line_end_at_the_end_is_dropped)
{
	start();
	watch();
	check_one(LITERAL("a\n"), "data: a\n\n");
	check_one(LITERAL("a\r\n"), "data: a\n\n");
	check_one(LITERAL("a\n\n"), "data: a\ndata:\n\n");
	check_one(LITERAL("\n"), "data:\n\n");
	check_one(LITERAL(""), "data:\n\n");
	viewer_fini(&viewer);
	end();
}

Test(post, binary_becomes_text)
{
	start();
	watch();
	check_one(LITERAL("\xff\xfe:\rdata"),
	    "data: \xef\xbf\xbd\xef\xbf\xbd:\n"
	    "data: data\n\n");
	viewer_fini(&viewer);
	end();
}

static int
status_of_length(size_t n, const char *behind)
{
	struct upload *upload = open_upload(NULL, NULL);
	char body[2 * MAX_EVENT];
	int status;

	memset(body, 'x', sizeof(body));
	take(upload, (struct span){body, n});
	take(upload, span_of(behind));
	if (!upload->is_answered)
		upload->kind->finish(upload);
	status = upload->answer.status;
	upload->kind->close(upload);
	return status;
}

Test(post, body_is_as_long_as_an_event_may_be)
{
	start();
	cr_assert_eq(status_of_length(MAX_EVENT, ""), 200);
	cr_assert_eq(status_of_length(MAX_EVENT, "\n"), 200);
	cr_assert_eq(status_of_length(MAX_EVENT, "\r\n"), 200);
	cr_assert_eq(status_of_length(MAX_EVENT, "\n\n"), 413);
	cr_assert_eq(status_of_length(MAX_EVENT + 1, ""), 413);
	cr_assert_eq(status_of_length(2 * MAX_EVENT, ""), 413);
	end();
}

Test(post, body_that_is_too_long_is_told_the_limit)
{
	struct upload *upload;
	char body[MAX_EVENT + 3] = "";

	start();
	upload = open_upload(NULL, NULL);
	take(upload, (struct span){body, sizeof(body)});
	/* the rest is dropped */
	take(upload, (struct span){body, sizeof(body)});
	assert_answer(upload, 413,
	    "An event has at most 100 bytes of data here (--max-event).\n");
	end();
}

Test(post, body_that_breaks_off_is_no_event)
{
	struct upload *upload;

	start();
	watch();
	upload = open_upload(NULL, NULL);
	take(upload, LITERAL("hel"));
	upload->kind->close(upload);
	assert_seen("");
	viewer_fini(&viewer);
	end();
}

/* Many events. */

Test(post, events_are_published_as_they_arrive)
{
	struct upload *upload;

	start();
	watch();
	upload = open_upload("lines", NULL);
	take(upload, LITERAL("one\ntw"));
	assert_seen("data: one\n\n");
	take(upload, LITERAL("o\nthree"));
	assert_seen("data: two\n\n");
	upload->kind->finish(upload);
	assert_published(upload, 3, ",\"events\":3");
	assert_seen("data: three\n\n");
	viewer_fini(&viewer);
	end();
}

Test(post, no_events_are_published_well)
{
	struct upload *upload;

	start();
	upload = open_upload("lines", NULL);
	upload->kind->finish(upload);
	assert_answer(upload, 200, "{\"id\":null,\"events\":0}\n");
	end();
}

Test(post, many_that_break_off_are_those_that_were_whole)
{
	struct upload *upload;

	start();
	watch();
	upload = open_upload("lines", NULL);
	take(upload, LITERAL("one\ntw"));
	upload->kind->close(upload);
	assert_seen("data: one\n\n");
	viewer_fini(&viewer);
	end();
}

Test(post, visitor_chooses_data_and_type_alone)
{
	static const char text[] =
	    ":c\nid: s-mine-1\nretry: 1\nevent: t\n"
	    "data: a\n\nid: x\n\nretry: 9\n\ndata: b\n\n";

	start();
	watch();
	for (size_t cut = 0; cut < sizeof(text); cut++) {
		struct upload *upload = open_upload("sse", "default");

		take(upload, (struct span){text, cut});
		take(upload, (struct span){text + cut, sizeof(text) - 1 - cut});
		upload->kind->finish(upload);
		assert_published(upload, 2 * cut + 2, ",\"events\":2");
		assert_seen("event: t\ndata: a\n\n"
			    "event: default\ndata: b\n\n");
	}
	viewer_fini(&viewer);
	end();
}

static void
check_refused(const char *format, struct span body, int status,
    const char *text, const char *seen)
{
	for (size_t cut = 0; cut <= body.n; cut++) {
		struct upload *upload = open_upload(format, NULL);

		take(upload, (struct span){body.bytes, cut});
		take(upload, (struct span){body.bytes + cut, body.n - cut});
		if (!upload->is_answered)
			upload->kind->finish(upload);
		cr_assert_eq(upload->answer.kind, ANSWER_ERROR);
		assert_answer(upload, status, text);
		assert_seen(seen);
	}
}

Test(post, event_that_is_wrong_is_named_and_ends_it)
{
	start();
	watch();
	check_refused("json",
	    LITERAL("{\"data\":1}\n{\"data\":2}\n{]\n{\"data\":3}"), 400,
	    "Event 3, after 2 that were published: there is a line that is not "
	    "JSON; the json format expects a JSON object on each line; -f "
	    "lines sends lines as they are.\n",
	    "data: 1\n\ndata: 2\n\n");
	check_refused("json", LITERAL("{\"data\":1,\"event\":\"a\\nb\"}\n"),
	    400,
	    "Event 1, after 0 that were published: there is an event type with "
	    "CR, LF or NUL.\n",
	    "");
	check_refused("sse", LITERAL("data: a\n\ndata: b\n"), 400,
	    "Event 2, after 1 that was published: there is an event without an "
	    "empty line at its end; an empty line ends each event.\n",
	    "data: a\n\n");
	viewer_fini(&viewer);
	end();
}

Test(post, event_that_is_too_long_is_named_and_ends_it)
{
	char body[MAX_EVENT + 20];

	start();
	watch();
	memset(body, 'x', sizeof(body));
	memcpy(body, "a\n", 2);
	body[MAX_EVENT + 10] = '\n';
	check_refused("lines", (struct span){body, sizeof(body)}, 413,
	    "Event 2, after 1 that was published: An event has at most 100 "
	    "bytes of data here (--max-event).\n",
	    "data: a\n\n");
	viewer_fini(&viewer);
	end();
}

Test(post, type_of_pipecasts_own_is_refused)
{
	start();
	watch();
	check_refused("sse",
	    LITERAL("data: a\n\nevent: end\ndata: b\n\ndata: c\n\n"), 400,
	    "Event 2, after 1 that was published: Only pipecast itself sends "
	    "events of this type.\n",
	    "data: a\n\n");
	check_refused("json", LITERAL("{\"data\":1,\"event\":\"error\"}\n"),
	    400,
	    "Event 1, after 0 that were published: EventSource has events of "
	    "this type itself.\n",
	    "");
	viewer_fini(&viewer);
	end();
}

/* Whatever the pieces, and whatever is in them. */

static uint64_t seed = 20060901;

/* What comes of the body: the answer, without ids, and what a viewer gets. */
static void
publish_in_pieces(
    const char *format, struct span body, size_t longest, struct bytes *told)
{
	struct upload *upload = open_upload(format, NULL);
	char text[32];

	while (body.n > 0) {
		size_t n = 1 + random_to(&seed, longest - 1);

		n = n < body.n ? n : body.n;
		n = take(upload, (struct span){body.bytes, n});
		if (upload->is_full)
			streams_flush(&streams);
		body.bytes += n;
		body.n -= n;
	}
	if (!upload->is_answered)
		upload->kind->finish(upload);
	if (!upload->is_answered)
		streams_flush(&streams);
	cr_assert(upload->is_answered);
	snprintf(text, sizeof(text), "%d ", upload->answer.status);
	sink_text(bytes_sink(told), text);
	if (upload->answer.kind == ANSWER_ERROR)
		sink_text(bytes_sink(told), upload->answer.text);
	upload->kind->close(upload);
	streams_flush(&streams);
	for (char *at = viewer.got.at, *end = at + viewer.got.n; at < end;) {
		char *line_end = memchr(at, '\n', (size_t)(end - at));

		if (strncmp(at, "id: s-", 6) != 0)
			bytes_put(told, at, (size_t)(line_end + 1 - at));
		at = line_end + 1;
	}
	viewer.got.n = 0;
}

Test(post, becomes_the_same_whatever_the_pieces)
{
	static const char *const formats[] = {
	    NULL, "lines", "blocks", "nul", "sse", "json"};
	static const char *const words[] = {"\n", "\n\n", "\r\n", "\r", "a",
	    "data: b\n", "event: c\n", "event: end\n", "id: d\n", "retry: 1\n",
	    "{\"data\":1}\n", "{\"data\":\"x\",\"event\":\"gap\"}\n", "\xff",
	    ":", "0123456789012345678901234567890123456789"};

	start();
	watch();
	for (int round = 0; round < 600; round++) {
		const char *format =
		    formats[random_to(&seed, LENGTH(formats) - 1)];
		struct bytes body = {0}, whole = {0}, cut = {0};

		for (size_t n = random_to(&seed, 12); n > 0; n--)
			sink_text(bytes_sink(&body),
			    words[random_to(&seed, LENGTH(words) - 1)]);
		if (format && strcmp(format, "nul") == 0)
			bytes_put(&body, "\0z", 2);
		publish_in_pieces(format, bytes_span(&body), 100000, &whole);
		publish_in_pieces(format, bytes_span(&body), 5, &cut);
		assert_span(bytes_span(&cut), bytes_span(&whole));
		bytes_free(&body);
		bytes_free(&whole);
		bytes_free(&cut);
	}
	viewer_fini(&viewer);
	end();
}

/* Room. */

Test(post, nothing_is_taken_while_there_is_no_room)
{
	struct span rest = LITERAL("some data of an event\n");
	struct upload *upload;
	size_t n_lines = 0;
	char more[40];

	start();
	watch();
	viewer.room = 0;
	upload = open_upload("lines", NULL);
	while (!upload->is_full && n_lines < 100) {
		cr_assert_eq(take(upload, rest), rest.n);
		n_lines++;
	}
	cr_assert_lt(n_lines, 20);
	cr_assert_eq(take(upload, rest), 0);
	streams_flush(&streams);
	cr_assert_eq(n_told_of_change, 0);
	viewer.room = 1000000;
	fan_out_writable(&viewer.subscriber);
	streams_flush(&streams);
	cr_assert_eq(n_told_of_change, 1);
	cr_assert_not(upload->is_full);
	cr_assert_eq(take(upload, rest), rest.n);
	upload->kind->finish(upload);
	snprintf(more, sizeof(more), ",\"events\":%zu", n_lines + 1);
	assert_published(upload, n_lines + 1, more);
	viewer_fini(&viewer);
	end();
}

/* Fills the stream, which a viewer does not read. */
static void
fill(void)
{
	struct upload *upload = open_upload("lines", NULL);

	watch();
	viewer.room = 0;
	while (!upload->is_full)
		take(upload, LITERAL("some data of an event\n"));
	upload->kind->close(upload);
}

Test(post, answer_waits_for_room)
{
	struct upload *upload, *abandoned;

	start();
	fill();
	upload = open_upload(NULL, NULL);
	take(upload, LITERAL("one"));
	upload->kind->finish(upload);
	cr_assert(upload->is_full);
	abandoned = open_upload(NULL, NULL);
	abandoned->kind->finish(abandoned);
	abandoned->kind->close(abandoned);
	cr_assert_not(upload->is_answered);
	viewer.room = 1000000;
	fan_out_writable(&viewer.subscriber);
	streams_flush(&streams);
	cr_assert_eq(n_told_of_change, 1);
	cr_assert_eq(upload->answer.status, 200);
	upload->kind->close(upload);
	viewer_fini(&viewer);
	end();
}

Test(post, memory_for_bodies_is_limited)
{
	enum { N = 200, BIG = 256 << 10 };
	static struct policy large = {.max_event = BIG};
	struct upload *uploads[N], *small;
	char *body = calloc(1, BIG);
	size_t n_refused = 0;

	start();
	posts.policy = &large;
	for (size_t i = 0; i < N; i++) {
		uploads[i] = open_upload(i % 2 ? "nul" : NULL, NULL);
		memset(body, 'x', BIG);
		take(uploads[i], (struct span){body, BIG - 10});
		if (uploads[i]->is_answered)
			n_refused += uploads[i]->answer.status == 503;
	}
	cr_assert_geq(posts.held, 15 << 20);
	cr_assert_leq(posts.held, 17 << 20);
	cr_assert_gt(n_refused, 100);
	small = open_upload(NULL, NULL);
	take(small, LITERAL("short"));
	small->kind->finish(small);
	cr_assert_eq(small->answer.status, 200);
	small->kind->close(small);
	for (size_t i = 0; i < N; i++)
		uploads[i]->kind->close(uploads[i]);
	free(body);
	end();
}

/* Time. */

Test(post, body_of_one_event_has_a_time_that_its_bytes_extend)
{
	struct upload *upload;
	uint64_t now_ms = loop_now_ms(), due_ms;
	char body[MAX_EVENT] = "";

	start();
	upload = open_upload(NULL, NULL);
	due_ms = upload->due_ms;
	cr_assert_geq(due_ms, now_ms + 10000);
	take(upload, (struct span){body, 1});
	cr_assert_leq(upload->due_ms, due_ms + 2);
	take(upload, (struct span){body, MAX_EVENT - 1});
	cr_assert_leq(upload->due_ms, due_ms + 1000);
	upload->kind->late(upload);
	assert_answer(upload, 408, "The body did not come in time.\n");
	end();
}

Test(post, many_events_have_two_heartbeats_each)
{
	struct upload *upload;

	start();
	upload = open_upload("lines", NULL);
	take(upload, LITERAL("a\n"));
	cr_assert_geq(upload->due_ms, loop_now_ms() + 29000);
	upload->kind->late(upload);
	assert_answer(upload, 408,
	    "Event 2, after 1 that was published: The body did not come in "
	    "time.\n");
	end();
}

Test(post, stream_that_has_no_room_for_long_is_to_be_tried_again)
{
	struct upload *upload;

	start();
	fill();
	upload = open_upload(NULL, NULL);
	upload->kind->finish(upload);
	upload->kind->late(upload);
	cr_assert_gt(upload->answer.retry_after_s, 0);
	assert_answer(
	    upload, 503, "The stream takes nothing now; try again soon.\n");
	viewer_fini(&viewer);
	end();
}

/* The end. */

Test(post, is_refused_when_pipecast_stops)
{
	static const char text[] = "pipecast stops; try again soon.\n";
	struct upload *waits, *arrives, *late;

	start();
	fill();
	waits = open_upload(NULL, NULL);
	waits->kind->finish(waits);
	arrives = open_upload(NULL, NULL);
	streams_stop(&streams);
	cr_assert_eq(n_told_of_change, 1);
	assert_answer(waits, 503, text);
	arrives->kind->late(arrives);
	assert_answer(arrives, 503, text);
	late = open_upload(NULL, NULL);
	assert_answer(late, 503, text);
	viewer_fini(&viewer);
	end();
}

/* Events on their way, in a source that keeps them. */

enum { MAX_KEPT = 3 };

static struct source_ticket kept[MAX_KEPT];
static size_t n_kept;
static struct source *keeping_source;

static int
keeping_start(struct source *source, const struct source_begin *begin)
{
	(void)begin;
	source->state = keeping_source = source;
	n_kept = 0;
	return 0;
}

static void
keeping_fini(struct source *source)
{
	(void)source;
}

static int
keeping_publish(
    struct source *source, const struct event *event, struct source_post *post)
{
	(void)source;
	(void)event;
	cr_assert_lt(n_kept, MAX_KEPT);
	source_ticket_open(&kept[n_kept++], post);
	return 0;
}

static bool
keeping_has_room(const struct source *source)
{
	(void)source;
	return n_kept < MAX_KEPT;
}

static const struct source_kind keeping_kind = {
    .prefix = "keeping:",
    .forms = {{"keeping:", "", SOURCE_POST}},
    .start = keeping_start,
    .fini = keeping_fini,
    .publish = keeping_publish,
    .has_room = keeping_has_room,
};

static void
start_keeping(void)
{
	kind_of_sources = &keeping_kind;
	start_streams(one, 1);
	posts_init(&posts, loop, &streams, &policy, 15000);
}

TestSuite(post_on_its_way, .init = start_keeping, .fini = end);

Test(post_on_its_way, many_are_taken_as_long_as_there_is_room)
{
	struct upload *upload = open_upload("lines", NULL);

	cr_assert_eq(take(upload, LITERAL("a\nb\nc\nd")), 6);
	cr_assert_eq(n_kept, 3);
	n_kept = 0;
	for (size_t i = 0; i < 3; i++)
		source_ticket_close(&kept[i], 0, LITERAL("x"));
	/* Not under the feet of the source. */
	cr_assert(upload->is_full);
	cr_assert_eq(n_told_of_change, 0);
	source_room(keeping_source);
	cr_assert_not(upload->is_full);
	cr_assert_eq(take(upload, LITERAL("d")), 1);
	upload->kind->finish(upload);
	cr_assert_eq(n_kept, 1);
	cr_assert_not(upload->is_answered);
	source_ticket_close(&kept[0], 0, LITERAL("last"));
	assert_answer(upload, 200, "{\"id\":\"last\",\"events\":4}\n");
}

Test(post_on_its_way, answer_to_a_wrong_event_waits_for_those_before_it)
{
	struct upload *upload = open_upload("sse", NULL);

	take(upload,
	    LITERAL("data: a\n\ndata: b\n\nevent: end\ndata: c\n\n"
		    "data: d\n\n"));
	cr_assert_eq(n_kept, 2);
	source_ticket_close(&kept[0], 0, ABSENT);
	cr_assert_not(upload->is_answered);
	source_ticket_close(&kept[1], 0, ABSENT);
	assert_answer(upload, 400,
	    "Event 3, after 2 that were published: Only pipecast itself sends "
	    "events of this type.\n");
}

Test(post_on_its_way, event_that_fails_gives_up_those_after_it)
{
	struct upload *upload = open_upload("lines", NULL);

	take(upload, LITERAL("a\nb\nc\n"));
	/* In whichever order. */
	source_ticket_close(&kept[1], -ENOSPC, ABSENT);
	cr_assert_null(kept[2].post);
	cr_assert_not(upload->is_answered);
	source_ticket_close(&kept[0], 0, ABSENT);
	assert_answer(upload, 503,
	    "Event 2, after 1 that was published: There is no room for the "
	    "event.\n");
}

Test(post_on_its_way, earliest_failure_is_the_answer)
{
	struct upload *upload = open_upload("sse", NULL);

	take(upload, LITERAL("data: a\n\ndata: b\n\nevent: end\ndata: c\n\n"));
	source_ticket_close(&kept[0], -ENOSPC, ABSENT);
	assert_answer(upload, 503,
	    "Event 1, after 0 that were published: There is no room for the "
	    "event.\n");
}

Test(post_on_its_way, post_that_is_late_or_closed_gives_all_up)
{
	struct upload *late = open_upload("lines", NULL), *closed;

	take(late, LITERAL("a\nb\n"));
	late->kind->late(late);
	cr_assert(late->is_answered);
	late->kind->close(late);
	closed = open_upload("lines", NULL);
	take(closed, LITERAL("c\n"));
	closed->kind->close(closed);
	for (size_t i = 0; i < n_kept; i++)
		cr_assert_null(kept[i].post);
}
