/* SPDX-License-Identifier: MIT */

/* lines: one event a line.  nul: one event a NUL-terminated string. */

#include "formats/input_format.h"

static bool
on_record(struct input_format *format, struct span record)
{
	struct event event = EVENT_NONE;

	event.data = record;
	return input_format_emit(format, &event);
}

const struct input_format_kind format_lines = {
    .name = "lines",
    .by = SPLIT_BY_SCREEN_LINE,
    .on_record = on_record,
};

const struct input_format_kind format_nul = {
    .name = "nul",
    .by = SPLIT_BY_NUL,
    .on_record = on_record,
};
