/* SPDX-License-Identifier: MIT */

#include "sources/file_follower.h"

#include "core/gap.h"
#include "loop/descriptor.h"
#include "sources/file_emptied.h"
#include "sources/file_places.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Which file is read. */

static void
follower_follow(struct file_follower *follower)
{
	follower->state = FILE_FOLLOWER_READING;
	follower->has_copy = false;
	follower->error = 0;
	rotation_follow(&follower->rotation, &follower->reader.identity);
	path_watch_follow(&follower->watch, follower->reader.fd,
	    follower->rotation.names.target);
}

/* For a file of which there may be a copy, made before it is emptied. */
static void
follower_admit_copy(struct file_follower *follower)
{
	rotation_admit_copy(&follower->rotation,
	    follower->source->context->place_key, follower->reader.fd);
}

static void
follower_remember_emptied(struct file_follower *follower, uint32_t identity)
{
	follower->has_emptied = true;
	follower->emptied = identity;
}

static uint32_t
follower_identity_in_ids(
    const struct file_follower *follower, const struct file_identity *identity)
{
	return place_identity(follower->source->context->place_key, identity);
}

/* Begins with a file, from the offset on; the one at hand has been left. */
static int
follower_go_over(struct file_follower *follower, int fd,
    const struct file_status *status, uint64_t offset)
{
	int rc;

	rc = file_reader_open(&follower->reader, fd, status, offset, false);
	if (rc == 0)
		follower_follow(follower);
	else /* PATH is tried again. */
		rotation_follow(&follower->rotation, NULL);
	return rc;
}

/* Beginning. */

int
file_follower_init(struct file_follower *follower, struct source *source,
    loop_callback *on_change, void *ctx)
{
	const struct source_context *context = source->context;
	const char *path = source->spec->argument;
	int rc;

	*follower = (struct file_follower){.source = source};
	file_reader_init(&follower->reader, source);
	rotation_init(&follower->rotation, path, source->spec->argument_asked);
	rc = path_watch_init(&follower->watch, context->loop, context->notifier,
	    path, on_change, ctx);
	if (rc == 0)
		rotation_look(
		    &follower->rotation, path_watch_count(&follower->watch));
	return rc;
}

void
file_follower_fini(struct file_follower *follower)
{
	path_watch_fini(&follower->watch);
	file_reader_fini(&follower->reader);
	rotation_fini(&follower->rotation);
}

void
file_follower_await(struct file_follower *follower)
{
	rotation_follow(&follower->rotation, NULL);
}

int
file_follower_begin(struct file_follower *follower, int fd,
    const struct file_status *status, uint64_t offset, bool in_middle)
{
	int rc =
	    file_reader_open(&follower->reader, fd, status, offset, in_middle);

	if (rc < 0)
		return rc;
	follower_follow(follower);
	follower_admit_copy(follower);
	return 0;
}

int
file_follower_resume(
    struct file_follower *follower, const struct file_place *place)
{
	struct file_status status;
	int fd = file_places_open(&follower->rotation.names,
	    follower->source->context->place_key, place, &status);
	int rc;

	if (fd < 0)
		return fd;
	/* Found in a copy: then the file itself has been emptied. */
	if (follower_identity_in_ids(follower, &status.identity) !=
	    place->identity)
		follower_remember_emptied(follower, place->identity);
	rc = file_follower_begin(follower, fd, &status, place->offset, false);
	if (rc == 0)
		follower->reader.identity_in_ids = place->identity;
	return rc;
}

/* Going over to the next. */

static bool
follower_is_emptied_one(
    const struct file_follower *follower, const struct file_status *status)
{
	return follower->has_emptied &&
	    follower->emptied ==
	    follower_identity_in_ids(follower, &status->identity);
}

static int
follower_take_next(
    struct file_follower *follower, const struct rotation_next *next)
{
	enum file_overlap overlap = FILE_OVERLAP_NONE;

