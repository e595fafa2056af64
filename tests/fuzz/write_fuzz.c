/* SPDX-License-Identifier: MIT */

/*
 * What is written in a format reads back as the same event, and as one; or it
 * is refused, and nothing is written.
 */

#include "formats.h"

static void
check(const char *name, const struct event *event, struct span user)
{
	const struct input_format_kind *kind = input_format_find(name);
	struct bytes out = {0}, wanted = {0};
	struct told told = {.max_event = SIZE_MAX / 2};
	/* The input may only seem to be in another encoding. */
	struct event_sink sink = {on_event, on_reject_back, &told};
	struct input_format *format;
	/* A byte order mark is one at the beginning only. */
	struct event first = {.data = LITERAL("1"), .retry_ms = -1};
	struct event read = *event;
	bool in_lines = kind == &format_blocks || kind == &format_sse;
	struct bytes data = {0}, type = {0};
	size_t n;

	REQUIRE(!input_format_write(kind, &first, user, bytes_sink(&out)));
	tell_event(&wanted, &first);
	n = out.n;
	if (input_format_write(kind, event, user, bytes_sink(&out))) {
		REQUIRE(out.n == n);
	} else {
		as_read(&data, event->data);
		if (in_lines)
			join_lines(&data);
		read.data = bytes_span(&data);
		if (event->type.bytes)
			read.type = as_read(&type, event->type);
		tell_event(&wanted, &read);
	}
	format = input_format_create(kind,
	    (struct input_options){.max_event = told.max_event}, sink,
	    (struct input_start){0});
	REQUIRE(input_format_feed(format, out.at, out.n) == out.n);
	input_format_finish(format);
	input_format_destroy(format);
	REQUIRE(span_equal(bytes_span(&told.text), bytes_span(&wanted)));
	bytes_free(&out);
	bytes_free(&wanted);
	bytes_free(&data);
	bytes_free(&type);
	bytes_free(&told.text);
	bytes_free(&told.content);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	unsigned present = take_byte(&input);
	struct event event = EVENT_NONE;
	struct span type, user;

	type = take_string(&input);
	user = take_string(&input);
	if (present & 1 && !span_has_line_break_or_nul(type))
		event.type = type;
	if (!(present & 2))
		user = (struct span){NULL, 0};
	event.data =
	    (struct span){input.n ? (const char *)input.at : "", input.n};
	for (size_t i = 0; input_format_name(i); i++)
		check(input_format_name(i), &event, user);
	return 0;
}
