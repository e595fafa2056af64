/* SPDX-License-Identifier: MIT */

/* Standard input, and a FIFO. */

#include "loop/descriptor.h"
#include "sources/reader.h"
#include "sources/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIFO_MODE = 0660 };

struct descriptor_source {
	struct reader reader;
	int fd;
	int old_flags; /* of standard input, to be restored */
	int writer;    /* of the FIFO, so that it never ends; else -1 */
};

static void
on_end(void *ctx)
{
	source_end(ctx);
}

static struct descriptor_source *
create(struct source *source)
{
	struct descriptor_source *state = malloc(sizeof(*state));

	if (state)
		*state = (struct descriptor_source){
		    .fd = -1, .old_flags = -1, .writer = -1};
	source->state = state;
	return state;
}

static void
fini(struct source *source)
{
	struct descriptor_source *state = source->state;

	reader_fini(&state->reader);
	descriptor_restore(STDIN_FILENO, state->old_flags);
	if (state->fd != STDIN_FILENO)
		descriptor_close(&state->fd);
	descriptor_close(&state->writer);
	free(state);
}

static int
start_reading(struct source *source)
{
	struct descriptor_source *state = source->state;
	int rc = reader_init(&state->reader, source, state->fd,
	    source->spec->format, on_end, source);

	if (rc < 0)
		fini(source);
	return rc;
}

static void
resume(struct source *source)
{
	struct descriptor_source *state = source->state;

	reader_resume(&state->reader);
}

static int
start_standard_input(struct source *source, const struct source_begin *begin)
{
	struct descriptor_source *state = create(source);
	struct stat status;

	(void)begin;
	if (!state)
		return -ENOMEM;
	if (fstat(STDIN_FILENO, &status) == 0 && S_ISDIR(status.st_mode)) {
		fini(source);
		return -EISDIR;
	}
	state->fd = STDIN_FILENO;
	state->old_flags = descriptor_set_nonblocking(STDIN_FILENO);
	return start_reading(source);
}

/* The mode is meant as it is, whatever the web server's umask. */
static int
make_fifo(const char *path)
{
	mode_t mask = umask(0);
	int rc = mkfifo(path, FIFO_MODE) < 0 && errno != EEXIST ? -errno : 0;

	umask(mask);
	return rc;
}

static int
open_fifo(const char *path, int flags)
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

static int
start_fifo(struct source *source, const struct source_begin *begin)
{
	const char *path = source->spec->argument;
	struct descriptor_source *state;
	int rc = make_fifo(path);

	(void)begin;
	if (rc < 0)
		return rc;
	state = create(source);
	if (!state)
		return -ENOMEM;
	rc = state->fd = open_fifo(path, O_RDONLY);
	/* With a writer of our own it has no end when the others leave. */
	if (rc >= 0)
		rc = state->writer = open_fifo(path, O_WRONLY);
	if (rc < 0) {
		if (rc == -EINVAL)
			source_warn(source, "this is not a FIFO");
		fini(source);
		return rc;
	}
	return start_reading(source);
}

static const char *
parse_fifo(struct source_spec *spec)
{
	return *spec->argument ? NULL : "fifo:PATH";
}

const struct source_kind source_standard_input = {
    .prefix = "-",
    .start = start_standard_input,
    .resume = resume,
    .fini = fini,
};

const struct source_kind source_fifo = {
    .prefix = "fifo:",
    .parse = parse_fifo,
    .start = start_fifo,
    .resume = resume,
    .fini = fini,
};
