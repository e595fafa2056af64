/* SPDX-License-Identifier: MIT */

/*
 * Bodies that visitors post, of one event and of many, in pieces of any size:
 * the answer and what viewers see do not depend on the pieces, no event is over
 * the cap, as many are seen as the answer says, and nothing stays held.
 */

#include "program/post.h"
#include "program/subscribe.h"

#include "fuzz.h"

#include <errno.h>

static const char *const formats[] = {
    NULL, "lines", "blocks", "nul", "sse", "json"};

static struct policy policy = {.own_types = {"gap", "end"}};

/* A stream of what is posted, with a viewer. */
struct room {
	struct loop *loop;
	struct source_spec source;
	struct options options;
	struct streams streams;
	struct posts posts;
	struct subscriber viewer;
	struct bytes got;
};

static ssize_t
viewer_send(void *ctx, const struct iovec *iov, int n)
{
	struct room *room = ctx;
	size_t before = room->got.n;

	for (int i = 0; i < n; i++)
		bytes_put(&room->got, iov[i].iov_base, iov[i].iov_len);
	return (ssize_t)(room->got.n - before);
}

static void
viewer_wait(void *ctx)
{
	(void)ctx;
	REQUIRE(!"it takes everything");
}

static void
viewer_done(void *ctx, int error)
{
	(void)ctx;
	(void)error;
}

static const struct transport transport = {
    viewer_send, viewer_wait, viewer_done};

static void
on_change(void *ctx)
{
	(void)ctx;
}

static void
room_open(struct room *room)
{
	struct request request = {.length = 0};
	struct source_context context = {.history = 1 << 20};

	*room = (struct room){
	    .source = {.kind = &source_memory, .text = "memory:", .post = true},
	    .options =
		{
		    .n_sources = 1,
		    .gap_event = "gap",
		    .end_event = "end",
		    .history = 1 << 20,
		    .patience_ms = 1000,
		},
	    .viewer = {.transport = &transport, .ctx = room},
	};
	room->options.sources = &room->source;
	REQUIRE(
	    streams_init(&room->streams, &room->options, on_change, NULL) == 0);
	REQUIRE(loop_create(&room->loop) == 0);
	context.loop = room->loop;
	REQUIRE(streams_start(&room->streams, &context));
	posts_init(&room->posts, room->loop, &room->streams, &policy, 15000);
	REQUIRE(streams_subscribe(&room->streams, &request, &room->viewer,
		    (struct span){NULL, 0}) == 0);
	streams_flush(&room->streams);
	room->got.n = 0;
}

static void
room_close(struct room *room)
{
	REQUIRE(room->posts.held == 0);
	fan_out_detach(&room->viewer);
	streams_fini(&room->streams);
	loop_destroy(room->loop);
	bytes_free(&room->got);
}

/* What happened to a body. */
struct outcome {
	int status;
	struct bytes answer; /* from behind the id */
	struct bytes seen;   /* without the ids of events */
	uint64_t n_seen;
	size_t max_event;
};

static bool
on_event(void *ctx, const struct event *event, uint64_t position)
{
	struct outcome *outcome = ctx;

	(void)position;
	/* Each wrong byte becomes U+FFFD. */
	REQUIRE(event->data.n <= 3 * outcome->max_event);
	REQUIRE(event->type.n > POSTED_TYPE_MAX ||
	    !policy_check_type(&policy, event->type));
	REQUIRE(event->type.n <= 3 * POSTED_TYPE_MAX);
	outcome->n_seen += event->data.bytes != NULL;
	return true;
}

static void
on_reject(void *ctx, const struct rejection *rejection)
{
	(void)ctx;
	REQUIRE(rejection->is_of_input);
}

static void
read_seen(struct outcome *outcome, const struct room *room)
{
	struct event_sink sink = {on_event, on_reject, outcome};
	struct input_format *format = input_format_create(&format_sse,
	    (struct input_options){.max_event = SIZE_MAX / 2}, sink,
	    (struct input_start){0});
	struct span left = bytes_span(&room->got);

	input_format_feed(format, left.bytes, left.n);
	input_format_finish(format);
	input_format_destroy(format);
	while (left.n > 0) {
		const char *end = memchr(left.bytes, '\n', left.n);
		struct span line;

		REQUIRE(end);
		line = span_take(&left, (size_t)(end - left.bytes) + 1);
		if (line.n < 4 || memcmp(line.bytes, "id: ", 4) != 0)
			sink_span(bytes_sink(&outcome->seen), line);
	}
}

