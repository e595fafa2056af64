/* SPDX-License-Identifier: MIT */

#include "pipecat/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
state_file_init(struct state_file *state, const char *path)
{
	size_t size = path ? strlen(path) + sizeof(".new") : 0;

	*state = (struct state_file){.path = path};
	if (!path)
		return 0;
	state->new_path = malloc(size);
	if (!state->new_path)
		return -ENOMEM;
	snprintf(state->new_path, size, "%s.new", path);
	return 0;
}

int
state_file_read(const struct state_file *state, char id[EVENT_ID_MAX + 1])
{
	char text[EVENT_ID_MAX + 2];
	struct span rest = {text, 0}, line;
	FILE *file = fopen(state->path, "re");

	*id = '\0';
	if (!file)
		return errno == ENOENT ? 0 : -errno;
	rest.n = fread(text, 1, sizeof(text), file);
	if (ferror(file)) {
		fclose(file);
		return -EIO;
	}
	fclose(file);
	if (!span_take_line(&rest, &line) || rest.n > 0 ||
	    !event_id_is_acceptable(line))
		return -EINVAL;
	memcpy(id, line.bytes, line.n);
	id[line.n] = '\0';
	return 0;
}

int
state_file_write(const struct state_file *state, const char *id)
{
	FILE *file = fopen(state->new_path, "we");
	int rc = 0;

	if (!file)
		return -errno;
	if (fprintf(file, "%s\n", id) < 0 || fflush(file) != 0)
		rc = -errno;
	if (fclose(file) != 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && rename(state->new_path, state->path) < 0)
		rc = -errno;
	if (rc < 0)
		unlink(state->new_path);
	return rc;
}

void
state_file_fini(struct state_file *state)
{
	free(state->new_path);
	*state = (struct state_file){0};
}