	if (follower->reader.fd >= 0 &&
	    !follower_is_emptied_one(follower, &next->status))
		overlap = file_reader_overlap_with(
		    &follower->reader, next->fd, &next->status);
	follower->has_emptied = false;
	if (overlap == FILE_OVERLAP_NONE)
		file_reader_leave(&follower->reader);
	if (overlap == FILE_OVERLAP_UNSURE ||
	    (overlap == FILE_OVERLAP_NONE && next->may_miss))
		source_lose(follower->source, GAP_UNKNOWN);
	if (overlap == FILE_OVERLAP_NONE)
		return follower_go_over(
		    follower, next->fd, &next->status, next->offset);
	file_reader_continue_in(&follower->reader, next->fd, &next->status);
	follower_follow(follower);
	follower_admit_copy(follower);
	return 0;
}

/*
 * The next file is there, but empty: the writer may still be at work in the one
 * before.  Returns 0 if something came while the watch was set up.
 */
static int
follower_await_next(struct file_follower *follower, int fd)
{
	struct file_status status;

	path_watch_await(&follower->watch, fd);
	if (file_status_of(fd, &status) < 0)
		return -EAGAIN;
	if (status.size > 0)
		return 0;
	follower->next = status.identity;
	follower->state = FILE_FOLLOWER_AWAITING_NEXT;
	return -EAGAIN;
}

/* It may be readable later: its owner or mode is often set last. */
static void
follower_tell_of_error(struct file_follower *follower, int error)
{
	if (error == -ENOENT || error == follower->error)
		return;
	follower->error = error;
	source_warn(follower->source, "cannot open %s: %s; trying again",
	    follower->source->spec->argument, file_names_error(error));
}

/* At the end of the file, or without one: has another come? */
static int
follower_look_for_next(struct file_follower *follower)
{
	uint64_t n_come = path_watch_count(&follower->watch);
	bool is_leaving = follower->state == FILE_FOLLOWER_LEAVING;
	struct rotation_next next;
	int rc = rotation_open_next(&follower->rotation, n_come,
	    &follower->reader.head, file_reader_position(&follower->reader),
	    &next);

	if (rc < 0) {
		follower_tell_of_error(follower, rc);
		follower->state = FILE_FOLLOWER_AT_END;
		return -EAGAIN;
	}
	/* What was found may be out of date. */
	if (path_watch_count(&follower->watch) != n_come) {
		close(next.fd);
		return 0;
	}
	if (follower->reader.fd < 0 || (next.status.size > 0 && is_leaving))
		return follower_take_next(follower, &next);
	/* Once more to the end of the old file, now that this one has begun. */
	if (next.status.size > 0)
		follower->state = FILE_FOLLOWER_LEAVING;
	else
		rc = follower_await_next(follower, next.fd);
	close(next.fd);
	return rc;
}

/* Emptied. */

/* Opens what came before the file was emptied for the last time, or fails. */
static int
follower_open_missed(struct file_follower *follower, struct file_status *status)
{
	return rotation_open_missed(&follower->rotation,
	    path_watch_count(&follower->watch), &follower->reader.head, status);
}

/*
 * What was not read of the file is gone, and an event that was read in part is
 * cut.
 */
static int
follower_begin_anew(
    struct file_follower *follower, int fd, const struct file_status *status)
{
	follower->has_emptied = false;
	file_reader_fini(&follower->reader);
	source_lose(follower->source, GAP_UNKNOWN);
	return follower_go_over(follower, fd, status, 0);
}

