/* SPDX-License-Identifier: MIT */

#include "loop/descriptor.h"
#include "sources/reader.h"
#include "sources/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct standard_input {
	struct reader reader;
	int fd; /* of our own, or standard input itself */
};

static void
on_end(void *ctx)
{
	source_end(ctx);
}

static void
fini(struct source *source)
{
	struct standard_input *input = source->state;

	reader_fini(&input->reader);
	if (input->fd != STDIN_FILENO)
		descriptor_close(&input->fd);
	free(input);
}

static void
resume(struct source *source)
{
	struct standard_input *input = source->state;

	reader_resume(&input->reader);
}

static int
start(struct source *source, const struct source_begin *begin)
{
	struct standard_input *input;
	struct stat status;
	int rc;

	(void)begin;
	if (fstat(STDIN_FILENO, &status) == 0 && S_ISDIR(status.st_mode))
		return -EISDIR;
	input = source->state = calloc(1, sizeof(*input));
	if (!input)
		return -ENOMEM;
	input->fd = descriptor_reopen(STDIN_FILENO, O_RDONLY);
	if (input->fd < 0)
		input->fd = STDIN_FILENO;
	rc = reader_init(&input->reader, source, input->fd,
	    source->spec->format, on_end, source);
	if (rc < 0)
		fini(source);
	else
		input->reader.intake.is_shared = input->fd == STDIN_FILENO;
	return rc;
}

static const char *
conflict(const struct source_spec *a, const struct source_spec *b)
{
	(void)a;
	(void)b;
	return "each would get only a part of standard input";
}

const struct source_kind source_standard_input = {
    .prefix = "-",
    .forms = {{"-", "standard input", SOURCE_FORMAT}},
    .conflict = conflict,
    .n_descriptors = 1,
    .start = start,
    .resume = resume,
    .fini = fini,
};
