/* SPDX-License-Identifier: MIT */

/*
 * A file followed by name: file:PATH.  It may be created late, grow, be
 * renamed and replaced, be emptied, be deleted.
 *
 * One function, advance, looks at the state of things and does one step; the
 * watch of the path and the pump (a timer, as long as there is more to read)
 * call it.  A file that was replaced is left only after it was read to its end
 * once more, and after the next one has got something: until then its writer
 * may still be at it.
 */

#include "core/gap.h"
#include "loop/descriptor.h"
#include "loop/log.h"
#include "sources/file_places.h"
#include "sources/file_reader.h"
#include "sources/path_watch.h"
#include "sources/rotation.h"
#include "sources/source.h"

#include <errno.h>
#include <fcntl.h>
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
	struct rotation rotation;
	struct file_reader reader;
	uint64_t past_end; /* while source->reads_past */
	bool is_at_end;    /* and no other file has come */
	bool awaits_next;  /* which is there, but empty: */
	struct file_identity next;
	bool next_seen;   /* leave at the next end of file */
	int error;        /* that was told of: the next cannot be opened */
	bool has_emptied; /* what was copied is read; this file was emptied: */
	uint32_t emptied; /* its identity in ids */
};

/* Which file is read. */

static void
file_follow(struct file_source *file)
{
	file->next_seen = file->awaits_next = file->is_at_end = false;
	file->error = 0;
	rotation_follow(&file->rotation, &file->reader.identity);
	path_watch_follow(
	    &file->watch, file->reader.fd, file->rotation.names.target);
}

/* For a file of which there may be a copy, made before it is emptied. */
static void
file_admit_copy(struct file_source *file)
{
	rotation_admit_copy(
	    &file->rotation, file->source->context->place_key, file->reader.fd);
}

static void
file_remember_emptied(struct file_source *file, uint32_t identity)
{
	file->has_emptied = true;
	file->emptied = identity;
}

static uint32_t
file_identity_in_ids(
    const struct file_source *file, const struct file_identity *identity)
{
	return place_identity(file->source->context->place_key, identity);
}

/* Begins with a file, from the offset on; the one at hand has been left. */
static int
file_go_over(struct file_source *file, int fd, const struct file_status *status,
    uint64_t offset)
{
	int rc;

	rc = file_reader_open(&file->reader, fd, status, offset, false);
	if (rc == 0)
		file_follow(file);
	else /* PATH is tried again. */
		rotation_follow(&file->rotation, NULL);
	return rc;
}

/* Going over to the next. */

enum file_overlap {
	OVERLAP_NONE,
	OVERLAP_WHOLE,
	OVERLAP_UNSURE, /* it may as well be another file of the same bytes */
};

/*
 * Whether the next file has all that was read, because this one is a copy of
 * it that was made just now.  A copy is younger than what it is a copy of,
 * unless an older file was written over.
 */
static enum file_overlap
file_overlap_with(struct file_source *file, const struct rotation_next *next)
{
	uint64_t position = file_reader_position(&file->reader);
	uint64_t here = file->reader.identity.birth_ns;
	uint64_t there = next->status.identity.birth_ns;
	bool is_renamed = here > 0 && here < there;
	bool is_copy = there > 0 && there < here, is_alike;

	if (position == 0 || next->status.size < position ||
	    (file->has_emptied &&
		file->emptied ==
		    file_identity_in_ids(file, &next->status.identity)) ||
	    !file_places_hold(file->source->context->place_key, next->fd,
		position, file_reader_content(&file->reader)))
		return OVERLAP_NONE;
	is_alike = file_places_are_alike(file->reader.fd, position);
	if (is_copy && !is_alike)
		return OVERLAP_WHOLE;
	if (position >= PLACE_WINDOW && !is_alike)
		return OVERLAP_WHOLE;
	return is_renamed ? OVERLAP_NONE : OVERLAP_UNSURE;
}

