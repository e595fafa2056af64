/* SPDX-License-Identifier: MIT */

/*
 * lines: one event a line.  nul: one event a NUL-terminated string.  A line
 * that a program has written over the one before has a comment, since the data
 * of an event cannot hold a CR: the built-in page shows both in one place.
 */

#include "formats/input_format.h"

#include <string.h>

static bool
on_record(struct input_format *format, struct span record)
{
	struct event event = EVENT_NONE;

	event.data = record;
	if (format->splitter.replaces)
		event.comment = span_of("cr");
	return input_format_emit(format, &event);
}

static const char *
write_line(const struct event *event, struct span user, struct byte_sink sink)
{
	struct span rest = event->data, line;

	(void)user;
	if (event->type.n > 0)
		return input_format_without_type;
	if (span_take_line(&rest, &line))
		return "An event has to be one line here; with ?format=lines each "
		       "line is an event.";
	sink_utf8(sink, line);
	sink_text(sink, "\n");
	return NULL;
}

static const char *
write_string(const struct event *event, struct span user, struct byte_sink sink)
{
	struct span data = event->data;

	(void)user;
	if (event->type.n > 0)
		return input_format_without_type;
	if (data.n > 0 && memchr(data.bytes, '\0', data.n))
		return "An event cannot hold a NUL here.";
	sink_utf8(sink, data);
	sink.put(sink.ctx, "", 1);
	return NULL;
}

const struct input_format_kind format_lines = {
    .name = "lines",
    .by = SPLIT_BY_SCREEN_LINE,
    .on_record = on_record,
    .write = write_line,
};

const struct input_format_kind format_nul = {
    .name = "nul",
    .by = SPLIT_BY_NUL,
    .on_record = on_record,
    .write = write_string,
};
