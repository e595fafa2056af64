/* SPDX-License-Identifier: MIT */

/*
 * A file followed by name: file:PATH.  It may be created late, grow, be
 * renamed and replaced, be emptied, be deleted.
 *
 * One function, advance, does one step of the follower; the watch of the path
 * and the pump (a timer, as long as there is more to read) call it.
 */

#include "sources/file.h"

#include "loop/log.h"
#include "sources/file_follower.h"
#include "sources/file_places.h"

#include <errno.h>
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
	struct file_follower follower;
	struct timer pump;
	struct timer quiet;    /* runs while the format awaits a pause */
	loop_callback *on_end; /* or NULL */
	void *ctx;
	/* The past: all of the older file, and the other as it was. */
	struct file_status past;
	bool has_older;
	struct file_identity older;
};

/* Steps. */

/* Whether the past is to be read on, though its file may be another by now. */
static bool
file_is_in_past(const struct file_source *file)
{
	const struct file_reader *reader = &file->follower.reader;

	if (reader->fd < 0)
		return false;
	if (file_status_same(&reader->identity, &file->past.identity))
		return file_reader_position(reader) < file->past.size;
	return file->has_older &&
	    file_status_same(&reader->identity, &file->older);
}

static void
advance(void *ctx)
{
	struct file_source *file = ctx;
	struct file_reader *reader = &file->follower.reader;
	bool is_at_end;

	if (file->source->paused)
		return;
	is_at_end = file_follower_step(&file->follower) < 0;
	if (is_at_end ||
	    (!file_is_in_past(file) && !intake_is_full(&reader->intake)))
		source_past_read(file->source);
	if (!is_at_end) {
		timer_start(&file->pump, 0);
		return;
	}
	if (reader->fd >= 0 && intake_awaits_pause(&reader->intake))
		timer_start(&file->quiet, INPUT_FORMAT_PAUSE_MS);
	if (file->on_end)
		file->on_end(file->ctx);
	source_idle(file->source);
}

static void
on_quiet(void *ctx)
{
	struct file_source *file = ctx;
	struct file_reader *reader = &file->follower.reader;

	if (!file->source->paused && reader->fd >= 0)
		intake_pause(&reader->intake);
}

/* Starting. */

/* Has *fd lead to PATH.1, unless that is what PATH was when it was opened. */
static void
file_open_older(struct file_source *file, int *fd, struct file_status *status)
{
	struct file_status older_status;
	int older =
	    file_names_open(&file->follower.rotation.names, 1, &older_status);

	if (older < 0)
		return;
	if (file_status_same(&older_status.identity, &status->identity)) {
		close(older);
		return;
	}
	close(*fd);
	*fd = older;
	*status = older_status;
	file->has_older = true;
	file->older = older_status.identity;
}

/*
 * Where to begin for a viewer without a known place.  The past of a spool that
 * was rotated is in the older file.
 */
static int
file_begin_near_end(struct file_source *file, const struct source_begin *begin)
{
	const struct source *source = file->source;
	bool wants_past = begin->replay > 0 || begin->last_event_id.bytes;
	uint64_t back = wants_past ? source->context->history : LOOK_BACK_BYTES;
	struct file_status status;
	int fd = file_names_open(&file->follower.rotation.names, 0, &status);
	uint64_t offset;

	if (fd < 0)
		return fd;
	file->past = status;
	if (wants_past && source->spec->kind->in_blocks && status.size < back)
		file_open_older(file, &fd, &status);
	if (file->has_older)
		back -= file->past.size;
	offset = status.size > back ? status.size - back : 0;
	return file_follower_begin(
	    &file->follower, fd, &status, offset, offset > 0);
}

/*
 * Reads the file's past before anybody listens, so that it is in the ring.  A
 * rest that would take too long is read by advance.
 */
static void
file_read_past(struct file_source *file)
{
	uint64_t until_ms = file->source->context->past_until_ms;

	while (file_is_in_past(file) && loop_now_ms() < until_ms &&
	    file_follower_step(&file->follower) == 0)
		continue;
	file->source->reads_past = file_is_in_past(file);
}

/* Begins at the place of that event id.  Returns -ENOENT if it is gone. */
static int
file_resume_at(struct file_source *file, struct span id)
{
	struct file_place place;
	int rc;

	if (!id.bytes || !event_id_is_file(id, &place))
		return -ENOENT;
	rc = file_follower_resume(&file->follower, &place);
	file->source->resumed_at_id = rc == 0;
	return rc;
}

