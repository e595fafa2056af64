/* SPDX-License-Identifier: MIT */

#include "sources/rotation.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

int
rotation_open(const char *path, struct stat *status)
{
	/* Non-blocking, lest a FIFO wait for its writer. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	if (fstat(fd, status) == 0 && S_ISREG(status->st_mode))
		return fd;
	close(fd);
	return S_ISDIR(status->st_mode) ? -EISDIR : -EINVAL;
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
open_rotated(const char *path, int age, struct stat *status)
{
	char name[PATH_MAX];

	if (!rotated_name(name, path, age))
		return -ENAMETOOLONG;
	return rotation_open(name, status);
}

/* How many times the file of that inode was rotated, or -1 if it is gone. */
static int
age_of(const char *path, ino_t inode)
{
	char name[PATH_MAX];
	struct stat status;

	for (int age = 0; age <= ROTATION_MAX; age++)
		if (rotated_name(name, path, age) && stat(name, &status) == 0 &&
		    status.st_ino == inode)
			return age;
	return -1;
}

int
rotation_open_next(const char *path, ino_t inode, struct stat *status)
{
	int age = age_of(path, inode);

	for (int younger = age < 0 ? 0 : age - 1; younger >= 0; younger--) {
		int fd = open_rotated(path, younger, status);

		/* Another rotation came in between: look again next time. */
		if (fd >= 0 && (status->st_size > 0 || younger == 0) &&
		    age_of(path, inode) == age)
			return fd;
		if (fd >= 0)
			close(fd);
	}
	return -ENOENT;
}

struct span
rotation_read_before(int fd, uint64_t offset, char memory[FILE_CHECK_BYTES])
{
	size_t n =
	    offset < FILE_CHECK_BYTES ? (size_t)offset : FILE_CHECK_BYTES;
	ssize_t got = pread(fd, memory, n, (off_t)(offset - n));

	return (struct span){memory, got > 0 ? (size_t)got : 0};
}

static bool
holds(int fd, const struct stat *status, const struct file_position *position)
{
	char memory[FILE_CHECK_BYTES];
	struct span before;

	if ((uint64_t)status->st_size < position->offset)
		return false;
	before = rotation_read_before(fd, position->offset, memory);
	return file_position_check(before) == position->check;
}

/* What may be opened the next time. */
static bool
is_shortage(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM;
}

int
rotation_open_at(
    const char *path, const struct file_position *position, struct stat *status)
{
	bool truncated = false;
	int rc = -ENOENT;

	for (int age = 0; age <= ROTATION_MAX; age++) {
		int fd = open_rotated(path, age, status);

		if (is_shortage(fd))
			rc = fd;
		if (fd < 0)
			continue;
		if ((truncated || status->st_ino == position->inode) &&
		    holds(fd, status, position) &&
		    lseek(fd, (off_t)position->offset, SEEK_SET) >= 0)
			return fd;
		if (status->st_ino == position->inode)
			truncated = true;
		close(fd);
	}
	return rc;
}
