/* SPDX-License-Identifier: MIT */

#include "sources/spool_file.h"

#include "loop/descriptor.h"
#include "sources/block_end.h"
#include "sources/file_names.h"
#include "sources/file_places.h"
#include "sources/spool_open.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

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
 * An event that is the same as the one before gets a comment, so that the
 * places after the two are told apart.
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
