/* SPDX-License-Identifier: MIT */

#include "sources/spool_open.h"

#include "loop/descriptor.h"
#include "sources/block_end.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SPOOL_MODE = 0660 };

/* How often the path may lead to another file before pipecast waits. */
enum { SPOOL_TRIES = 4 };

/* Non-blocking, lest a FIFO wait for its reader. */
enum {
	SPOOL_FLAGS =
	    O_RDWR | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK,
};

/* Opening. */

static bool
spool_older_path(const struct spool_file *spool, char older[PATH_MAX])
{
	int n = snprintf(older, PATH_MAX, "%s.1", spool->path);

	return n > 0 && n < PATH_MAX;
}

/*
 * Those who may write to the file before may write to this one, if pipecast is
 * allowed to give it to them.  The umask does not matter.
 */
static void
spool_set_mode(const struct spool_file *spool, int fd)
{
	struct stat older_status;
	char older[PATH_MAX];
	mode_t mode = SPOOL_MODE;

	if (spool_older_path(spool, older) &&
	    lstat(older, &older_status) == 0 && S_ISREG(older_status.st_mode)) {
		mode = older_status.st_mode & 0666;
		(void)!fchown(fd, (uid_t)-1, older_status.st_gid);
	}
	(void)fchmod(fd, mode);
}

static int
spool_open(const struct spool_file *spool)
{
	int fd = open(spool->path, SPOOL_FLAGS);

	if (fd >= 0 || errno != ENOENT)
		return fd < 0 ? -errno : fd;
	fd = open(spool->path, SPOOL_FLAGS | O_CREAT | O_EXCL, SPOOL_MODE);
	if (fd >= 0)
		spool_set_mode(spool, fd);
	else if (errno == EEXIST) /* another process was faster */
		fd = open(spool->path, SPOOL_FLAGS);
	return fd < 0 ? -errno : fd;
}

/* Locks what is open.  Returns 0, or -ESTALE if it has lost its name. */
static int
spool_lock_open(const struct spool_file *spool, struct spool_open *file)
{
	struct file_status named;
	int rc = file_status_of(file->fd, &file->status);

	if (rc == 0 && !S_ISREG(file->status.mode))
		rc = -EINVAL;
	if (rc == 0 && flock(file->fd, LOCK_EX | LOCK_NB) < 0)
		rc = errno == EWOULDBLOCK || errno == EINTR ? -EAGAIN : -errno;
	/* The size may have changed. */
	if (rc == 0)
		rc = file_status_of(file->fd, &file->status);
	if (rc < 0)
		return rc;
	rc = file_status_of_name(spool->path, &named);
	if (rc == 0 &&
	    !file_status_same(&named.identity, &file->status.identity))
		rc = -ESTALE;
	return rc == -ENOENT ? -ESTALE : rc;
}

/* As long as the lock is held, only its holder takes the name away. */
static int
spool_lock(const struct spool_file *spool, struct spool_open *file)
{
	for (int i = 0; i < SPOOL_TRIES; i++) {
		int rc = file->fd = spool_open(spool);

		if (rc >= 0)
			rc = spool_lock_open(spool, file);
		if (rc == 0)
			return 0;
		descriptor_close(&file->fd);
		if (rc != -ESTALE)
			return rc;
	}
	return -EAGAIN;
}

/* The unfinished end. */

static bool
spool_is_fresh(const struct file_status *status)
{
	struct timespec now;
	uint64_t now_ns;

	clock_gettime(CLOCK_REALTIME, &now);
	now_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	return status->modified_ns <= now_ns &&
	    now_ns - status->modified_ns < SPOOL_QUIET_MS * UINT64_C(1000000);
}

/* Whether the line begins with a field's name, or is the beginning of one. */
static bool
spool_begins_as(struct span line, const char *name)
{
	size_t n = strlen(name);

	if (line.n < n)
		return memcmp(line.bytes, name, line.n) == 0;
	return memcmp(line.bytes, name, n) == 0 &&
	    (line.n == n || strchr(":\r\n", line.bytes[n]));
}

/*
 * Whether the beginning of a block is there, or, after a power failure, nothing
 * but its place.  Else somebody named a file that is no spool, of which nothing
 * may be cut off.
 */
static bool
spool_begins_block(int fd, uint64_t offset)
{
	static const char *const names[] = {"data", "event", "id", "retry"};
	char bytes[8];
	ssize_t n = pread(fd, bytes, sizeof(bytes), (off_t)offset);
	struct span line = {bytes, n > 0 ? (size_t)n : 0};

	if (n <= 0)
		return false;
	if (bytes[0] == ':' || bytes[0] == '\0')
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (spool_begins_as(line, names[i]))
			return true;
	return false;
}

static int
spool_mend(struct spool_open *file, uint64_t *n_cut)
{
	uint64_t end;
	int rc = block_end_find(file->fd, 0, file->status.size, &end);

	if (rc < 0 || end == file->status.size)
		return rc;
	if (!spool_begins_block(file->fd, end))
		return -EBADMSG;
	if (spool_is_fresh(&file->status))
		return -EAGAIN;
	if (ftruncate(file->fd, (off_t)end) < 0)
		return -errno;
	*n_cut += file->status.size - end;
	file->status.size = end;
	return 0;
}

/* Rotation. */

static bool
spool_is_full(
    const struct spool_file *spool, const struct spool_open *file, size_t n)
{
	uint64_t size = file->status.size;

	return size > 0 &&
	    (size >= spool->max_size || n > spool->max_size - size);
}

static int
spool_rotate(const struct spool_file *spool)
{
	char older[PATH_MAX];

	if (!spool_older_path(spool, older))
		return -ENAMETOOLONG;
	return rename(spool->path, older) < 0 ? -errno : 0;
}

int
spool_open_for(const struct spool_file *spool, size_t n,
    struct spool_open *file, uint64_t *n_cut)
{
	int rc = -EAGAIN;

	*n_cut = 0;
	for (int i = 0; i < SPOOL_TRIES; i++) {
		rc = spool_lock(spool, file);
		if (rc == 0)
			rc = spool_mend(file, n_cut);
		if (rc == 0 && !spool_is_full(spool, file, n))
			return 0;
		if (rc == 0)
			rc = spool_rotate(spool);
		descriptor_close(&file->fd);
		if (rc < 0)
			return rc;
	}
	return -EAGAIN;
}
