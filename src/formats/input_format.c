/* SPDX-License-Identifier: MIT */

#include "formats/input_format.h"

#include "formats/encoding.h"

#include <stdlib.h>
#include <string.h>

static const struct input_format_kind *const kinds[] = {
    &format_lines,
    &format_blocks,
    &format_nul,
    &format_sse,
    &format_json,
};

/* The byte order mark of UTF-8. */
static const char mark[] = "\xef\xbb\xbf";

enum { MARK_BYTES = sizeof(mark) - 1 };

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

const char input_format_too_long[] = "skipped an event over --max-event";

const struct input_format_kind *
input_format_find(const char *name)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

const char input_format_without_type[] =
    "An event cannot have a type of its own here; it can if the source has "
    "--format sse or json before it.";

const char *
input_format_write(const struct input_format_kind *kind,
    const struct event *event, struct span user, struct byte_sink sink)
{
	return kind->write(event, user, sink);
}

const char *
input_format_name(size_t i)
{
	return i < N_KINDS ? kinds[i]->name : NULL;
}

struct input_format *
input_format_create(const struct input_format_kind *kind,
    struct input_options options, struct event_sink sink,
    struct input_start start)
{
	struct input_format *format = malloc(sizeof(*format));

	if (!format)
		return NULL;
	*format = (struct input_format){
	    .kind = kind,
	    .sink = sink,
	    .max_event = options.max_event,
	    .json = options.json ? options.json : &json_members_usual,
	    .ids_are_own = options.ids_are_own,
	    .start = start,
	    .has_begun = start.position > 0,
	    .mark_n = start.position > 0 ? MARK_BYTES : 0,
	    .sync = start.in_middle ? SYNC_AT_RECORD : SYNC_DONE,
	    .state = calloc(1, kind->state_size + 1),
	};
	if (!format->state) {
		free(format);
		return NULL;
	}
	splitter_init(&format->splitter, kind->by,
	    options.max_event * (kind->expansion ? kind->expansion : 1) +
		kind->overhead,
	    start.position, start.after_cr);
	if (start.inside_line)
		splitter_begin_inside_line(&format->splitter);
	if (kind->init)
		kind->init(format);
	return format;
}

void
input_format_destroy(struct input_format *format)
{
	if (!format)
		return;
	if (format->kind->fini)
		format->kind->fini(format);
	splitter_fini(&format->splitter);
	free(format->state);
	free(format);
}

bool
input_format_emit(struct input_format *format, const struct event *event)
{
	return format->sink.on_event(
	    format->sink.ctx, event, format->splitter.position);
}

void
input_format_skip(struct input_format *format, const char *reason,
    const char *hint, uint64_t size)
{
	struct rejection rejection = {
	    .reason = reason,
	    .hint = hint,
	    .is_loss = true,
	    .position = format->splitter.position,
	    .size = size,
	};

	format->sink.on_reject(format->sink.ctx, &rejection);
}

void
input_format_ignore(struct input_format *format, const char *reason)
{
	struct rejection rejection = {
	    .reason = reason,
	    .position = format->splitter.position,
	};

	format->sink.on_reject(format->sink.ctx, &rejection);
}

/* Reports the event that was skipped as lost, if it ended after the start. */
static void
input_format_end_sync(struct input_format *format)
{
	format->sync = SYNC_DONE;
	if (format->splitter.position > format->start.end)
		input_format_skip(format,
		    "skipped an event that began too far back to be read", NULL,
		    0);
}

/* Whether the record may belong to an event whose beginning we missed. */
static bool
input_format_is_syncing(
    struct input_format *format, enum split what, struct span record)
{
	if (format->sync == SYNC_DONE)
		return false;
	if (format->sync == SYNC_AT_RECORD && format->kind->in_blocks)
		format->sync = SYNC_AT_BLOCK;
	else if (format->sync == SYNC_AT_RECORD ||
	    (what == SPLIT_RECORD && record.n == 0))
		input_format_end_sync(format);
	return true;
}

static void
input_format_look_at_encoding(
    struct input_format *format, struct span record, bool is_first)
{
	const char *warning = encoding_warning(record, is_first);
	struct rejection rejection = {
	    .reason = warning,
	    .is_of_input = true,
	    .position = format->splitter.position,
	};

	if (!warning)
		return;
	format->told_of_encoding = true;
	format->sink.on_reject(format->sink.ctx, &rejection);
}

static bool
on_record(struct input_format *format, struct span record, bool is_first)
{
	if (!format->told_of_encoding)
		input_format_look_at_encoding(format, record, is_first);
	return format->kind->on_record(format, record);
}

static bool
on_split(struct input_format *format, enum split what, struct span record)
{
	bool is_first = !format->has_begun;

	format->has_begun = true;
	if (input_format_is_syncing(format, what, record))
		return true;
	if (what == SPLIT_RECORD)
		return on_record(format, record, is_first);
	if (format->kind->on_too_long)
		format->kind->on_too_long(format, record.n);
	else
		input_format_skip(
		    format, input_format_too_long, NULL, record.n);
	return true;
}

/* The bytes that looked like a byte order mark are text. */
static void
input_format_give_mark_back(struct input_format *format)
{
	struct span text = {mark, format->mark_n}, record;

	format->mark_n = MARK_BYTES;
	format->splitter.position -= text.n;
	splitter_next(&format->splitter, &text, &record);
}

/* Takes a byte order mark, or a part of one, off the input's front. */
static void
input_format_skip_mark(struct input_format *format, struct span *input)
{
	while (format->mark_n < MARK_BYTES && input->n > 0) {
		if (*input->bytes != mark[format->mark_n]) {
			input_format_give_mark_back(format);
			return;
		}
		input->bytes++;
		input->n--;
		format->splitter.position++;
		format->mark_n++;
	}
}

size_t
input_format_feed(struct input_format *format, const char *bytes, size_t n)
{
	struct span input = {bytes, n}, record;
	enum split what;

	input_format_skip_mark(format, &input);
	do {
		what = splitter_next(&format->splitter, &input, &record);
	} while (what != SPLIT_MORE && on_split(format, what, record));
	return n - input.n;
}

static bool
input_format_kind_awaits_pause(const struct input_format *format)
{
	return format->kind->awaits_pause &&
	    splitter_is_between(&format->splitter) &&
	    format->kind->awaits_pause(format);
}

bool
input_format_awaits_pause(const struct input_format *format)
{
	return format->sync == SYNC_DONE &&
	    (splitter_awaits_pause(&format->splitter) ||
		input_format_kind_awaits_pause(format));
}

void
input_format_pause(struct input_format *format)
{
	struct span record;

	if (!input_format_awaits_pause(format))
		return;
	if (splitter_pause(&format->splitter, &record) == SPLIT_RECORD)
		on_split(format, SPLIT_RECORD, record);
	else
		format->kind->on_pause(format);
}

void
input_format_finish(struct input_format *format)
{
	struct span record, unfinished = {NULL, 0};
	enum split what;

	if (format->mark_n < MARK_BYTES)
		input_format_give_mark_back(format);
	what = splitter_finish(&format->splitter, &record);

	if (what != SPLIT_MORE && !format->kind->complete)
		on_split(format, what, record);
	else if (what != SPLIT_MORE && format->sync == SYNC_DONE)
		unfinished = record;
	if (format->sync == SYNC_AT_BLOCK && !format->kind->complete)
		input_format_end_sync(format);
	if (format->kind->on_finish)
		format->kind->on_finish(format, unfinished);
}
