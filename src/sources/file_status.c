/* SPDX-License-Identifier: MIT */

#include "config.h"

#include "sources/file_status.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Without statx files have no birth time. */
static int
file_status_without_birth(int fd, const char *path, struct file_status *out)
{
	struct stat status;

	if (fd >= 0 ? fstat(fd, &status) < 0 : stat(path, &status) < 0)
		return -errno;
	*out = (struct file_status){
	    .identity = {.device = status.st_dev, .inode = status.st_ino},
	    .size = (uint64_t)status.st_size,
	    .modified_ns = (uint64_t)status.st_mtim.tv_sec * 1000000000 +
		(uint64_t)status.st_mtim.tv_nsec,
	    .mode = status.st_mode,
	};
	return 0;
}

#ifdef HAVE_STATX

static int
file_status_get(int fd, const char *path, struct file_status *out)
{
	struct statx status;
	int at = fd >= 0 ? fd : AT_FDCWD;

	if (statx(at, path, fd >= 0 ? AT_EMPTY_PATH : 0,
		STATX_BASIC_STATS | STATX_BTIME, &status) < 0) {
		if (errno == ENOSYS || errno == EPERM)
			return file_status_without_birth(fd, path, out);
		return -errno;
	}
	*out = (struct file_status){
	    .identity = {.device = (uint64_t)status.stx_dev_major << 32 |
		    status.stx_dev_minor,
		.inode = status.stx_ino},
	    .size = status.stx_size,
	    .modified_ns = (uint64_t)status.stx_mtime.tv_sec * 1000000000 +
		status.stx_mtime.tv_nsec,
	    .mode = status.stx_mode,
	};
	if (status.stx_mask & STATX_BTIME)
		out->identity.birth_ns =
		    (uint64_t)status.stx_btime.tv_sec * 1000000000 +
		    status.stx_btime.tv_nsec;
	return 0;
}

#else

static int
file_status_get(int fd, const char *path, struct file_status *out)
{
	return file_status_without_birth(fd, path, out);
}

#endif

int
file_status_of(int fd, struct file_status *status)
{
	return file_status_get(fd, "", status);
}

int
file_status_of_name(const char *path, struct file_status *status)
{
	return file_status_get(-1, path, status);
}

uint64_t
file_status_skip_hole(int fd, uint64_t offset)
{
#ifdef SEEK_DATA
	off_t data = lseek(fd, (off_t)offset, SEEK_DATA);

	if (data < 0 && errno == ENXIO)
		data = lseek(fd, 0, SEEK_END);
	if (data > (off_t)offset)
		return (uint64_t)data;
#endif
	(void)fd;
	return offset;
}

bool
file_status_same(const struct file_identity *a, const struct file_identity *b)
{
	return a->device == b->device && a->inode == b->inode &&
	    a->birth_ns == b->birth_ns;
}
