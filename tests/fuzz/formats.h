/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_FUZZ_FORMATS_H
#define PIPECAST_TESTS_FUZZ_FORMATS_H

/*
 * What holds for every input format: fed whole, in pieces, and one event at a
 * time it tells the same; no event is over the cap or would break the stream;
 * and what the stream writer makes of it reads back as the same event.
 */

#include "core/event_id.h"
#include "formats/input_format.h"
#include "core/stream_writer.h"

#include "fuzz.h"

/* What the sink was told, in an unambiguous form. */
struct told {
	struct bytes text;
	size_t max_event;
	const struct json_members *json;
	size_t n_events;
	bool one_at_a_time;
	bool to_be_read_back;
	uint64_t position;
	bool pauses; /* after each piece */
	bool has_rejected;
	struct bytes content; /* of the data, without blanks and line ends */
};

static inline void
tell(struct bytes *text, struct span value)
{
	char head[32];

	snprintf(head, sizeof(head), value.bytes ? "%zu:" : "-", value.n);
	sink_text(bytes_sink(text), head);
	sink_span(bytes_sink(text), value);
}

static inline void
tell_event(struct bytes *text, const struct event *event)
{
	char number[32];

	/* no type and an empty one are the same */
	tell(text, event->type.n ? event->type : (struct span){NULL, 0});
	tell(text, event->data);
	tell(text, event->id);
	tell(text, event->comment);
	snprintf(number, sizeof(number), "%lld\n", (long long)event->retry_ms);
	sink_text(bytes_sink(text), number);
}

/* Without what may be left out where a pause cuts events elsewhere. */
static inline void
keep_content(struct bytes *content, struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!memchr("\r\n\t ", text.bytes[i], 4))
			bytes_put(content, text.bytes + i, 1);
}

/* The span as a reader of the stream will see it. */
static inline struct span
as_read(struct bytes *memory, struct span value)
{
	if (!value.bytes)
		return value;
	decode_by_the_book(value, memory);
	return bytes_span(memory);
}

/* Line ends in data come back as LF. */
static inline void
join_lines(struct bytes *text)
{
	size_t n = 0;

	for (size_t i = 0; i < text->n; i++) {
		char c = text->at[i];

		if (c == '\r' && i + 1 < text->n && text->at[i + 1] == '\n')
			continue;
		text->at[n++] = c;
		if (c == '\r')
			text->at[n - 1] = '\n';
	}
	text->n = n;
}

static inline void
tell_as_read(struct bytes *text, const struct event *event)
{
	struct bytes type = {0}, data = {0}, id = {0}, comment = {0};
	struct event read = *event;

	as_read(&data, event->data);
	join_lines(&data);
	if (event->data.bytes)
		read.data = bytes_span(&data);
	read.type = as_read(&type, event->type);
	read.id = as_read(&id, event->id);
	read.comment = as_read(&comment, event->comment);
	tell_event(text, &read);
	bytes_free(&type);
	bytes_free(&data);
	bytes_free(&id);
	bytes_free(&comment);
}

/* Comments and reconnection times come one by one: puts them together. */
struct read_back {
	struct event event;
	struct bytes type, data, id, comment;
};

static inline struct span
keep(struct bytes *memory, struct span value)
{
	REQUIRE(memory->n == 0);
	bytes_put(memory, value.bytes, value.n);
	return (struct span){memory->at, memory->n};
}

static inline bool
on_event_back(void *ctx, const struct event *event, uint64_t position)
{
	struct read_back *back = ctx;

	(void)position;
	if (event->type.n > 0)
		back->event.type = keep(&back->type, event->type);
	if (event->data.bytes)
		back->event.data = keep(&back->data, event->data);
	if (event->id.bytes)
		back->event.id = keep(&back->id, event->id);
	if (event->comment.bytes)
		back->event.comment = keep(&back->comment, event->comment);
	if (event->retry_ms >= 0) {
		REQUIRE(back->event.retry_ms < 0);
		back->event.retry_ms = event->retry_ms;
	}
	return true;
}

static inline void
on_reject_back(void *ctx, const struct rejection *rejection)
{
	(void)ctx;
	REQUIRE(rejection->is_of_input);
}

static inline void
check_read_back(const struct event *event)
{
	struct read_back back = {.event = EVENT_NONE};
	struct event_sink sink = {on_event_back, on_reject_back, &back};
	struct bytes stream = {0}, wanted = {0}, got = {0};
	struct input_format *format = input_format_create(&format_sse,
	    (struct input_options){.max_event = SIZE_MAX / 2}, sink,
	    (struct input_start){0});

	stream_write_event(DIALECT_EVENT_STREAM, event, bytes_sink(&stream));
	input_format_feed(format, stream.at, stream.n);
	input_format_finish(format);
	input_format_destroy(format);
	tell_as_read(&wanted, event);
	tell_event(&got, &back.event);
	REQUIRE(span_equal(bytes_span(&got), bytes_span(&wanted)));
	bytes_free(&stream);
	bytes_free(&wanted);
	bytes_free(&got);
	bytes_free(&back.type);
	bytes_free(&back.data);
	bytes_free(&back.id);
	bytes_free(&back.comment);
}

