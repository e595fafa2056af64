/* SPDX-License-Identifier: MIT */

#include "sources/intake.h"

#include "loop/descriptor.h"
#include "loop/shared_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The size of a pipe on Linux. */
enum { READ_BYTES = 65536 };

int
intake_init(struct intake *intake, const struct input_format_kind *kind,
    struct input_options options, struct event_sink sink,
    struct input_start start, struct span before)
{
	*intake = (struct intake){
	    .format = input_format_create(kind, options, sink, start),
	    .buffer = malloc(PLACE_WINDOW + READ_BYTES),
	    .from = before.n,
	    .to = before.n,
	    .position = start.position,
	    .limit = UINT64_MAX,
	};
	if (!intake->format || !intake->buffer) {
		intake_fini(intake);
		return -ENOMEM;
	}
	if (before.n > 0)
		memcpy(intake->buffer, before.bytes, before.n);
	return 0;
}

void
intake_fini(struct intake *intake)
{
	input_format_destroy(intake->format);
	free(intake->buffer);
	*intake = (struct intake){0};
}

bool
intake_is_full(const struct intake *intake)
{
	return intake->from < intake->to;
}

/* Moves the last bytes to the front and makes room behind them. */
static void
intake_keep_last_bytes(struct intake *intake)
{
	size_t keep = intake->to < PLACE_WINDOW ? intake->to : PLACE_WINDOW;

	/* The sum stays that of the same bytes, if they stay. */
	if (intake->summed == intake->to)
		intake->summed = keep;
	else
		intake->summed = 0;
	memmove(intake->buffer, intake->buffer + intake->to - keep, keep);
	intake->from = intake->to = keep;
}

static ssize_t
intake_read_once(struct intake *intake, int fd)
{
	char *free_bytes = intake->buffer + intake->to;
	uint64_t wanted = intake->limit - intake->position;
	size_t n = wanted < READ_BYTES ? (size_t)wanted : READ_BYTES;

	return intake->is_shared ? shared_file_read(fd, free_bytes, n)
				 : descriptor_read(fd, free_bytes, n);
}

ssize_t
intake_fill(struct intake *intake, int fd)
{
	ssize_t n = (ssize_t)(intake->to - intake->from);

	if (n > 0)
		return n;
	intake_keep_last_bytes(intake);
	n = intake_read_once(intake, fd);
	if (n > 0) {
		intake->to += (size_t)n;
		intake->position += (uint64_t)n;
	}
	return n;
}

size_t
intake_set_aside(struct intake *intake)
{
	size_t n = intake->to - intake->from;

	intake->position -= n;
	intake->to = intake->from;
	return n;
}

void
intake_take_back(struct intake *intake, size_t n)
{
	intake->position += n;
	intake->to += n;
}

ssize_t
intake_pull(struct intake *intake, int fd)
{
	ssize_t n = intake_fill(intake, fd);

	if (n > 0)
		intake->from += input_format_feed(intake->format,
		    intake->buffer + intake->from, intake->to - intake->from);
	return n;
}

bool
intake_ends_in_line(const struct intake *intake)
{
	char last = intake->to > 0 ? intake->buffer[intake->to - 1] : '\n';

	return last != '\n' && last != '\r' && last != '\0';
}

bool
intake_awaits_pause(const struct intake *intake)
{
	return !intake_is_full(intake) &&
	    input_format_awaits_pause(intake->format);
}

void
intake_pause(struct intake *intake)
{
	if (!intake_is_full(intake))
		input_format_pause(intake->format);
}

void
intake_finish(struct intake *intake)
{
	input_format_finish(intake->format);
}

/* Where in the buffer the bytes before the position end. */
static size_t
intake_index(const struct intake *intake, uint64_t position)
{
	return intake->to - (size_t)(intake->position - position);
}

struct span
intake_before(const struct intake *intake, uint64_t position)
{
	size_t end = intake_index(intake, position);
	size_t n = end < PLACE_WINDOW ? end : PLACE_WINDOW;

	return (struct span){intake->buffer + end - n, n};
}

struct span
intake_from_beginning(const struct intake *intake)
{
	size_t n = (size_t)intake->position;

	if (intake->position > intake->to)
		return (struct span){NULL, 0};
	return (struct span){intake->buffer + intake->to - n, n};
}

void
intake_replace_before(struct intake *intake, struct span before)
{
	memcpy(intake->buffer + intake->to - before.n, before.bytes, before.n);
	intake->summed = 0;
}

uint64_t
intake_content(
    struct intake *intake, const struct place_key *key, uint64_t position)
{
	size_t end = intake_index(intake, position);

	if (intake->summed == 0 || intake->summed > end)
		intake->sum = place_sum(key, intake_before(intake, position));
	else
		intake->sum = place_roll(
		    key, intake->sum, intake->buffer, intake->summed, end);
	intake->summed = end;
	return place_content(key, position, intake->sum);
}
