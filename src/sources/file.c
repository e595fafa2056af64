/* SPDX-License-Identifier: MIT */

/*
 * A file followed by name: file:PATH.  It may be created late, grow, be
 * renamed and replaced, be truncated, be deleted.
 *
 * One function, advance, looks at the state of things and does one step; the
 * file watch and the pump (a timer, as long as there is more to read) call
 * it.  A file that was replaced is left only after it was read to its end
 * once more, and after its successor has got something: until then its writer
 * may still be at it.
 */

#include "loop/descriptor.h"
#include "loop/log.h"
#include "sources/file_head.h"
#include "sources/path_watch.h"
#include "sources/intake.h"
#include "sources/rotation.h"
#include "sources/source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * How far before the end of a file reading begins for a viewer that wants
 * nothing of its past, so that an unfinished event is delivered whole.
 */
enum { LOOK_BACK_BYTES = 16384 };

struct file_source {
	struct source *source;
	struct path_watch watch;
	struct timer pump;
	struct timer quiet; /* runs while the format awaits a pause */
	struct intake intake;
	int fd; /* -1 while there is no file */
	struct file_identity identity;
	struct file_head head;
	uint64_t record_start; /* of the next record */
	uint64_t record_n;     /* the size of the one before it */
	uint64_t run_start;    /* where equal records up to there begin */
	bool successor_seen;   /* leave at the next end of file */
};

/* Events. */

/*
 * Whether all that is before the position, as far as a place looks back, is the
 * record that ends there, again and again: a place there could be any of them,
 * so the event gets none.
 */
static bool
is_one_of_many(struct file_source *file, uint64_t position)
{
	struct span before = intake_before(&file->intake, position);
	uint64_t n = position - file->record_start;
	const char *end = before.bytes + before.n;
	bool same = n == file->record_n && before.n >= 2 * n &&
	    memcmp(end - n, end - 2 * n, n) == 0;

	if (!same)
		file->run_start = file->record_start;
	file->record_start = position;
	file->record_n = n;
	return same && position - file->run_start >= before.n;
}

static bool
on_event(void *ctx, const struct event *event, uint64_t position)
{
	struct file_source *file = ctx;
	const struct place_key *key = file->source->context->place_key;
	struct span nothing = {NULL, 0};
	char id[EVENT_ID_SIZE];
	struct file_place here = {
	    .offset = position,
	    .identity = place_identity(key, &file->identity),
	};

	if (is_one_of_many(file, position))
		return source_emit(file->source, event, nothing);
	here.content = intake_content(&file->intake, key, position);
	return source_emit(file->source, event, event_id_of_file(id, &here));
}

static void
on_reject(void *ctx, const struct rejection *rejection)
{
	struct file_source *file = ctx;
	struct event_sink sink = source_sink(file->source);

	sink.on_reject(sink.ctx, rejection);
}

/* Opening and closing. */

static void
follow(struct file_source *file, int fd, const struct file_status *status)
{
	file->fd = fd;
	file->identity = status->identity;
	file->successor_seen = false;
	file_head_read(&file->head, fd);
	path_watch_follow(&file->watch, fd);
}

/* Reads fd, which becomes ours, from its offset on. */
static int
read_from_here(struct file_source *file, int fd,
    const struct file_status *status, bool in_middle)
{
	struct event_sink sink = {on_event, on_reject, file};
	char memory[PLACE_WINDOW];
	uint64_t offset = (uint64_t)lseek(fd, 0, SEEK_CUR);
	struct span before = rotation_read_before(fd, offset, memory);
	char last = before.n > 0 ? before.bytes[before.n - 1] : '\n';
	struct input_start start = {
	    .position = offset,
	    .after_cr = last == '\r',
	    .inside_line = !in_middle && last != '\r' && last != '\n',
	    .in_middle = in_middle,
	    .end = (uint64_t)status->size,
	};
	const struct source *source = file->source;
	int rc;

	file->record_start = file->run_start = offset;
	file->record_n = 0;
	rc = intake_init(&file->intake, source->spec->format,
	    source_input_options(source), sink, start, before);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	follow(file, fd, status);
	return 0;
}

