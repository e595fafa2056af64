/* SPDX-License-Identifier: MIT */

#include "core/stream_reader.h"

#include "core/event_id.h"

#include <inttypes.h>
#include <string.h>

void
stream_reader_init(struct stream_reader *reader, size_t cap)
{
	*reader = (struct stream_reader){.cap = cap};
}

void
stream_reader_fini(struct stream_reader *reader)
{
	buffer_fini(&reader->data);
	buffer_fini(&reader->type);
	buffer_fini(&reader->id);
}

static void
stream_reader_begin_block(struct stream_reader *reader)
{
	reader->data.n = 0;
	reader->type.n = 0;
	reader->has_data = false;
	reader->id_is_new = false;
	reader->block_is_out = false;
	reader->skipped = 0;
}

/* The effect of every line, whether readable or not. */
static void
stream_reader_begin_line(struct stream_reader *reader)
{
	if (reader->block_is_out)
		stream_reader_begin_block(reader);
}

void
stream_reader_skip(struct stream_reader *reader, uint64_t size)
{
	stream_reader_begin_line(reader);
	reader->skipped += reader->data.n + size + 1;
	reader->data.n = 0;
}

uint64_t
stream_reader_unfinished(const struct stream_reader *reader)
{
	return reader->block_is_out ? 0 : reader->skipped + reader->data.n;
}

/* The block stays readable for the caller; the next line begins a new one. */
static enum stream_line
stream_reader_end_block(struct stream_reader *reader, struct event *event)
{
	reader->block_is_out = true;
	if (reader->skipped > 0)
		return STREAM_LINE_TOO_LONG;
	if (!reader->has_data && !reader->id_is_new)
		return STREAM_LINE_TAKEN;
	*event = EVENT_NONE;
	if (reader->has_data) {
		event->data = buffer_span(&reader->data);
		event->data.n--; /* the LF after the last value */
		event->type = buffer_span(&reader->type);
	}
	if (reader->ids_are_own ? reader->id_is_new : reader->has_id)
		event->id = buffer_span(&reader->id);
	return STREAM_LINE_EVENT;
}

static enum stream_line
stream_reader_take_data(struct stream_reader *reader, struct span value)
{
	struct span lf = {"\n", 1};

	/* One more than the cap, for the LF that is removed in the end. */
	if (reader->skipped > 0 ||
	    buffer_append(&reader->data, value, reader->cap) < 0 ||
	    buffer_append(&reader->data, lf, reader->cap + 1) < 0)
		stream_reader_skip(reader, value.n);
	else
		reader->has_data = true;
	return STREAM_LINE_TAKEN;
}

/* The last value wins; it is too large only if the whole line is. */
static void
stream_reader_set(
    struct stream_reader *reader, struct buffer *field, struct span value)
{
	field->n = 0;
	if (buffer_append(field, value, reader->cap) < 0)
		stream_reader_skip(reader, value.n);
}

static enum stream_line
stream_reader_take_type(struct stream_reader *reader, struct span value)
{
	if (span_has_line_break_or_nul(value))
		return STREAM_LINE_BAD_TYPE;
	stream_reader_set(reader, &reader->type, value);
	return STREAM_LINE_TAKEN;
}

static enum stream_line
stream_reader_take_id(struct stream_reader *reader, struct span value)
{
	if (!event_id_is_acceptable(value))
		return STREAM_LINE_BAD_ID;
	stream_reader_set(reader, &reader->id, value);
	reader->has_id = true;
	reader->id_is_new = true;
	return STREAM_LINE_TAKEN;
}

/* The reconnection time applies at once, whatever becomes of the block. */
static enum stream_line
stream_reader_take_retry(struct span value, struct event *event)
{
	int64_t ms = 0;

	for (size_t i = 0; i < value.n; i++) {
		char c = value.bytes[i];

		if (c < '0' || c > '9')
			return STREAM_LINE_TAKEN;
		if (ms > (INT64_MAX - 9) / 10)
			ms = (INT64_MAX - 9) / 10;
		ms = ms * 10 + (c - '0');
	}
	if (value.n == 0)
		return STREAM_LINE_TAKEN;
	*event = EVENT_NONE;
	event->retry_ms = ms;
	return STREAM_LINE_EVENT;
}

static enum stream_line
stream_reader_take_field(struct stream_reader *reader, struct span name,
    struct span value, struct event *event)
{
	if (span_is(name, "data"))
		return stream_reader_take_data(reader, value);
	if (span_is(name, "event"))
		return stream_reader_take_type(reader, value);
	if (span_is(name, "id"))
		return stream_reader_take_id(reader, value);
	if (span_is(name, "retry"))
		return stream_reader_take_retry(value, event);
	if (span_is(name, "Event"))
		return STREAM_LINE_CAPITAL;
	return STREAM_LINE_TAKEN;
}

/* Cuts the line at its first colon; one space after it is not the value's. */
static struct span
stream_reader_split_field(struct span line, struct span *value)
{
	const char *colon = memchr(line.bytes, ':', line.n);
	size_t n = colon ? (size_t)(colon - line.bytes) : line.n;

	*value = (struct span){"", 0};
	if (colon)
		*value = (struct span){colon + 1, line.n - n - 1};
	if (value->n > 0 && *value->bytes == ' ') {
		value->bytes++;
		value->n--;
	}
	return (struct span){line.bytes, n};
}

enum stream_line
stream_reader_line(
    struct stream_reader *reader, struct span line, struct event *event)
{
	struct span name, value;

	stream_reader_begin_line(reader);
	if (line.n == 0)
		return stream_reader_end_block(reader, event);
	name = stream_reader_split_field(line, &value);
	if (name.n > 0)
		return stream_reader_take_field(reader, name, value, event);
	*event = EVENT_NONE;
	event->comment = value;
	return STREAM_LINE_EVENT;
}
