/* SPDX-License-Identifier: MIT */

/*
 * blocks: one event per run of lines; empty lines separate them.
 * whole: all lines up to the end of the input are one event.
 */

#include "formats/input_format.h"

struct blocks {
	struct buffer data; /* the lines so far, joined by LF */
	bool begun;
	uint64_t skipped; /* size so far of a block over the cap, or 0 */
};

static void
format_blocks_skip(struct blocks *blocks, uint64_t size)
{
	blocks->skipped += blocks->data.n + size + 1;
	blocks->data.n = 0;
}

static void
format_blocks_add_line(struct input_format *format, struct span line)
{
	struct blocks *blocks = format->state;
	struct span lf = {"\n", blocks->begun ? 1 : 0};

	if (blocks->skipped > 0 ||
	    buffer_append(&blocks->data, lf, format->max_event) < 0 ||
	    buffer_append(&blocks->data, line, format->max_event) < 0)
		format_blocks_skip(blocks, line.n);
	else
		blocks->begun = true;
}

static bool
format_blocks_end(struct input_format *format)
{
	struct blocks *blocks = format->state;
	struct event event = EVENT_NONE;
	bool more = true;

	if (blocks->skipped > 0) {
		input_format_skip(
		    format, input_format_too_long, NULL, blocks->skipped);
		blocks->skipped = 0;
	} else if (blocks->begun) {
		event.data = buffer_span(&blocks->data);
		more = input_format_emit(format, &event);
	}
	blocks->begun = false;
	blocks->data.n = 0;
	return more;
}

static bool
on_record(struct input_format *format, struct span record)
{
	if (record.n == 0)
		return format_blocks_end(format);
	format_blocks_add_line(format, record);
	return true;
}

static bool
on_record_of_whole(struct input_format *format, struct span record)
{
	format_blocks_add_line(format, record);
	return true;
}

static void
on_too_long(struct input_format *format, uint64_t size)
{
	format_blocks_skip(format->state, size);
}

/* The rest of a block that is skipped must not become an event. */
static bool
awaits_pause(const struct input_format *format)
{
	const struct blocks *blocks = format->state;

	return blocks->begun && blocks->skipped == 0;
}

static void
on_pause(struct input_format *format)
{
	format_blocks_end(format);
}

static void
on_finish(struct input_format *format, struct span unfinished)
{
	(void)unfinished;
	format_blocks_end(format);
}

static void
fini(struct input_format *format)
{
	struct blocks *blocks = format->state;

	buffer_fini(&blocks->data);
}

static bool
format_blocks_has_empty_line(struct span data)
{
	struct span line;
	bool more;

	do {
		more = span_take_line(&data, &line);
	} while (more && line.n > 0);
	return line.n == 0;
}

static const char *
write_block(const struct event *event, struct span user, struct byte_sink sink)
{
	struct span rest = event->data, line;
	bool more;

	(void)user;
	if (event->type.n > 0)
		return input_format_without_type;
	if (format_blocks_has_empty_line(rest))
		return "An event cannot have an empty line here, nor be empty.";
	do {
		more = span_take_line(&rest, &line);
		sink_utf8(sink, line);
		sink_text(sink, "\n");
	} while (more);
	sink_text(sink, "\n");
	return NULL;
}

const struct input_format_kind format_blocks = {
    .name = "blocks",
    .in_blocks = true,
    .state_size = sizeof(struct blocks),
    .on_record = on_record,
    .on_too_long = on_too_long,
    .awaits_pause = awaits_pause,
    .on_pause = on_pause,
    .on_finish = on_finish,
    .fini = fini,
    .write = write_block,
};

const struct input_format_kind format_whole = {
    .name = "whole",
    .state_size = sizeof(struct blocks),
    .on_record = on_record_of_whole,
    .on_too_long = on_too_long,
    .on_finish = on_finish,
    .fini = fini,
};