/* The unterminated rest of a file that is left is an event, too. */
static void
leave_file(struct file_source *file)
{
	intake_finish(&file->intake);
	intake_fini(&file->intake);
	descriptor_close(&file->fd);
}

/* Goes over to another file, from its offset on.  Returns 0 or an error. */
static int
go_over(struct file_source *file, int fd, const struct file_status *status)
{
	if (file->fd >= 0)
		leave_file(file);
	return read_from_here(file, fd, status, false);
}

/* Following. */

/*
 * Whether the file was emptied: it is shorter than what was read, or both the
 * bytes before the place and the head of the file have changed.  If only the
 * former have, its writer has written in place, and reading goes on.
 */
static bool
was_truncated(struct file_source *file)
{
	char memory[PLACE_WINDOW];
	uint64_t offset = file->intake.position;
	struct span known = intake_before(&file->intake, offset);
	struct span now = rotation_read_before(file->fd, offset, memory);

	if (now.n < known.n)
		return true;
	if (span_equal(known, now))
		return offset < file->head.n &&
		    file_head_has_changed(&file->head, file->fd);
	if (file_head_has_changed(&file->head, file->fd))
		return true;
	intake_replace_before(&file->intake, now);
	file_head_read(&file->head, file->fd);
	return false;
}

/*
 * The file was truncated in place.  If a copy of it was made before (as by
 * logrotate's copytruncate), what we have not read yet is read from there.
 */
static int
reopen_truncated(struct file_source *file)
{
	const char *path = file->source->spec->argument;
	const struct place_key *key = file->source->context->place_key;
	uint64_t offset = file->intake.position;
	uint64_t content = intake_content(&file->intake, key, offset);
	struct file_status status;
	int fd = rotation_open_copy(
	    path, key, &file->identity, offset, content, &status);

	if (fd >= 0) {
		descriptor_close(&file->fd);
		follow(file, fd, &status);
		return 0;
	}
	source_warn(file->source,
	    "the file was truncated, reading it from its beginning");
	fd = rotation_open(path, &status);
	return fd < 0 ? fd : go_over(file, fd, &status);
}

/*
 * The next file is there, but empty: its predecessor's writer may still be at
 * work.  Returns 0 if something came while the watch was set up.
 */
static int
await_successor(struct file_source *file, int fd)
{
	struct file_status status;

	path_watch_await(&file->watch, fd);
	return file_status_of(fd, &status) == 0 && status.size > 0 ? 0
								   : -EAGAIN;
}

/* At the end of the file: has another come after it? */
static int
look_for_successor(struct file_source *file)
{
	struct file_status status;
	int rc = 0;
	int fd = rotation_open_next(
	    file->source->spec->argument, &file->identity, &status);

	if (fd < 0)
		return -EAGAIN;
	if (status.size > 0 && file->successor_seen)
		return go_over(file, fd, &status);
	/* Once more to the end of the old file, now that this one has begun. */
	file->successor_seen = status.size > 0;
	if (!file->successor_seen)
		rc = await_successor(file, fd);
	close(fd);
	return rc;
}

static int
open_late(struct file_source *file)
{
	struct file_status status;
	int fd = rotation_open(file->source->spec->argument, &status);

	return fd < 0 ? -EAGAIN : go_over(file, fd, &status);
}

/* One step.  Returns 0 if there may be more to do, else -EAGAIN. */
static int
step(struct file_source *file)
{
	ssize_t n;

	if (file->fd < 0)
		return open_late(file);
	if (!intake_is_full(&file->intake) && was_truncated(file))
		return reopen_truncated(file);
	n = intake_pull(&file->intake, file->fd);
	if (n < 0 && n != -EAGAIN) {
		source_warn(file->source, "cannot read: %s", strerror((int)-n));
		return -EAGAIN;
	}
	if (n <= 0)
		return look_for_successor(file);
	/* At once: at the next look the file may be another. */
	file_head_keep(&file->head, intake_from_beginning(&file->intake));
	return 0;
}

