/* SPDX-License-Identifier: MIT */

#include "formats/splitter.h"

#include <string.h>

void
splitter_init(struct splitter *splitter, enum split_by by, size_t cap,
    uint64_t position, bool after_cr)
{
	*splitter = (struct splitter){
	    .by = by,
	    .cap = cap,
	    .position = position,
	    .after_cr = after_cr && by != SPLIT_BY_NUL,
	    .begun_by_cr = after_cr,
	    .is_over = after_cr && by == SPLIT_BY_SCREEN_LINE,
	};
}

void
splitter_begin_inside_line(struct splitter *splitter)
{
	splitter->begun_by_cr = true;
	splitter->is_out = true;
}

void
splitter_fini(struct splitter *splitter)
{
	buffer_fini(&splitter->held);
}

static const char *
splitter_find_terminator(const struct splitter *splitter, struct span input)
{
	const char *lf, *cr;

	if (splitter->by == SPLIT_BY_NUL)
		return memchr(input.bytes, '\0', input.n);
	lf = memchr(input.bytes, '\n', input.n);
	cr = memchr(
	    input.bytes, '\r', lf ? (size_t)(lf - input.bytes) : input.n);
	return cr ? cr : lf;
}

static struct span
splitter_take(struct splitter *splitter, struct span *input, size_t n)
{
	splitter->position += n;
	return span_take(input, n);
}

/* Adds the part to the record that is being held, or counts it as dropped. */
static void
splitter_hold(struct splitter *splitter, struct span part)
{
	if (splitter->dropped == 0 &&
	    buffer_append(&splitter->held, part, splitter->cap) == 0)
		return;
	if (splitter->dropped == 0)
		splitter->dropped = splitter->held.n;
	splitter->dropped += part.n;
	splitter->held.n = 0;
}

static enum split
splitter_hand_out_held(struct splitter *splitter, struct span *record)
{
	if (splitter->dropped > 0) {
		*record = (struct span){NULL, (size_t)splitter->dropped};
		splitter->dropped = 0;
		return SPLIT_TOO_LONG;
	}
	*record = buffer_span(&splitter->held);
	splitter->held_is_out = true;
	return SPLIT_RECORD;
}

/* The next line begins, after a CR alone or a whole line end. */
static void
splitter_begin_line(struct splitter *splitter, bool is_after_cr)
{
	splitter->begun_by_cr = is_after_cr;
	splitter->is_over = is_after_cr && splitter->by == SPLIT_BY_SCREEN_LINE;
}

static void
splitter_take_terminator(struct splitter *splitter, struct span *input)
{
	bool is_cr = *splitter_take(splitter, input, 1).bytes == '\r';

	if (splitter->by == SPLIT_BY_NUL)
		return;
	splitter_begin_line(splitter, is_cr);
	if (is_cr && input->n == 0) {
		splitter->after_cr = true;
	} else if (is_cr && *input->bytes == '\n') {
		splitter_take(splitter, input, 1);
		splitter_begin_line(splitter, false);
	}
}

static void
splitter_begin(struct splitter *splitter, struct span *input)
{
	if (splitter->held_is_out) {
		splitter->held_is_out = false;
		splitter->held.n = 0;
	}
	if (splitter->after_cr && input->n > 0) {
		splitter->after_cr = false;
		if (*input->bytes == '\n') {
			splitter_take(splitter, input, 1);
			splitter_begin_line(splitter, false);
		}
	}
}

/*
 * Takes line ends that end no line off the front of a screen line.  Returns
 * whether it took an empty line.
 */
static bool
splitter_take_empty_line(struct splitter *splitter, struct span *input)
{
	while (input->n > 0) {
		char c = *input->bytes;

		if (splitter->cr_held) {
			splitter->cr_held = false;
			splitter->begun_by_cr = true;
			if (c == '\n') {
				splitter_take(splitter, input, 1);
				splitter_begin_line(splitter, false);
				return true;
			}
		} else if (splitter->is_out) {
			splitter->is_out = false;
			splitter->is_over = false;
			if (c != '\r' && c != '\n')
				return false;
			splitter_take_terminator(splitter, input);
		} else if (c == '\r') {
			splitter_take(splitter, input, 1);
			splitter->cr_held = true;
		} else {
			return false;
		}
	}
	return false;
}

bool
splitter_is_between(const struct splitter *splitter)
{
	return (splitter->held.n == 0 || splitter->held_is_out) &&
	    splitter->dropped == 0;
}

/* Whether the line is a screen line that overwrites another. */
static bool
splitter_is_over_another(const struct splitter *splitter)
{
	return splitter->by == SPLIT_BY_SCREEN_LINE && splitter->begun_by_cr;
}

static bool
splitter_is_blank(struct span record)
{
	for (size_t i = 0; i < record.n; i++)
		if (!text_is_blank(record.bytes[i]))
			return false;
	return true;
}

/* *is_over receives whether the record overwrites the one before. */
static enum split
splitter_next_record(struct splitter *splitter, struct span *input,
    struct span *record, bool *is_over)
{
	const char *end;
	struct span part;

	splitter_begin(splitter, input);
	*is_over = false;
	splitter->replaces = false;
	*record = (struct span){"", 0};
	if (splitter->by == SPLIT_BY_SCREEN_LINE &&
	    splitter_is_between(splitter) &&
	    splitter_take_empty_line(splitter, input))
		return SPLIT_RECORD;
	if (input->n == 0)
		return SPLIT_MORE;
	end = splitter_find_terminator(splitter, *input);
	part = splitter_take(
	    splitter, input, end ? (size_t)(end - input->bytes) : input->n);
	if (!end) {
		splitter_hold(splitter, part);
		return SPLIT_MORE;
	}
	*is_over = splitter_is_over_another(splitter);
	splitter->replaces = splitter->is_over;
	splitter_take_terminator(splitter, input);
	if (splitter->held.n == 0 && splitter->dropped == 0 &&
	    part.n <= splitter->cap) {
		*record = part;
		return SPLIT_RECORD;
	}
	splitter_hold(splitter, part);
	return splitter_hand_out_held(splitter, record);
}

enum split
splitter_next(
    struct splitter *splitter, struct span *input, struct span *record)
{
	enum split what;
	bool is_over;

	/* Blanks that overwrite a line erase it. */
	do {
		what = splitter_next_record(splitter, input, record, &is_over);
	} while (what == SPLIT_RECORD && is_over && splitter_is_blank(*record));
	return what;
}

bool
splitter_awaits_pause(const struct splitter *splitter)
{
	return splitter_is_over_another(splitter) &&
	    !splitter_is_between(splitter) && splitter->dropped == 0 &&
	    !splitter_is_blank(buffer_span(&splitter->held));
}

enum split
splitter_pause(struct splitter *splitter, struct span *record)
{
	if (!splitter_awaits_pause(splitter))
		return SPLIT_MORE;
	splitter->is_out = true;
	splitter->replaces = splitter->is_over;
	return splitter_hand_out_held(splitter, record);
}

enum split
splitter_finish(struct splitter *splitter, struct span *record)
{
	struct span nothing = {"", 0};

	splitter_begin(splitter, &nothing);
	if (splitter_is_between(splitter))
		return SPLIT_MORE;
	if (splitter->dropped == 0 && splitter_is_over_another(splitter) &&
	    splitter_is_blank(buffer_span(&splitter->held)))
		splitter->held_is_out = true;
	splitter->replaces = splitter->is_over;
	return splitter->held_is_out ? SPLIT_MORE
				     : splitter_hand_out_held(splitter, record);
}
