/* SPDX-License-Identifier: MIT */

#include "sources/file_names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
file_names_init(struct file_names *names, const char *path, const char *asked)
{
	*names = (struct file_names){.path = path, .asked = asked};
	file_names_refresh(names);
}

void
file_names_fini(struct file_names *names)
{
	free(names->target);
	names->target = NULL;
}

void
file_names_refresh(struct file_names *names)
{
	struct stat status;
	char *target;

	if (names->asked)
		return;
	if (lstat(names->path, &status) < 0 || !S_ISLNK(status.st_mode))
		return;
	target = realpath(names->path, NULL);
	if (!target)
		return;
	free(names->target);
	names->target = target;
}

/* PATH, PATH.1, TARGET.1, PATH.2, ... */
bool
file_names_get(const struct file_names *names, int number, char out[PATH_MAX])
{
	const char *path = number % 2 == 0 ? names->target : names->path;
	int n;

	if (number == 0)
		n = snprintf(out, PATH_MAX, "%s", names->path);
	else if (path)
		n = snprintf(out, PATH_MAX, "%s.%d", path, (number + 1) / 2);
	else
		return false;
	return n > 0 && n < PATH_MAX;
}

/* PATH is always a name, unless it is too long for one. */
static int
file_names_lack(int number)
{
	return number == 0 ? -ENAMETOOLONG : -ENOENT;
}

int
file_names_status(
    const struct file_names *names, int number, struct file_status *status)
{
	char name[PATH_MAX];

	if (!file_names_get(names, number, name))
		return file_names_lack(number);
	return file_status_of_name(name, status);
}

int
file_names_find(
    const struct file_names *names, const struct file_identity *file)
{
	struct file_status status;

	for (int i = 0; i < FILE_NAMES_MAX; i++)
		if (file_names_status(names, i, &status) == 0 &&
		    file_status_same(&status.identity, file))
			return i;
	return -1;
}

/* Non-blocking, lest a FIFO wait for its writer. */
enum { FILE_NAMES_ACCESS = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY };

/* To look names up in a folder needs no right to list them. */
#ifdef O_PATH
enum { FILE_NAMES_FOLDER = O_PATH | O_DIRECTORY | O_CLOEXEC };
#else
enum { FILE_NAMES_FOLDER = O_RDONLY | O_DIRECTORY | O_CLOEXEC };
#endif

/*
 * Opens a regular file in the folder, which is no link.  Anything else is not
 * even opened: a FIFO's writer would notice.
 */
static int
file_names_open_in(int folder, const char *name)
{
	struct stat status;
	int fd;

	if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -ENOENT;
	fd = openat(folder, name, FILE_NAMES_ACCESS | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

/*
 * Opens the file of that name, whose last segments, from *asked on, are none of
 * them links.  Cuts the name.
 */
static int
file_names_open_below(char *name, char *asked)
{
	char first = *asked, *slash;
	int folder, fd;

	*asked = '\0';
	folder = open(*name ? name : ".", FILE_NAMES_FOLDER);
	*asked = first;
	while (folder >= 0 && (slash = strchr(asked, '/'))) {
		*slash = '\0';
		fd = openat(folder, asked, FILE_NAMES_FOLDER | O_NOFOLLOW);
		close(folder);
		folder = fd;
		asked = slash + 1;
	}
	if (folder < 0)
		return -errno;
	fd = file_names_open_in(folder, asked);
	close(folder);
	return fd;
}

int
file_names_open(
    const struct file_names *names, int number, struct file_status *status)
{
	char name[PATH_MAX];
	int fd, rc;

	if (!file_names_get(names, number, name))
		return file_names_lack(number);
	if (names->asked)
		fd = file_names_open_below(
		    name, name + (names->asked - names->path));
	else if ((fd = open(name, FILE_NAMES_ACCESS)) < 0)
		fd = -errno;
	if (fd < 0)
		return fd;
	rc = file_status_of(fd, status);
	if (rc == 0 && S_ISREG(status->mode))
		return fd;
	close(fd);
	if (rc < 0)
		return rc;
	return S_ISDIR(status->mode) ? -EISDIR : -EINVAL;
}

const char *
file_names_error(int error)
{
	return error == -EINVAL ? "it is not a regular file" : strerror(-error);
}