static void
advance(void *ctx)
{
	struct file_source *file = ctx;

	if (file->source->paused)
		return;
	if (step(file) == 0)
		timer_start(&file->pump, 0);
	else if (file->fd >= 0 && intake_awaits_pause(&file->intake))
		timer_start(&file->quiet, INPUT_FORMAT_PAUSE_MS);
}

static void
on_quiet(void *ctx)
{
	struct file_source *file = ctx;

	if (!file->source->paused && file->fd >= 0)
		intake_pause(&file->intake);
}

/* Starting. */

/* Where in the file at hand to begin for a viewer without a known place. */
static int
begin_near_end(struct file_source *file, const struct source_begin *begin)
{
	const struct source *source = file->source;
	uint64_t back = LOOK_BACK_BYTES, offset = 0;
	struct file_status status;
	int fd = rotation_open(source->spec->argument, &status);

	if (fd < 0)
		return fd;
	if (begin->replay > 0 || begin->last_event_id.bytes)
		back = source->context->history;
	if ((uint64_t)status.size > back)
		offset = (uint64_t)status.size - back;
	if (lseek(fd, (off_t)offset, SEEK_SET) < 0) {
		close(fd);
		return -EIO;
	}
	return read_from_here(file, fd, &status, offset > 0);
}

/* Reads the file's past before anybody listens, so that it is in the ring. */
static void
read_past(struct file_source *file)
{
	struct file_status status;

	if (file_status_of(file->fd, &status) < 0)
		return;
	while (file->intake.position < (uint64_t)status.size &&
	    intake_pull(&file->intake, file->fd) > 0)
		continue;
}

static int
start_reading(struct file_source *file, const struct source_begin *begin)
{
	const char *path = file->source->spec->argument;
	struct file_place place;
	struct file_status status;
	int rc = -ENOENT;

	if (begin->last_event_id.bytes &&
	    event_id_is_file(begin->last_event_id, &place))
		rc = rotation_open_at(
		    path, file->source->context->place_key, &place, &status);
	if (rc >= 0) {
		file->source->resumed_at_id = true;
		return read_from_here(file, rc, &status, false);
	}
	if (begin->only_at_id)
		return rc;
	rc = begin_near_end(file, begin);
	if (rc == -ENOENT) {
		log_line(LOG_WARNING, "%s: waiting for it to be created%s",
		    path,
		    strpbrk(path, "*?[")
			? "; wildcards in its name are not expanded"
			: "");
		return 0;
	}
	if (rc == 0)
		read_past(file);
	return rc;
}

static void
fini(struct source *source)
{
	struct file_source *file = source->state;

	path_watch_fini(&file->watch);
	timer_fini(&file->pump);
	timer_fini(&file->quiet);
	intake_fini(&file->intake);
	descriptor_close(&file->fd);
	free(file);
}

static int
start(struct source *source, const struct source_begin *begin)
{
	struct file_source *file = calloc(1, sizeof(*file));
	struct loop *loop = source->context->loop;
	int rc;

	if (!file)
		return -ENOMEM;
	source->state = file;
	file->source = source;
	file->fd = -1;
	file->watch.notify = -1;
	rc = timer_init(&file->pump, loop, advance, file);
	if (rc == 0)
		rc = timer_init(&file->quiet, loop, on_quiet, file);
	if (rc == 0)
		rc = path_watch_init(
		    &file->watch, loop, source->spec->argument, advance, file);
	if (rc == 0)
		rc = start_reading(file, begin);
	if (rc < 0) {
		fini(source);
		return rc;
	}
	timer_start(&file->pump, 0);
	return 0;
}

static void
resume(struct source *source)
{
	advance(source->state);
}

static bool
can_resume(const struct source_spec *spec, struct span id)
{
	struct file_place place;

	(void)spec;
	return event_id_is_file(id, &place);
}

const struct source_kind source_file = {
    .prefix = "file:",
    .forms = {{"file:PATH", "a file, followed like tail -F", SOURCE_FORMAT}},
    .needs_argument = true,
    .n_descriptors = 2, /* the file, and its watch */
    .start = start,
    .resume = resume,
    .fini = fini,
    .can_resume = can_resume,
};
