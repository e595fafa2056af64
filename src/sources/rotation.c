/* SPDX-License-Identifier: MIT */

#include "sources/rotation.h"

#include "sources/file_places.h"

#include <errno.h>
#include <unistd.h>

void
rotation_init(struct rotation *rotation, const char *path, const char *asked)
{
	*rotation = (struct rotation){.n_come = ROTATION_UNSEEN};
	file_names_init(&rotation->names, path, asked);
}

void
rotation_fini(struct rotation *rotation)
{
	file_names_fini(&rotation->names);
}

/* The older files. */

static bool
rotation_is_current(
    const struct rotation *rotation, const struct file_identity *file)
{
	return rotation->has_current &&
	    file_status_same(file, &rotation->current);
}

static const struct file_status *
rotation_old_of(
    const struct rotation *rotation, const struct file_identity *file)
{
	for (size_t i = 0; i < rotation->n_older; i++)
		if (file_status_same(file, &rotation->older[i].identity))
			return &rotation->older[i];
	return NULL;
}

/* Whether the file was not there when the current one began to be read. */
static bool
rotation_is_new(
    const struct rotation *rotation, const struct file_identity *file)
{
	return !rotation_is_current(rotation, file) &&
	    !rotation_old_of(rotation, file);
}

void
rotation_look(struct rotation *rotation, uint64_t n_come)
{
	struct file_status status;

	file_names_refresh(&rotation->names);
	rotation->seen_n_come = n_come;
	rotation->n_seen = 0;
	rotation->has_seen_path = false;
	for (int i = 0; i < FILE_NAMES_MAX; i++) {
		if (file_names_status(&rotation->names, i, &status) < 0)
			continue;
		rotation->has_seen_path = i == 0 || rotation->has_seen_path;
		rotation->seen[rotation->n_seen++] = status;
	}
}

/* What is younger, up to the current file, may follow it; the rest is old. */
void
rotation_follow(struct rotation *rotation, const struct file_identity *current)
{
	bool is_past = !current;

	rotation->has_successor = false;
	rotation->n_older = rotation->n_copies = 0;
	rotation->n_come = rotation->seen_n_come;
	rotation->has_current = current != NULL;
	if (current)
		rotation->current = *current;
	for (size_t i = 0; i < rotation->n_seen; i++) {
		const struct file_status *seen = &rotation->seen[i];
		bool is_path = i == 0 && rotation->has_seen_path;

		if (rotation_is_current(rotation, &seen->identity)) {
			is_past = true;
		} else if (is_past && (current || !is_path)) {
			rotation->older[rotation->n_older++] = *seen;
		} else if (current && (is_path || seen->size > 0)) {
			rotation->has_successor = true;
			rotation->successor = seen->identity;
		}
	}
	rotation->is_unsure = !is_past;
}

bool
rotation_has_name(const struct rotation *rotation)
{
	return file_names_find(&rotation->names, &rotation->current) >= 0;
}

/*
 * A copy is younger than its file, but for one that was written over another.
 */
static bool
rotation_is_copy_of_current(const struct rotation *rotation,
    const struct place_key *key, int fd, int copy,
    const struct file_status *status)
{
	uint64_t birth = rotation->current.birth_ns;

	if (status->size == 0 || !file_places_has_all_of(key, fd, copy) ||
	    file_places_are_alike(fd, status->size))
		return false;
	return status->size >= PLACE_WINDOW ||
	    (birth > 0 && birth < status->identity.birth_ns);
}

void
rotation_admit_copy(
    struct rotation *rotation, const struct place_key *key, int fd)
{
	struct file_status status;
	int number, copy;

	if (rotation->n_older == 0)
		return;
	number =
	    file_names_find(&rotation->names, &rotation->older[0].identity);
	copy = number < 0 ? -1
			  : file_names_open(&rotation->names, number, &status);
	if (copy < 0)
		return;
	if (rotation_is_copy_of_current(rotation, key, fd, copy, &status)) {
		rotation->older[0] = rotation->older[--rotation->n_older];
		rotation->n_copies++;
	}
	close(copy);
}

/* The next file. */

static bool
rotation_has_lost_successor(const struct rotation *rotation)
{
	return rotation->has_successor &&
	    file_names_find(&rotation->names, &rotation->successor) < 0;
}

/* Whether a name between the two, which stood empty, does so no more. */
static bool
rotation_was_filled(const struct rotation *rotation, int younger, int number)
{
	struct file_status status;

	for (int i = younger + 1; i < number; i++)
		if (file_names_status(&rotation->names, i, &status) == 0 &&
		    status.size > 0)
			return true;
	return false;
}

/*
 * Opens a name that is to be read.  Returns the descriptor, -ENOENT if nothing
 * is to be read there, or an error.  A file in the place of an old one that
 * cannot be opened is passed over.
 */
static int
rotation_open(
    const struct rotation *rotation, int number, struct rotation_next *next)
{
	int fd = file_names_open(&rotation->names, number, &next->status);

	if (fd >= 0 && number > 0 && next->status.size == 0) {
		close(fd);
		return -ENOENT;
	}
	if (number == 0 || fd >= 0 || file_places_is_shortage(fd))
		return fd;
	if (fd != -ENOENT && fd != -EISDIR && fd != -EINVAL)
		next->may_miss = true;
	return -ENOENT;
}

/* The current file has that name. */
static int
rotation_open_younger(
    struct rotation *rotation, int number, struct rotation_next *next)
{
	const struct file_names *names = &rotation->names;
	int fd = -ENOENT, younger = number;