static int
follower_was_emptied(struct file_follower *follower)
{
	uint32_t identity = follower->reader.identity_in_ids;
	struct file_status status;
	bool is_unsure;
	int fd = file_emptied_open_copy(follower, &status, &is_unsure);

	if (fd >= 0 && is_unsure)
		descriptor_close(&fd);
	if (fd >= 0) {
		file_reader_continue_in(&follower->reader, fd, &status);
		follower->reader.identity_in_ids = identity;
		follower_remember_emptied(follower, identity);
		follower_follow(follower);
		return 0;
	}
	fd = follower_open_missed(follower, &status);
	if (fd == -EAGAIN)
		return 0;
	if (fd < 0)
		fd = fcntl(follower->reader.fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0 || file_status_of(fd, &status) < 0) {
		descriptor_close(&fd);
		return -EAGAIN;
	}
	source_warn(follower->source,
	    "the file was truncated, reading it from its beginning");
	return follower_begin_anew(follower, fd, &status);
}

/* Steps. */

/*
 * Reads, and looks only then whether the file was emptied: else it could be
 * emptied, and grow past the place, between the two.  What was read goes on
 * from the place if neither the bytes before it nor the names have changed;
 * otherwise it is read once more.  *n receives 0 at the end, more if there may
 * be more, or a negative errno.  Returns whether there is something to go on
 * with.
 */
static bool
follower_read(struct file_follower *follower, ssize_t *n, bool *was_emptied)
{
	struct file_reader *reader = &follower->reader;
	bool may_deceive = file_emptied_may_deceive(follower);
	uint64_t n_come = may_deceive ? path_watch_count(&follower->watch) : 0;

	*was_emptied = false;
	if (intake_is_full(&reader->intake)) {
		*n = 1;
		return true;
	}
	*n = file_reader_read_ahead(reader);
	*was_emptied = file_emptied_notice(follower, n_come);
	if (*was_emptied ||
	    (may_deceive && path_watch_count(&follower->watch) != n_come)) {
		file_reader_drop_ahead(reader);
		return false;
	}
	file_reader_take_ahead(reader);
	return true;
}

static int
follower_step(struct file_follower *follower)
{
	struct file_status status;
	bool was_emptied;
	ssize_t n;
	int fd = -ENOENT;

	if (follower->reader.fd < 0)
		return follower_look_for_next(follower);
	if (file_reader_position(&follower->reader) == 0 &&
	    rotation_has_name(&follower->rotation))
		fd = follower_open_missed(follower, &status);
	if (fd == -EAGAIN)
		return 0;
	if (fd >= 0)
		return follower_begin_anew(follower, fd, &status);
	if (!follower_read(follower, &n, &was_emptied))
		return was_emptied ? follower_was_emptied(follower) : 0;
	if (n > 0)
		n = file_reader_pull(&follower->reader);
	if (n < 0) {
		source_warn(
		    follower->source, "cannot read: %s", strerror((int)-n));
		return -EAGAIN;
	}
	return n > 0 ? 0 : follower_look_for_next(follower);
}

int
file_follower_step(struct file_follower *follower)
{
	int rc = follower_step(follower);

	if (rc < 0 && follower->state == FILE_FOLLOWER_READING)
		follower->state = FILE_FOLLOWER_AT_END;
	else if (rc == 0 && follower->state != FILE_FOLLOWER_LEAVING)
		follower->state = FILE_FOLLOWER_READING;
	return rc;
}

/* Whether one is at the end of a file after which the other's comes, empty. */
static bool
follower_is_before(const struct file_follower *a, const struct file_follower *b)
{
	if (a->reader.fd < 0)
		return false;
	if (b->reader.fd < 0)
		return a->state == FILE_FOLLOWER_AT_END;
	return a->state == FILE_FOLLOWER_AWAITING_NEXT &&
	    file_reader_position(&b->reader) == 0 &&
	    file_status_same(&a->next, &b->reader.identity);
}

bool
file_follower_are_level(
    const struct file_follower *one, const struct file_follower *other)
{
	const struct file_reader *a = &one->reader, *b = &other->reader;

	if (!file_reader_is_between(a) || !file_reader_is_between(b))
		return false;
	if (a->fd >= 0 && b->fd >= 0 &&
	    file_status_same(&a->identity, &b->identity))
		return file_reader_position(a) == file_reader_position(b);
	return follower_is_before(one, other) || follower_is_before(other, one);
}