static inline bool
on_event(void *ctx, const struct event *event, uint64_t position)
{
	struct told *told = ctx;

	REQUIRE(position >= told->position);
	told->position = position;
	REQUIRE(event->data.n <= told->max_event);
	REQUIRE(!span_has_line_break_or_nul(event->type));
	REQUIRE(event_id_is_acceptable(event->id));
	REQUIRE(event->comment.n == 0 ||
	    (!memchr(event->comment.bytes, '\r', event->comment.n) &&
		!memchr(event->comment.bytes, '\n', event->comment.n)));
	REQUIRE(event->data.bytes || event->id.bytes || event->comment.bytes ||
	    event->retry_ms >= 0);
	tell_event(&told->text, event);
	keep_content(&told->content, event->data);
	told->n_events++;
	if (told->to_be_read_back)
		check_read_back(event);
	return !told->one_at_a_time;
}

static inline bool
says_skipped(const char *reason)
{
	return strncmp(reason, "skipped ", strlen("skipped ")) == 0;
}

static inline void
on_reject(void *ctx, const struct rejection *rejection)
{
	struct told *told = ctx;
	char size[32];

	REQUIRE(rejection->position >= told->position);
	told->has_rejected = told->has_rejected || rejection->is_loss;
	REQUIRE(rejection->is_loss == says_skipped(rejection->reason));
	told->position = rejection->position;
	snprintf(
	    size, sizeof(size), "<%llu>", (unsigned long long)rejection->size);
	sink_text(bytes_sink(&told->text), rejection->reason);
	sink_text(bytes_sink(&told->text), size);
}

/* Feeds a copy of the piece until the sink has taken all of it. */
static inline void
feed(struct input_format *format, struct told *told, struct span piece)
{
	char *copy = malloc(piece.n + 1);
	size_t used = 0, before;

	if (piece.n > 0)
		memcpy(copy, piece.bytes, piece.n);
	do {
		before = told->n_events;
		used += input_format_feed(format, copy + used, piece.n - used);
		REQUIRE(used <= piece.n);
		REQUIRE(!told->one_at_a_time || told->n_events <= before + 1);
		REQUIRE(used == piece.n || told->n_events > before);
	} while (used < piece.n);
	free(copy);
	if (told->pauses) {
		bool awaited = input_format_awaits_pause(format);

		before = told->n_events;
		input_format_pause(format);
		REQUIRE(told->n_events == before + awaited);
		REQUIRE(!input_format_awaits_pause(format));
	}
}

/* Pieces of 1 to max bytes; 0: whole. */
static inline void
run(const struct input_format_kind *kind, struct input_start start,
    struct span text, size_t max, unsigned seed, struct told *told)
{
	struct event_sink sink = {on_event, on_reject, told};
	struct input_format *format = input_format_create(kind,
	    (struct input_options){
		.max_event = told->max_event, .json = told->json},
	    sink, start);

	told->position = start.position;
	while (max > 0 && text.n > 0) {
		size_t n;

		seed = seed * 1103515245 + 12345;
		n = 1 + (seed >> 16) % max;
		n = n < text.n ? n : text.n;
		feed(format, told, (struct span){text.bytes, n});
		text.bytes += n;
		text.n -= n;
	}
	feed(format, told, text);
	input_format_finish(format);
	input_format_destroy(format);
}

static inline int
fuzz_format_with(const struct input_format_kind *kind,
    const struct json_members *json, const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	unsigned seed = take_byte(&input), how = take_byte(&input);
	size_t max = 1 + take_number(&input, 30);
	size_t max_event = how & 1 ? 1 + take_number(&input, 100) : 100000;
	struct input_start start = {
	    .position = how & 22 ? 10 : 0,
	    .after_cr = how & 2,
	    .inside_line = (how & 22) == 16,
	    .in_middle = how & 4,
	    .end = how & 8 ? UINT64_MAX : 0,
	};
	struct span text = {(const char *)input.at, input.n};
	struct told whole = {
	    .max_event = max_event, .json = json, .to_be_read_back = true};
	struct told pieces = {.max_event = max_event, .json = json};
	struct told bytewise = {
	    .max_event = max_event, .json = json, .one_at_a_time = true};
	struct told paused = {
	    .max_event = max_event, .json = json, .pauses = true};

	run(kind, start, text, 0, 0, &whole);
	run(kind, start, text, max, seed, &pieces);
	run(kind, start, text, 1, 0, &bytewise);
	REQUIRE(span_equal(bytes_span(&whole.text), bytes_span(&pieces.text)));
	REQUIRE(
	    span_equal(bytes_span(&whole.text), bytes_span(&bytewise.text)));
	run(kind, start, text, max, seed, &paused);
	if (!whole.has_rejected && !paused.has_rejected)
		REQUIRE(span_equal(
		    bytes_span(&whole.content), bytes_span(&paused.content)));
	bytes_free(&whole.text);
	bytes_free(&pieces.text);
	bytes_free(&bytewise.text);
	bytes_free(&paused.text);
	bytes_free(&whole.content);
	bytes_free(&pieces.content);
	bytes_free(&bytewise.content);
	bytes_free(&paused.content);
	return 0;
}

static inline int
fuzz_format(
    const struct input_format_kind *kind, const uint8_t *data, size_t size)
{
	return fuzz_format_with(kind, NULL, data, size);
}

#endif
