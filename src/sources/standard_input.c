/* SPDX-License-Identifier: MIT */

#include "loop/descriptor.h"
#include "sources/reader.h"
#include "sources/source.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct standard_input {
	struct reader reader;
	int old_flags; /* to be restored, since others may share it */
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
	descriptor_restore(STDIN_FILENO, input->old_flags);
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
	input->old_flags = descriptor_set_nonblocking(STDIN_FILENO);
	rc = reader_init(&input->reader, source, STDIN_FILENO,
	    source->spec->format, on_end, source);
	if (rc < 0)
		fini(source);
	return rc;
}

const struct source_kind source_standard_input = {
    .prefix = "-",
    .start = start,
    .resume = resume,
    .fini = fini,
};
