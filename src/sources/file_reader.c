/* SPDX-License-Identifier: MIT */

#include "sources/file_reader.h"

#include "loop/descriptor.h"
#include "sources/block_end.h"
#include "sources/file_places.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* How much of a hole is looked at in one turn, where the system knows none. */
enum { HOLE_STEP_BYTES = 1 << 20 };

void
file_reader_init(struct file_reader *reader, struct source *source)
{
	*reader = (struct file_reader){.source = source, .fd = -1};
}

void
file_reader_fini(struct file_reader *reader)
{
	intake_fini(&reader->intake);
	descriptor_close(&reader->fd);
}

/* Events. */

/*
 * Whether all that is before the position, as far as a place looks back, is the
 * record that ends there, again and again: a place there could be any of them,
 * so the event gets none.
 */
static bool
file_reader_is_one_of_many(struct file_reader *reader, uint64_t position)
{
	struct span before = intake_before(&reader->intake, position);
	uint64_t n = position - reader->record_start;
	const char *end = before.bytes + before.n;
	bool same = n == reader->record_n && before.n >= 2 * n &&
	    memcmp(end - n, end - 2 * n, n) == 0;

	if (!same)
		reader->run_start = reader->record_start;
	reader->record_start = position;
	reader->record_n = n;
	return same && position - reader->run_start >= before.n;
}

static bool
on_event(void *ctx, const struct event *event, uint64_t position)
{
	struct file_reader *reader = ctx;
	const struct place_key *key = reader->source->context->place_key;
	struct span nothing = {NULL, 0};
	char id[EVENT_ID_SIZE];
	struct file_place here = {
	    .offset = position,
	    .identity = reader->identity_in_ids,
	};

	if (file_reader_is_one_of_many(reader, position))
		return source_emit(reader->source, event, nothing);
	here.content = intake_content(&reader->intake, key, position);
	return source_emit(reader->source, event, event_id_of_file(id, &here));
}

static void
on_reject(void *ctx, const struct rejection *rejection)
{
	struct file_reader *reader = ctx;
	struct event_sink sink = source_sink(reader->source);

	sink.on_reject(sink.ctx, rejection);
}

/* Opening and leaving. */

static int
file_reader_begin_at(
    struct file_reader *reader, uint64_t offset, uint64_t size, bool in_middle)
{
	const struct source *source = reader->source;
	struct event_sink sink = {on_event, on_reject, reader};
	char memory[PLACE_WINDOW];
	struct span before = file_places_before(reader->fd, offset, memory);
	char last = before.n > 0 ? before.bytes[before.n - 1] : '\n';
	struct input_start start = {
	    .position = offset,
	    .after_cr = last == '\r',
	    .inside_line =
		!in_middle && !reader->in_hole && last != '\r' && last != '\n',
	    .in_middle = in_middle,
	    .end = size,
	};

	if (lseek(reader->fd, (off_t)offset, SEEK_SET) < 0)
		return -errno;
	reader->record_start = reader->run_start = offset;
	reader->blocks_end = reader->searched = offset;
	reader->record_n = 0;
	return intake_init(&reader->intake, source->spec->format,
	    source_input_options(source), sink, start, before);
}

static void
file_reader_take(
    struct file_reader *reader, int fd, const struct file_status *status)
{
	reader->fd = fd;
	reader->identity = status->identity;
	reader->identity_in_ids = place_identity(
	    reader->source->context->place_key, &status->identity);
}

int
file_reader_open(struct file_reader *reader, int fd,
    const struct file_status *status, uint64_t offset, bool in_middle)
{
	int rc;

	file_reader_take(reader, fd, status);
	reader->in_hole = offset == 0;
	rc = file_reader_begin_at(reader, offset, status->size, in_middle);
	if (rc < 0) {
		descriptor_close(&reader->fd);
		return rc;
	}
	file_head_read(&reader->head, fd);
	return 0;
}

void
file_reader_continue_in(
    struct file_reader *reader, int fd, const struct file_status *status)
{
	uint64_t offset = file_reader_position(reader);

	descriptor_close(&reader->fd);
	file_reader_take(reader, fd, status);
	reader->blocks_end = reader->searched = offset;
	/* A regular file can be read from anywhere. */
	(void)lseek(fd, (off_t)offset, SEEK_SET);
	file_head_read(&reader->head, fd);
}

void
file_reader_leave(struct file_reader *reader)
{
	if (reader->fd < 0)
		return;
	intake_finish(&reader->intake);
	file_reader_fini(reader);
}

/* Reading. */

bool
file_reader_is_between(const struct file_reader *reader)
{
	return reader->fd < 0 ||
	    (!intake_is_full(&reader->intake) &&
		reader->record_start == file_reader_position(reader));
}

uint64_t
file_reader_content(struct file_reader *reader)
{
	return intake_content(&reader->intake,
	    reader->source->context->place_key, file_reader_position(reader));
}

bool
file_reader_was_emptied(struct file_reader *reader)
{
	char memory[PLACE_WINDOW];
	uint64_t offset = file_reader_position(reader);
	struct span known = intake_before(&reader->intake, offset);
	struct span now = file_places_before(reader->fd, offset, memory);

	if (intake_is_full(&reader->intake))
		return false;
	if (now.n < known.n)
		return true;
	if (span_equal(known, now))
		return offset < reader->head.n &&
		    file_head_has_changed(&reader->head, reader->fd);
	if (file_head_has_changed(&reader->head, reader->fd))
		return true;
	intake_replace_before(&reader->intake, now);
	file_head_read(&reader->head, reader->fd);
	return false;
}