/*
 * Whether the file that is not there is waited for.  For one that a visitor has
 * named that depends on the kind, and goes without saying.
 */
static bool
file_may_come(const struct source_spec *spec)
{
	if (spec->argument_asked)
		return !spec->kind->exists;
	log_line(LOG_WARNING, "%s: waiting for it to be created%s",
	    spec->argument,
	    strpbrk(spec->argument, "*?[")
		? "; wildcards in its name are not expanded"
		: "");
	return true;
}

static int
file_start_reading(struct file_source *file, const struct source_begin *begin)
{
	int rc = file_resume_at(file, begin->last_event_id);

	if (rc == 0 || begin->only_at_id)
		return rc;
	rc = file_begin_near_end(file, begin);
	if (rc == -ENOENT && file_may_come(file->source->spec)) {
		file_follower_await(&file->follower);
		return 0;
	}
	if (rc == -EINVAL)
		file->source->why = file_names_error(rc);
	if (rc == 0)
		file_read_past(file);
	return rc;
}

void
file_source_fini(struct file_source *file)
{
	if (!file)
		return;
	file_follower_fini(&file->follower);
	timer_fini(&file->pump);
	timer_fini(&file->quiet);
	free(file);
}

int
file_source_start(struct file_source **created, struct source *source,
    const struct source_begin *begin)
{
	struct file_source *file = calloc(1, sizeof(*file));
	struct loop *loop = source->context->loop;
	int rc;

	*created = file;
	if (!file)
		return -ENOMEM;
	file->source = source;
	rc = file_follower_init(&file->follower, source, advance, file);
	if (rc == 0)
		rc = timer_init(&file->pump, loop, advance, file);
	if (rc == 0)
		rc = timer_init(&file->quiet, loop, on_quiet, file);
	if (rc == 0)
		rc = file_start_reading(file, begin);
	if (rc < 0) {
		file_source_fini(file);
		*created = NULL;
		return rc;
	}
	timer_start(&file->pump, 0);
	return 0;
}

void
file_source_on_end(struct file_source *file, loop_callback *on_end, void *ctx)
{
	file->on_end = on_end;
	file->ctx = ctx;
}

void
file_source_resume(struct file_source *file)
{
	advance(file);
}

void
file_source_look(struct file_source *file)
{
	timer_start(&file->pump, 0);
}

bool
file_source_can_resume(const struct source_spec *spec, struct span id)
{
	struct file_place place;

	(void)spec;
	return event_id_is_file(id, &place);
}

bool
file_source_are_level(const struct file_source *a, const struct file_source *b)
{
	return file_follower_are_level(&a->follower, &b->follower);
}

/* file:PATH, of which this is the state. */

static int
start(struct source *source, const struct source_begin *begin)
{
	struct file_source *file;
	int rc = file_source_start(&file, source, begin);

	source->state = file;
	return rc;
}

static void
resume(struct source *source)
{
	file_source_resume(source->state);
}

static void
fini(struct source *source)
{
	file_source_fini(source->state);
}

static bool
are_level(const struct source *a, const struct source *b)
{
	return file_source_are_level(a->state, b->state);
}

static bool
is_of_copy(const struct source_spec *spec, const struct source_context *context,
    struct span id)
{
	struct file_names names;
	struct file_place place;
	bool result;

	if (!event_id_is_file(id, &place))
		return false;
	file_names_init(&names, spec->argument, spec->argument_asked);
	result = file_places_is_of_copy(&names, context->place_key, &place);
	file_names_fini(&names);
	return result;
}

static bool
exists(const struct source_spec *spec)
{
	struct file_names names;
	struct file_status status;
	int fd;

	file_names_init(&names, spec->argument, spec->argument_asked);
	fd = file_names_open(&names, 0, &status);
	file_names_fini(&names);
	if (fd < 0)
		return file_places_is_shortage(fd);
	close(fd);
	return true;
}

const struct source_kind source_file = {
    .prefix = "file:",
    .forms = {{"file:PATH", "a file, followed like tail -F", SOURCE_FORMAT}},
    .needs_argument = true,
    .n_descriptors = 2, /* the file, and the next */
    .has_templates = true,
    .exists = exists,
    .start = start,
    .resume = resume,
    .fini = fini,
    .are_level = are_level,
    .can_resume = file_source_can_resume,
    .is_of_copy = is_of_copy,
};