static int
file_take_next(struct file_source *file, const struct rotation_next *next)
{
	enum file_overlap overlap = OVERLAP_NONE;

	if (file->reader.fd >= 0)
		overlap = file_overlap_with(file, next);
	file->has_emptied = false;
	if (overlap == OVERLAP_NONE)
		file_reader_leave(&file->reader);
	if (overlap == OVERLAP_UNSURE ||
	    (overlap == OVERLAP_NONE && next->may_miss))
		source_lose(file->source, GAP_UNKNOWN);
	if (overlap == OVERLAP_NONE)
		return file_go_over(
		    file, next->fd, &next->status, next->offset);
	file_reader_continue_in(&file->reader, next->fd, &next->status);
	file_follow(file);
	file_admit_copy(file);
	return 0;
}

/*
 * The next file is there, but empty: the writer may still be at work in the one
 * before.  Returns 0 if something came while the watch was set up.
 */
static int
file_await_next(struct file_source *file, int fd)
{
	struct file_status status;

	path_watch_await(&file->watch, fd);
	if (file_status_of(fd, &status) < 0)
		return -EAGAIN;
	file->next = status.identity;
	file->awaits_next = status.size == 0;
	return file->awaits_next ? -EAGAIN : 0;
}

/* It may be readable later: its owner or mode is often set last. */
static void
file_tell_of_error(struct file_source *file, int error)
{
	if (error == -ENOENT || error == file->error)
		return;
	file->error = error;
	source_warn(file->source, "cannot open %s: %s; trying again",
	    file->source->spec->argument, file_names_error(error));
}

/* At the end of the file, or without one: has another come? */
static int
file_look_for_next(struct file_source *file)
{
	uint64_t n_come = path_watch_count(&file->watch);
	struct rotation_next next;
	int rc = rotation_open_next(&file->rotation, n_come, &file->reader.head,
	    file_reader_position(&file->reader), &next);

	if (rc < 0) {
		file_tell_of_error(file, rc);
		return -EAGAIN;
	}
	/* What was found may be out of date. */
	if (path_watch_count(&file->watch) != n_come) {
		close(next.fd);
		return 0;
	}
	if (file->reader.fd < 0 || (next.status.size > 0 && file->next_seen))
		return file_take_next(file, &next);
	/* Once more to the end of the old file, now that this one has begun. */
	file->next_seen = next.status.size > 0;
	if (!file->next_seen)
		rc = file_await_next(file, next.fd);
	close(next.fd);
	return rc;
}

/* Emptied. */

/* Opens what the file was copied to before it was emptied, or fails. */
static int
file_open_copy(struct file_source *file, struct file_status *status)
{
	const struct place_key *key = file->source->context->place_key;
	const struct file_head *head = &file->reader.head;
	uint64_t offset = file_reader_position(&file->reader);

	if (offset >= head->n)
		return rotation_open_copy(&file->rotation,
		    path_watch_count(&file->watch), key, offset,
		    file_reader_content(&file->reader), status);
	/* Little or nothing was read: the head says more than the place. */
	return rotation_open_copy(&file->rotation,
	    path_watch_count(&file->watch), key, head->n,
	    place_content(key, head->n,
		place_sum(key, (struct span){head->bytes, head->n})),
	    status);
}

/* Opens what came before the file was emptied for the last time, or fails. */
static int
file_open_missed(struct file_source *file, struct file_status *status)
{
	return rotation_open_missed(&file->rotation,
	    path_watch_count(&file->watch), &file->reader.head, status);
}

/*
 * What was not read of the file is gone, and an event that was read in part is
 * cut.
 */
static int
file_begin_anew(
    struct file_source *file, int fd, const struct file_status *status)
{
	file->has_emptied = false;
	file_reader_fini(&file->reader);
	source_lose(file->source, GAP_UNKNOWN);
	return file_go_over(file, fd, status, 0);
}

