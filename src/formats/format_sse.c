/* SPDX-License-Identifier: MIT */

/* sse: an event stream, to be encoded again without a change of meaning. */

#include "formats/input_format.h"
#include "core/stream_reader.h"
#include "core/stream_writer.h"

#include <string.h>

static void
init(struct input_format *format)
{
	struct stream_reader *reader = format->state;

	stream_reader_init(reader, format->max_event);
	reader->ids_are_own = format->ids_are_own;
}

static bool
on_record(struct input_format *format, struct span record)
{
	struct stream_reader *reader = format->state;
	const char *reason = NULL;
	struct event event;

	switch (stream_reader_line(reader, record, &event)) {
	case STREAM_LINE_TAKEN:
		return true;
	case STREAM_LINE_EVENT:
		return input_format_emit(format, &event);
	case STREAM_LINE_TOO_LONG:
		input_format_skip(
		    format, input_format_too_long, NULL, reader->skipped - 1);
		return true;
	case STREAM_LINE_BAD_ID:
		reason = "ignored an id with NUL or over 1024 bytes";
		break;
	case STREAM_LINE_BAD_TYPE:
		reason = "ignored an event type with NUL";
		break;
	case STREAM_LINE_CAPITAL:
		reason = "ignored the field \"Event:\" of the 2006 format; "
			 "today's is \"event:\"";
		break;
	}
	input_format_ignore(format, reason);
	return true;
}

static void
on_too_long(struct input_format *format, uint64_t size)
{
	stream_reader_skip(format->state, size);
}

/* Whether a line without an end would have had data. */
static bool
format_sse_is_data(struct span line)
{
	static const char field[] = "data:";
	size_t n = sizeof(field) - 1;

	return line.n > 0 &&
	    (!line.bytes || (line.n >= n && memcmp(line.bytes, field, n) == 0));
}

static void
on_finish(struct input_format *format, struct span unfinished)
{
	uint64_t size = stream_reader_unfinished(format->state);

	if (size > 0 || format_sse_is_data(unfinished))
		input_format_skip(format,
		    "skipped an event without an empty line at its end",
		    "an empty line ends each event", size + unfinished.n);
}

static void
fini(struct input_format *format)
{
	stream_reader_fini(format->state);
}

static const char *
write_block(const struct event *event, struct span user, struct byte_sink sink)
{
	(void)user;
	stream_write_event(DIALECT_EVENT_STREAM, event, sink);
	return NULL;
}

const struct input_format_kind format_sse = {
    .name = "sse",
    .in_blocks = true,
    .complete = true,
    .overhead = sizeof("data: ") - 1,
    .state_size = sizeof(struct stream_reader),
    .init = init,
    .on_record = on_record,
    .on_too_long = on_too_long,
    .on_finish = on_finish,
    .fini = fini,
    .write = write_block,
};