/* Offers a copy of the piece until it is taken. */
static void
offer(struct room *room, struct upload *upload, struct span piece)
{
	char *copy = malloc(piece.n + !piece.n);
	size_t used = 0;

	REQUIRE(copy);
	if (piece.n > 0)
		memcpy(copy, piece.bytes, piece.n);
	while (used < piece.n) {
		size_t n =
		    upload->kind->take(upload, copy + used, piece.n - used);

		used += n;
		REQUIRE(used <= piece.n);
		streams_flush(&room->streams);
		REQUIRE(used == piece.n || n > 0 || !upload->is_full);
	}
	free(copy);
}

/* The answer without the id, which differs from stream to stream. */
static void
read_answer(struct outcome *outcome, const struct answer *answer)
{
	const char *text = answer->text, *id_end = strstr(text, "\",");

	REQUIRE(strlen(text) < sizeof(answer->text));
	outcome->status = answer->status;
	if (answer->status == 200)
		text = id_end ? id_end : "";
	bytes_put(&outcome->answer, text, strlen(text));
}

/* Posts it in pieces of max bytes at most; 0: whole. */
static struct outcome
post_body(const char *format, struct span type, struct span body, size_t max,
    unsigned seed)
{
	const struct request request = {.length = 0};
	const struct answer decided = {
	    .kind = ANSWER_POST, .format = format, .event_type = type};
	struct outcome outcome = {.max_event = policy.max_event};
	struct upload *upload;
	struct room room;

	room_open(&room);
	upload = posts_open(&room.posts, &request, &decided);
	REQUIRE(upload);
	upload->on_change = on_change;
	while (max > 0 && body.n > 0) {
		size_t n;

		seed = seed * 1103515245 + 12345;
		n = 1 + (seed >> 16) % max;
		n = n < body.n ? n : body.n;
		offer(&room, upload, span_take(&body, n));
	}
	offer(&room, upload, body);
	if (!upload->is_answered)
		upload->kind->finish(upload);
	streams_flush(&room.streams);
	REQUIRE(upload->is_answered);
	read_answer(&outcome, &upload->answer);
	upload->kind->close(upload);
	read_seen(&outcome, &room);
	room_close(&room);
	return outcome;
}

/* How many events were published, by the text of the answer. */
static uint64_t
n_told(const struct outcome *outcome, bool is_of_many)
{
	static const char said[] = "\"events\":", after[] = ", after ";
	const char *text = outcome->answer.at;

	if (!is_of_many)
		return outcome->status == 200;
	text = strstr(text, outcome->status == 200 ? said : after);
	REQUIRE(text || outcome->status == 200);
	return text ? strtoull(text + strcspn(text, "0123456789"), NULL, 10)
		    : 0;
}

static void
check(const struct outcome *outcome, bool is_of_many)
{
	REQUIRE(outcome->status == 200 || outcome->status == 400 ||
	    outcome->status == 413);
	REQUIRE(n_told(outcome, is_of_many) == outcome->n_seen);
}

static void
outcome_fini(struct outcome *outcome)
{
	bytes_free(&outcome->answer);
	bytes_free(&outcome->seen);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	const char *format = formats[take_number(&input, LENGTH(formats) - 1)];
	unsigned seed = take_byte(&input), how = take_byte(&input);
	size_t max = 1 + take_number(&input, 30);
	struct span type = take_string(&input);
	struct span body = {(const char *)input.at, input.n};
	struct outcome whole, pieces;

	policy.max_event = how & 1 ? 1 + how / 2 : 100000;
	if (policy_check_type(&policy, type))
		type = (struct span){NULL, 0};
	whole = post_body(format, type, body, 0, 0);
	pieces = post_body(format, type, body, max, seed);
	check(&whole, format != NULL);
	REQUIRE(whole.status == pieces.status);
	REQUIRE(
	    span_equal(bytes_span(&whole.answer), bytes_span(&pieces.answer)));
	REQUIRE(span_equal(bytes_span(&whole.seen), bytes_span(&pieces.seen)));
	outcome_fini(&whole);
	outcome_fini(&pieces);
	return 0;
}
