/* SPDX-License-Identifier: MIT */

#include "sources/spool_file.h"

#include "loop/descriptor.h"
#include "sources/block_end.h"
#include "sources/file_names.h"
#include "sources/file_places.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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

/* The file, open and locked. */
struct spool_open {
	int fd;
	struct file_status status;
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

/* Opens and locks a file that ends with a block, and has room for so much. */
static int
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

int
spool_file_create(const struct spool_file *spool, uint64_t *n_cut)
{
	struct spool_open file;
	int rc = spool_open_for(spool, 0, &file, n_cut);

	if (rc == 0)
		close(file.fd);
	return rc;
}

/* Appending. */

/* A comment in front of the blocks, and the blocks. */
struct spool_parts {
	struct span mark;
	struct span blocks;
};

/*
 * Takes back the last bytes that were written, unless others were appended to
 * them without the lock.
 */
static void
spool_take_back(int fd, uint64_t end, size_t n)
{
	struct file_status status;

	/* If it fails, the next writer cuts them off. */
	if (file_status_of(fd, &status) == 0 && status.size == end)
		(void)!ftruncate(fd, (off_t)(end - n));
}

/* Writes once, but if that falls short: then the next time says why. */
static int
spool_write_all(int fd, struct spool_parts *rest)
{
	ssize_t n = 1;

	while (n > 0 && rest->blocks.n > 0) {
		const struct iovec parts[] = {
		    {(void *)(uintptr_t)rest->mark.bytes, rest->mark.n},
		    {(void *)(uintptr_t)rest->blocks.bytes, rest->blocks.n},
		};

		n = descriptor_write_parts(fd, parts, 2);
		if (n > 0) {
			struct span mark = span_take(&rest->mark, (size_t)n);

			span_take(&rest->blocks, (size_t)n - mark.n);
		}
	}
	if (n > 0)
		return 0;
	return n < 0 ? (int)n : -EIO;
}

/* Writes what can be written of the blocks, and keeps the whole ones. */
static int
spool_write(int fd, struct spool_parts parts, struct spool_append *append)
{
	struct spool_parts rest = parts;
	int rc = spool_write_all(fd, &rest);
	size_t n_mark = parts.mark.n - rest.mark.n, n_kept;
	off_t end;

	parts.blocks.n -= rest.blocks.n;
	if (n_mark + parts.blocks.n == 0)
		return rc;
	end = lseek(fd, 0, SEEK_CUR);
	if (end < 0)
		return -errno;
	append->offset = (uint64_t)end - parts.blocks.n;
	append->n = block_end_count(parts.blocks);
	n_kept = append->n > 0 ? n_mark + append->n : 0;
	if (rc < 0)
		spool_take_back(
		    fd, (uint64_t)end, n_mark + parts.blocks.n - n_kept);
	return rc;
}

/*
 * An event that is the same as the one before gets a comment, so that the places
 * after the two are told apart.
 */
static struct span
spool_mark(const struct spool_open *file, struct span event,
    char mark[SPOOL_MARK_SIZE])
{
	char memory[PLACE_WINDOW];
	struct span before =
	    file_places_before(file->fd, file->status.size, memory);

	if (before.n < event.n ||
	    memcmp(before.bytes + before.n - event.n, event.bytes, event.n) !=
		0)
		return (struct span){"", 0};
	return spool_file_mark(file->status.size, mark);
}

struct span
spool_file_mark(uint64_t number, char mark[SPOOL_MARK_SIZE])
{
	int n = snprintf(mark, SPOOL_MARK_SIZE, ": %" PRIx64 "\n", number);

	return (struct span){mark, (size_t)n};
}

static int
spool_sync_folder(const struct spool_file *spool)
{
	const char *slash = strrchr(spool->path, '/');
	char folder[PATH_MAX];
	int n = 1, fd, rc;

	if (slash && slash > spool->path)
		n = (int)(slash - spool->path);
	snprintf(folder, sizeof(folder), "%.*s", n, slash ? spool->path : ".");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = fsync(fd) < 0 ? -errno : 0;
	close(fd);
	return rc;
}

/* Without the lock: others may write meanwhile, and sync that, too. */
static int
spool_sync(const struct spool_file *spool, const struct spool_open *file)
{
	flock(file->fd, LOCK_UN);
	if (fdatasync(file->fd) < 0)
		return -errno;
	return file->status.size == 0 ? spool_sync_folder(spool) : 0;
}

static void
spool_read_before(int fd, struct spool_append *append)
{
	struct span before =
	    file_places_before(fd, append->offset, append->before);

	append->n_before = before.n;
}

int
spool_file_append(const struct spool_file *spool, struct span blocks,
    size_t n_first, struct spool_append *append)
{
	struct spool_parts parts = {.blocks = blocks};
	char mark[SPOOL_MARK_SIZE];
	struct spool_open file;
	int rc, synced = 0;

	append->n = 0;
	rc = spool_open_for(spool, blocks.n, &file, &append->n_cut);
	if (rc < 0)
		return rc;
	append->identity = file.status.identity;
	parts.mark =
	    spool_mark(&file, (struct span){blocks.bytes, n_first}, mark);
	rc = spool_write(file.fd, parts, append);
	if (append->n > 0)
		spool_read_before(file.fd, append);
	if (append->n > 0 && spool->sync)
		synced = spool_sync(spool, &file);
	if (synced < 0)
		append->n = 0;
	close(file.fd);
	return rc < 0 ? rc : synced;
}

/* Places. */

/* The bytes before the place, as far as it looks back. */
static struct span
spool_append_before(const struct spool_append *append, struct span blocks,
    size_t to, char memory[PLACE_WINDOW])
{
	size_t n = PLACE_WINDOW - to;

	if (to >= PLACE_WINDOW)
		return (struct span){
		    blocks.bytes + to - PLACE_WINDOW, PLACE_WINDOW};
	n = n < append->n_before ? n : append->n_before;
	memcpy(memory, append->before + append->n_before - n, n);
	memcpy(memory + n, blocks.bytes, to);
	return (struct span){memory, n + to};
}

struct span
spool_append_id(const struct spool_append *append, const struct place_key *key,
    struct span blocks, size_t to, char id[EVENT_ID_SIZE])
{
	char memory[PLACE_WINDOW];
	struct span before = spool_append_before(append, blocks, to, memory);
	struct file_place place = {
	    .offset = append->offset + to,
	    .identity = place_identity(key, &append->identity),
	};

	place.content =
	    place_content(key, place.offset, place_sum(key, before));
	return event_id_of_file(id, &place);
}

const char *
spool_file_error(int error)
{
	switch (error) {
	case -EBADMSG:
		return "it does not end as an event stream does";
	case -ELOOP:
		return "it is a symbolic link";
	default:
		return file_names_error(error);
	}
}