enum file_overlap
file_reader_overlap_with(
    struct file_reader *reader, int fd, const struct file_status *status)
{
	uint64_t position = file_reader_position(reader);
	uint64_t here = reader->identity.birth_ns;
	uint64_t there = status->identity.birth_ns;
	bool is_renamed = here > 0 && here < there;
	bool is_copy = there > 0 && there < here, is_alike;

	if (position == 0 || status->size < position ||
	    !file_places_hold(reader->source->context->place_key, fd, position,
		file_reader_content(reader)))
		return FILE_OVERLAP_NONE;
	is_alike = file_places_are_alike(reader->fd, position);
	if (!is_alike && (is_copy || position >= PLACE_WINDOW))
		return FILE_OVERLAP_WHOLE;
	return is_renamed ? FILE_OVERLAP_NONE : FILE_OVERLAP_UNSURE;
}

/* The first byte from there on that is no NUL, as far as one step looks. */
static uint64_t
file_reader_skip_nuls(int fd, uint64_t offset)
{
	uint64_t at = file_status_skip_hole(fd, offset);
	uint64_t limit = at + HOLE_STEP_BYTES;
	char bytes[4096];
	ssize_t n, i;

	do {
		n = pread(fd, bytes, sizeof(bytes), (off_t)at);
		for (i = 0; i < n && bytes[i] == '\0'; i++)
			continue;
		at += (uint64_t)i;
	} while (n > 0 && i == n && at < limit);
	return at;
}

/* Returns 1 if something was passed over, 0 if not, or a negative errno. */
static int
file_reader_skip_hole(struct file_reader *reader)
{
	uint64_t position = file_reader_position(reader);
	uint64_t next = file_reader_skip_nuls(reader->fd, position);
	struct intake before = reader->intake;
	int rc = 0;

	if (next > position)
		rc = file_reader_begin_at(reader, next, next, false);
	if (rc == 0 && next > position) {
		intake_fini(&before);
		return 1;
	}
	reader->intake = before;
	(void)lseek(reader->fd, (off_t)position, SEEK_SET);
	return rc;
}

/*
 * Looks how far there are whole blocks.  An end that was searched is searched
 * again if the file is not larger: then it may have been cut off, and others be
 * in its place.
 */
static int
file_reader_find_blocks(struct file_reader *reader)
{
	struct file_status status;
	uint64_t end;
	int rc = file_status_of(reader->fd, &status);

	if (rc < 0)
		return rc;
	if (status.size <= reader->searched)
		reader->searched = reader->blocks_end;
	rc = block_end_find(reader->fd, reader->searched, status.size, &end);
	if (rc < 0)
		return rc == -EAGAIN ? 0 : rc;
	if (end > reader->searched)
		reader->blocks_end = end;
	if (status.size > reader->searched)
		reader->searched = status.size;
	return 0;
}

static ssize_t
file_reader_fill_blocks(struct file_reader *reader)
{
	int rc = 0;

	if (reader->blocks_end <= file_reader_position(reader))
		rc = file_reader_find_blocks(reader);
	if (rc < 0)
		return rc;
	reader->intake.limit = reader->blocks_end;
	return intake_fill(&reader->intake, reader->fd);
}

static ssize_t
file_reader_fill(struct file_reader *reader)
{
	ssize_t n;

	if (reader->in_hole) {
		n = file_reader_skip_hole(reader);
		if (n != 0)
			return n;
	}
	n = reader->source->spec->kind->in_blocks
	    ? file_reader_fill_blocks(reader)
	    : intake_fill(&reader->intake, reader->fd);
	if (n > 0)
		reader->in_hole = false;
	return n == -EAGAIN ? 0 : n;
}

ssize_t
file_reader_read_ahead(struct file_reader *reader)
{
	bool in_hole = reader->in_hole;
	ssize_t n = file_reader_fill(reader);

	reader->n_ahead = intake_set_aside(&reader->intake);
	if (reader->n_ahead > 0)
		reader->in_hole = in_hole;
	return n;
}

void
file_reader_take_ahead(struct file_reader *reader)
{
	intake_take_back(&reader->intake, reader->n_ahead);
	if (reader->n_ahead > 0)
		reader->in_hole = false;
	reader->n_ahead = 0;
}

void
file_reader_drop_ahead(struct file_reader *reader)
{
	/* A regular file can be read from anywhere. */
	if (reader->n_ahead > 0)
		(void)lseek(
		    reader->fd, (off_t)file_reader_position(reader), SEEK_SET);
	reader->n_ahead = 0;
}

ssize_t
file_reader_pull(struct file_reader *reader)
{
	ssize_t n = file_reader_fill(reader);

	if (n <= 0 || !intake_is_full(&reader->intake))
		return n;
	n = intake_pull(&reader->intake, reader->fd);
	/* At once: at the next look the file may be another. */
	file_head_keep(&reader->head, intake_from_beginning(&reader->intake));
	return n;
}