static int
file_was_emptied(struct file_source *file)
{
	uint32_t identity = file->reader.identity_in_ids;
	struct file_status status;
	int fd = file_open_copy(file, &status);

	if (fd >= 0) {
		file_reader_continue_in(&file->reader, fd, &status);
		file_remember_emptied(file, identity);
		file_follow(file);
		return 0;
	}
	fd = file_open_missed(file, &status);
	if (fd == -EAGAIN)
		return 0;
	if (fd < 0)
		fd = fcntl(file->reader.fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0 || file_status_of(fd, &status) < 0) {
		descriptor_close(&fd);
		return -EAGAIN;
	}
	source_warn(file->source,
	    "the file was truncated, reading it from its beginning");
	return file_begin_anew(file, fd, &status);
}

/* Steps. */

/* One step.  Returns 0 if there may be more to do, else -EAGAIN. */
static int
file_step(struct file_source *file)
{
	struct file_status status;
	ssize_t n;
	int fd;

	if (file->reader.fd < 0)
		return file_look_for_next(file);
	/* Before its first byte was read, it may have been copied and emptied. */
	fd = file_reader_position(&file->reader) > 0
	    ? -ENOENT
	    : file_open_missed(file, &status);
	if (fd == -EAGAIN)
		return 0;
	if (fd >= 0)
		return file_begin_anew(file, fd, &status);
	if (file_reader_was_emptied(&file->reader))
		return file_was_emptied(file);
	n = file_reader_pull(&file->reader);
	if (n < 0) {
		source_warn(file->source, "cannot read: %s", strerror((int)-n));
		return -EAGAIN;
	}
	return n > 0 ? 0 : file_look_for_next(file);
}

/* Whether the past is to be read on, though its file may be another by now. */
static bool
file_is_in_past(const struct file_source *file)
{
	return file->reader.fd >= 0 &&
	    file_reader_position(&file->reader) < file->past_end;
}

static void
advance(void *ctx)
{
	struct file_source *file = ctx;

	if (file->source->paused)
		return;
	file->is_at_end = file_step(file) < 0;
	if (file->is_at_end ||
	    (!file_is_in_past(file) && !intake_is_full(&file->reader.intake)))
		source_past_read(file->source);
	if (!file->is_at_end) {
		timer_start(&file->pump, 0);
		return;
	}
	if (file->reader.fd >= 0 && intake_awaits_pause(&file->reader.intake))
		timer_start(&file->quiet, INPUT_FORMAT_PAUSE_MS);
	source_idle(file->source);
}

static void
on_quiet(void *ctx)
{
	struct file_source *file = ctx;

	if (!file->source->paused && file->reader.fd >= 0)
		intake_pause(&file->reader.intake);
}

/* Starting. */

static int
file_begin(struct file_source *file, int fd, const struct file_status *status,
    uint64_t offset, bool in_middle)
{
	int rc = file_reader_open(&file->reader, fd, status, offset, in_middle);

	if (rc < 0)
		return rc;
	file_follow(file);
	file_admit_copy(file);
	return 0;
}

/* Where in the file at hand to begin for a viewer without a known place. */
static int
file_begin_near_end(struct file_source *file, const struct source_begin *begin)
{
	const struct source *source = file->source;
	uint64_t back = LOOK_BACK_BYTES, offset = 0;
	struct file_status status;
	int fd = file_names_open(&file->rotation.names, 0, &status);

	if (fd < 0)
		return fd;
	if (begin->replay > 0 || begin->last_event_id.bytes)
		back = source->context->history;
	if (status.size > back)
		offset = status.size - back;
	return file_begin(file, fd, &status, offset, offset > 0);
}

/*
 * Reads the file's past before anybody listens, so that it is in the ring.  A
 * rest that would take too long is read by advance.
 */
static void
file_read_past(struct file_source *file)
{
	uint64_t until_ms = file->source->context->past_until_ms;
	struct file_status status;

	if (file_status_of(file->reader.fd, &status) < 0)
		return;
	file->past_end = status.size;
	while (file_is_in_past(file) && loop_now_ms() < until_ms &&
	    file_reader_pull(&file->reader) > 0)
		continue;
	file->source->reads_past = file_is_in_past(file);
}