	next->may_miss = rotation_has_lost_successor(rotation);
	while (fd == -ENOENT && younger > 0)
		fd = rotation_open(rotation, --younger, next);
	if (fd < 0)
		return fd;
	/* Another rotation came in between: look again next time. */
	if (file_names_find(names, &rotation->current) != number ||
	    rotation_was_filled(rotation, younger, number)) {
		close(fd);
		return -ENOENT;
	}
	next->fd = fd;
	return 0;
}

/* How many files have names that they did not have before. */
static uint64_t
rotation_count_new(const struct rotation *rotation)
{
	struct file_identity seen[FILE_NAMES_MAX];
	uint64_t n = 0;

	for (int i = 0; i < FILE_NAMES_MAX; i++) {
		struct file_status status;
		uint64_t at = 0;

		if (file_names_status(&rotation->names, i, &status) < 0 ||
		    !rotation_is_new(rotation, &status.identity))
			continue;
		while (at < n && !file_status_same(&seen[at], &status.identity))
			at++;
		if (at == n)
			seen[n++] = status.identity;
	}
	return n;
}

/*
 * Whether files may have come and gone unseen since the current one was read.
 */
static bool
rotation_may_miss(const struct rotation *rotation, uint64_t n_come)
{
	uint64_t n;

	if (rotation->is_unsure)
		return true;
	/* The first file of all is the first that is there. */
	if (n_come == ROTATION_UNSEEN || rotation->n_come == ROTATION_UNSEEN)
		return rotation->has_current;
	if (rotation->has_successor)
		return rotation_has_lost_successor(rotation);
	n = n_come - rotation->n_come;
	return (n == 0 && rotation->has_current) ||
	    rotation_count_new(rotation) < n + rotation->n_copies;
}

/* The current file has no name any more, or there is none. */
static int
rotation_open_oldest_new(struct rotation *rotation, uint64_t n_come,
    const struct file_head *head, uint64_t position, struct rotation_next *next)
{
	const int oldest = rotation->is_unsure ? 0 : FILE_NAMES_MAX - 1;

	next->may_miss = rotation_may_miss(rotation, n_come);
	for (int i = oldest; i >= 0; i--) {
		struct file_status status;
		int fd = file_names_status(&rotation->names, i, &status);

		if (i == 0 && fd < 0)
			return fd;
		if (fd < 0 ||
		    (i > 0 && !rotation_is_new(rotation, &status.identity)))
			continue;
		fd = rotation_open(rotation, i, next);
		if (fd == -ENOENT)
			continue;
		if (fd >= 0 && i > 0 && next->status.size < position &&
		    !file_head_has_changed(head, fd)) {
			close(fd);
			next->may_miss = true;
			continue;
		}
		next->fd = fd;
		return fd < 0 ? fd : 0;
	}
	return -ENOENT;
}

int
rotation_open_next(struct rotation *rotation, uint64_t n_come,
    const struct file_head *head, uint64_t position, struct rotation_next *next)
{
	const struct file_status *old;
	int number = -1, rc;

	if (rotation->has_current) {
		number = file_names_find(&rotation->names, &rotation->current);
		if (number == 0)
			return -ENOENT;
	}
	rotation_look(rotation, n_come);
	rc = number > 0
	    ? rotation_open_younger(rotation, number, next)
	    : rotation_open_oldest_new(rotation, n_come, head, position, next);
	if (rc < 0)
		return rc;
	/* An older file that was given the name again, and goes on. */
	old = rotation_old_of(rotation, &next->status.identity);
	next->offset = old && old->size <= next->status.size ? old->size : 0;
	return 0;
}

/* Files that were copied and emptied. */

/* Whether the file has come, or was written to, since. */
static bool
rotation_may_be_copy(
    const struct rotation *rotation, const struct file_status *status)
{
	const struct file_status *old =
	    rotation_old_of(rotation, &status->identity);

	return !rotation_is_current(rotation, &status->identity) &&
	    (!old || old->modified_ns != status->modified_ns);
}

int
rotation_open_copy(struct rotation *rotation, uint64_t n_come,
    const struct place_key *key, uint64_t offset, uint64_t content,
    struct file_status *status, bool *is_unsure)
{
	int number = file_names_find(&rotation->names, &rotation->current);
	int copy = -ENOENT;

	*is_unsure = false;
	rotation_look(rotation, n_come);
	for (int i = number < 0 ? 1 : number + 1; i < FILE_NAMES_MAX; i++) {
		struct file_status found;
		int fd = file_names_open(&rotation->names, i, &found);

		if (fd < 0)
			continue;
		if (!rotation_may_be_copy(rotation, &found) ||
		    !file_places_hold(key, fd, offset, content)) {
			close(fd);
		} else if (copy < 0) {
			copy = fd;
			*status = found;
		} else {
			close(fd);
			*is_unsure |= !file_status_same(
			    &found.identity, &status->identity);
		}
	}
	if (copy >= 0 && lseek(copy, (off_t)offset, SEEK_SET) < 0) {
		close(copy);
		return -ENOENT;
	}
	return copy;
}

int
rotation_open_missed(struct rotation *rotation, uint64_t n_come,
    const struct file_head *head, struct file_status *status)
{
	const struct file_names *names = &rotation->names;
	int number = file_names_find(names, &rotation->current);

	rotation_look(rotation, n_come);
	if (rotation->is_unsure)
		return -ENOENT;
	for (int i = FILE_NAMES_MAX - 1; i > 0 && i > number; i--) {
		int fd = file_names_open(names, i, status);

		if (fd < 0)
			continue;
		if (status->size == 0 ||
		    !rotation_is_new(rotation, &status->identity) ||
		    (head->n > 0 && !file_head_has_changed(head, fd))) {
			close(fd);
			continue;
		}
		/* Renamed meanwhile, this may be a younger file. */
		if (file_names_find(names, &rotation->current) == number)
			return fd;
		close(fd);
		return -EAGAIN;
	}
	return -ENOENT;
}
