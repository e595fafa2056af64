/* SPDX-License-Identifier: MIT */

/*
 * A FIFO.  A writer of our own keeps it from ending when all others leave.
 * When its path leads to another file, or to none, that writer is closed, the
 * FIFO is read to its end, and the path is opened anew.
 */

#include "loop/descriptor.h"
#include "sources/path_watch.h"
#include "sources/reader.h"
#include "sources/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIFO_MODE = 0660 };

struct fifo {
	struct reader reader;
	struct path_watch watch;
	int fd;     /* -1: the path cannot be opened now */
	int writer; /* -1: the open FIFO is read to its end */
	int error;  /* the last one that was logged */
};

/* The umask of a web server does not change the mode. */
static int
fifo_make(const char *path)
{
	mode_t mask = umask(0);
	int rc = mkfifo(path, FIFO_MODE) < 0 && errno != EEXIST ? -errno : 0;

	umask(mask);
	return rc;
}

/* Returns a descriptor, -EINVAL if it is no FIFO, or another error. */
static int
fifo_open(const char *path, int flags)
{
	struct stat status;
	int fd = open(path, flags | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

static void
fifo_close_both(struct fifo *fifo)
{
	reader_fini(&fifo->reader);
	descriptor_close(&fifo->fd);
	descriptor_close(&fifo->writer);
}

static bool
fifo_is_open_file(int fd, const char *path)
{
	struct stat of_path, open_file;

	return stat(path, &of_path) == 0 && fstat(fd, &open_file) == 0 &&
	    of_path.st_dev == open_file.st_dev &&
	    of_path.st_ino == open_file.st_ino;
}

static void on_end(void *ctx);

static int
fifo_open_both(struct source *source)
{
	struct fifo *fifo = source->state;
	const char *path = source->spec->argument;
	int rc = fifo_make(path);

	if (rc == 0)
		rc = fifo->fd = fifo_open(path, O_RDONLY);
	if (rc >= 0)
		rc = fifo->writer = fifo_open(path, O_WRONLY);
	/* The path may have been replaced in between. */
	if (rc >= 0 && !fifo_is_open_file(fifo->fd, path))
		rc = -EAGAIN;
	if (rc >= 0)
		rc = reader_init(&fifo->reader, source, fifo->fd,
		    source->spec->format, on_end, source);
	if (rc < 0)
		fifo_close_both(fifo);
	return rc;
}

/* If this fails, on_change tries again. */
static void
fifo_open_again(struct source *source)
{
	struct fifo *fifo = source->state;
	int rc = fifo_open_both(source);

	if (rc < 0 && rc != fifo->error)
		source_warn(source, "cannot open it again: %s",
		    rc == -EINVAL ? "it is not a FIFO" : strerror(-rc));
	fifo->error = rc;
}

static void
on_end(void *ctx)
{
	struct source *source = ctx;

	fifo_close_both(source->state);
	fifo_open_again(source);
}

static void
on_change(void *ctx)
{
	struct source *source = ctx;
	struct fifo *fifo = source->state;

	if (fifo->fd < 0)
		fifo_open_again(source);
	else if (!fifo_is_open_file(fifo->fd, source->spec->argument))
		descriptor_close(&fifo->writer);
}

static void
fini(struct source *source)
{
	struct fifo *fifo = source->state;

	path_watch_fini(&fifo->watch);
	fifo_close_both(fifo);
	free(fifo);
}

static void
resume(struct source *source)
{
	struct fifo *fifo = source->state;

	reader_resume(&fifo->reader);
}

static int
start(struct source *source, const struct source_begin *begin)
{
	struct fifo *fifo = calloc(1, sizeof(*fifo));
	int rc;

	(void)begin;
	if (!fifo)
		return -ENOMEM;
	source->state = fifo;
	fifo->fd = fifo->writer = -1;
	rc = path_watch_init(&fifo->watch, source->context->loop,
	    source->context->notifier, source->spec->argument, on_change,
	    source);
	if (rc == 0)
		rc = fifo_open_both(source);
	if (rc == -EINVAL)
		source->why = "it is not a FIFO";
	if (rc < 0)
		fini(source);
	return rc;
}

static bool
fifo_is_same(const char *a, const char *b)
{
	struct stat of_a, of_b;

	if (strcmp(a, b) == 0)
		return true;
	return stat(a, &of_a) == 0 && stat(b, &of_b) == 0 &&
	    of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

static const char *
conflict(const struct source_spec *a, const struct source_spec *b)
{
	return fifo_is_same(a->argument, b->argument)
	    ? "each would get only a part of the FIFO"
	    : NULL;
}

const struct source_kind source_fifo = {
    .prefix = "fifo:",
    .forms = {{"fifo:PATH", "a FIFO, created if missing", SOURCE_FORMAT}},
    .needs_argument = true,
    .conflict = conflict,
    .n_descriptors = 2, /* both ends */
    .start = start,
    .resume = resume,
    .fini = fini,
};