/* Begins at the place of that event id.  Returns -ENOENT if it is gone. */
static int
file_resume_at(struct file_source *file, struct span id)
{
	struct file_place place;
	struct file_status status;
	int fd;

	if (!id.bytes || !event_id_is_file(id, &place))
		return -ENOENT;
	fd = file_places_open(&file->rotation.names,
	    file->source->context->place_key, &place, &status);
	if (fd < 0)
		return fd;
	/* Found in a copy: then the file itself has been emptied. */
	if (file_identity_in_ids(file, &status.identity) != place.identity)
		file_remember_emptied(file, place.identity);
	file->source->resumed_at_id = true;
	return file_begin(file, fd, &status, place.offset, false);
}

static int
file_start_reading(struct file_source *file, const struct source_begin *begin)
{
	const char *path = file->source->spec->argument;
	int rc;

	rotation_look(&file->rotation, path_watch_count(&file->watch));
	rc = file_resume_at(file, begin->last_event_id);
	if (rc == 0 || begin->only_at_id)
		return rc;
	rc = file_begin_near_end(file, begin);
	if (rc == -ENOENT) {
		rotation_follow(&file->rotation, NULL);
		log_line(LOG_WARNING, "%s: waiting for it to be created%s",
		    path,
		    strpbrk(path, "*?[")
			? "; wildcards in its name are not expanded"
			: "");
		return 0;
	}
	if (rc == -EINVAL)
		file->source->why = file_names_error(rc);
	if (rc == 0)
		file_read_past(file);
	return rc;
}

static void
fini(struct source *source)
{
	struct file_source *file = source->state;

	path_watch_fini(&file->watch);
	timer_fini(&file->pump);
	timer_fini(&file->quiet);
	file_reader_fini(&file->reader);
	rotation_fini(&file->rotation);
	free(file);
}

static int
start(struct source *source, const struct source_begin *begin)
{
	struct file_source *file = calloc(1, sizeof(*file));
	const struct source_context *context = source->context;
	int rc;

	if (!file)
		return -ENOMEM;
	source->state = file;
	file->source = source;
	file_reader_init(&file->reader, source);
	rotation_init(&file->rotation, source->spec->argument);
	rc = timer_init(&file->pump, context->loop, advance, file);
	if (rc == 0)
		rc = timer_init(&file->quiet, context->loop, on_quiet, file);
	if (rc == 0)
		rc = path_watch_init(&file->watch, context->loop,
		    context->notifier, source->spec->argument, advance, file);
	if (rc == 0)
		rc = file_start_reading(file, begin);
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

/* Whether one is at the end of a file after which the other's comes, empty. */
static bool
file_is_before(const struct file_source *a, const struct file_source *b)
{
	if (!a->is_at_end || a->reader.fd < 0)
		return false;
	if (b->reader.fd < 0)
		return !a->awaits_next;
	return a->awaits_next && file_reader_position(&b->reader) == 0 &&
	    file_status_same(&a->next, &b->reader.identity);
}

static bool
are_level(const struct source *one, const struct source *other)
{
	const struct file_source *a = one->state, *b = other->state;

	if (!file_reader_is_between(&a->reader) ||
	    !file_reader_is_between(&b->reader))
		return false;
	if (a->reader.fd >= 0 && b->reader.fd >= 0 &&
	    file_status_same(&a->reader.identity, &b->reader.identity))
		return file_reader_position(&a->reader) ==
		    file_reader_position(&b->reader);
	return file_is_before(a, b) || file_is_before(b, a);
}

const struct source_kind source_file = {
    .prefix = "file:",
    .forms = {{"file:PATH", "a file, followed like tail -F", SOURCE_FORMAT}},
    .needs_argument = true,
    .n_descriptors = 2, /* the file, and the next */
    .start = start,
    .resume = resume,
    .fini = fini,
    .are_level = are_level,
    .can_resume = can_resume,
};
