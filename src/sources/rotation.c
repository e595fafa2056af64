/* SPDX-License-Identifier: MIT */

#include "sources/rotation.h"

#include "loop/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int
rotation_open(const char *path, struct file_status *status)
{
	/* Non-blocking, lest a FIFO wait for its writer. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	if (file_status_of(fd, status) == 0 && S_ISREG(status->mode))
		return fd;
	close(fd);
	return S_ISDIR(status->mode) ? -EISDIR : -EINVAL;
}

/* The name of the file that was rotated that many times. */
static bool
rotated_name(char out[PATH_MAX], const char *path, int age)
{
	int n = age == 0 ? snprintf(out, PATH_MAX, "%s", path)
			 : snprintf(out, PATH_MAX, "%s.%d", path, age);

	return n > 0 && n < PATH_MAX;
}

static int
open_rotated(const char *path, int age, struct file_status *status)
{
	char name[PATH_MAX];

	if (!rotated_name(name, path, age))
		return -ENAMETOOLONG;
	return rotation_open(name, status);
}

/* How many times that file was rotated, or -1 if it is gone. */
static int
age_of(const char *path, const struct file_identity *file)
{
	char name[PATH_MAX];
	struct file_status status;

	for (int age = 0; age <= ROTATION_MAX; age++)
		if (rotated_name(name, path, age) &&
		    file_status_of_name(name, &status) == 0 &&
		    file_status_same(&status.identity, file))
			return age;
	return -1;
}

/* Whether a name between the two ages, which stood empty, does so no more. */
static bool
was_filled(const char *path, int younger, int age)
{
	char name[PATH_MAX];
	struct file_status status;

	for (int between = younger + 1; between < age; between++)
		if (rotated_name(name, path, between) &&
		    file_status_of_name(name, &status) == 0 && status.size > 0)
			return true;
	return false;
}

int
rotation_open_next(const char *path, const struct file_identity *file,
    struct file_status *status)
{
	int age = age_of(path, file);

	for (int younger = age < 0 ? 0 : age - 1; younger >= 0; younger--) {
		int fd = open_rotated(path, younger, status);

		/* Another rotation came in between: look again next time. */
		if (fd >= 0 && (status->size > 0 || younger == 0) &&
		    age_of(path, file) == age &&
		    !was_filled(path, younger, age))
			return fd;
		if (fd >= 0)
			close(fd);
	}
	return -ENOENT;
}

struct span
rotation_read_before(int fd, uint64_t offset, char memory[PLACE_WINDOW])
{
	size_t n = offset < PLACE_WINDOW ? (size_t)offset : PLACE_WINDOW;
	ssize_t got = pread(fd, memory, n, (off_t)(offset - n));

	return (struct span){memory, got > 0 ? (size_t)got : 0};
}

static bool
rotation_holds(
    const struct place_key *key, int fd, uint64_t offset, uint64_t content)
{
	char memory[PLACE_WINDOW];
	struct span before = rotation_read_before(fd, offset, memory);
	size_t whole = offset < PLACE_WINDOW ? (size_t)offset : PLACE_WINDOW;

	return before.n == whole &&
	    place_content(key, offset, place_sum(key, before)) == content;
}

/* Whether the bytes around the offset are the same record again and again. */
static bool
rotation_is_repetitive(int fd, uint64_t offset)
{
	char around[PLACE_AROUND_MAX];
	uint64_t from = offset < PLACE_WINDOW ? 0 : offset - PLACE_WINDOW;
	ssize_t n = pread(fd, around, sizeof(around), (off_t)from);

	return n > 0 && place_is_repetitive((struct span){around, (size_t)n});
}

/* Whether the file still begins with all that its copy has. */
static bool
rotation_has_all_of(const struct place_key *key, int fd, int copy)
{
	char memory[PLACE_WINDOW];
	struct file_status status;
	struct span end;

	if (file_status_of(copy, &status) < 0)
		return false;
	end = rotation_read_before(copy, status.size, memory);
	return rotation_holds(key, fd, status.size,
	    place_content(key, status.size, place_sum(key, end)));
}

/* What may be opened the next time. */
static bool
is_shortage(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM;
}

/* The files that hold a place, open: the one that it is of, and a copy. */
struct rotation_holders {
	int own; /* -1 for none */
	int copy;
	struct file_status own_status;
	struct file_status copy_status;
	bool many; /* there are several copies */
	int error; /* -ENOENT, or a shortage */
};

static void
rotation_hold(struct rotation_holders *holders, int fd,
    const struct file_status *status, bool is_own)
{
	if (is_own && holders->own < 0) {
		holders->own = fd;
		holders->own_status = *status;
		return;
	}
	if (!is_own && holders->copy < 0) {
		holders->copy = fd;
		holders->copy_status = *status;
		return;
	}
	/* A second name of a file is no second file. */
	if (!is_own &&
	    !file_status_same(
		&status->identity, &holders->copy_status.identity))
		holders->many = true;
	close(fd);
}

/* Looks at all names; PATH itself is no copy. */
static struct rotation_holders
rotation_find(const char *path, const struct place_key *key,
    const struct file_place *place)
{
	struct rotation_holders holders = {
	    .own = -1, .copy = -1, .error = -ENOENT};

	for (int age = 0; age <= ROTATION_MAX; age++) {
		struct file_status status;
		int fd = open_rotated(path, age, &status);
		bool is_own;

		if (is_shortage(fd))
			holders.error = fd;
		if (fd < 0)
			continue;
		is_own =
		    place_identity(key, &status.identity) == place->identity;
		if ((is_own || age > 0) &&
		    rotation_holds(key, fd, place->offset, place->content))
			rotation_hold(&holders, fd, &status, is_own);
		else
			close(fd);
	}
	return holders;
}

/* Takes the descriptor if the place is there and nowhere else. */
static int
rotation_take(int *fd, uint64_t offset)
{
	int taken = *fd;

	if (taken < 0 || rotation_is_repetitive(taken, offset) ||
	    lseek(taken, (off_t)offset, SEEK_SET) < 0)
		return -ENOENT;
	*fd = -1;
	return taken;
}

int
rotation_open_at(const char *path, const struct place_key *key,
    const struct file_place *place, struct file_status *status)
{
	struct rotation_holders holders = rotation_find(path, key, place);
	int rc = holders.error;

	/* Emptied after it was copied, and grown past the place since. */
	if (holders.own >= 0 && holders.copy >= 0 &&
	    !rotation_has_all_of(key, holders.own, holders.copy))
		descriptor_close(&holders.own);
	if (place->offset == 0) {
		rc = -ENOENT; /* no event ends there */
	} else if (holders.own >= 0) {
		*status = holders.own_status;
		rc = rotation_take(&holders.own, place->offset);
	} else if (holders.copy >= 0 && !holders.many) {
		*status = holders.copy_status;
		rc = rotation_take(&holders.copy, place->offset);
	}
	descriptor_close(&holders.own);
	descriptor_close(&holders.copy);
	return rc;
}

int
rotation_open_copy(const char *path, const struct place_key *key,
    const struct file_identity *file, uint64_t offset, uint64_t content,
    struct file_status *status)
{
	const struct file_place place = {
	    .offset = offset,
	    .content = content,
	    .identity = place_identity(key, file),
	};
	struct rotation_holders holders = rotation_find(path, key, &place);
	int rc = -ENOENT;

	if (holders.copy >= 0 && !holders.many) {
		*status = holders.copy_status;
		rc = rotation_take(&holders.copy, offset);
	}
	descriptor_close(&holders.own);
	descriptor_close(&holders.copy);
	return rc;
}
