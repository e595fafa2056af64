/* SPDX-License-Identifier: MIT */

#include "sources/relay_program.h"

#include "core/owned.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#define PROGRAM "pipecat"

static bool
relay_is_program(const char *path, int n)
{
	return n > 0 && n < PATH_MAX && access(path, X_OK) == 0;
}

/* Beside the file of this process, where the system tells which that is. */
static bool
relay_find_beside(char path[PATH_MAX])
{
	char own[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", own, sizeof(own));

	while (n > 0 && own[n - 1] != '/')
		n--;
	return n > 0 &&
	    relay_is_program(
		path, snprintf(path, PATH_MAX, "%.*s" PROGRAM, (int)n, own));
}

static bool
relay_find_in_path(char path[PATH_MAX])
{
	const char *folder = getenv("PATH");

	while (folder && *folder) {
		size_t n = strcspn(folder, ":");

		if (relay_is_program(path,
			snprintf(
			    path, PATH_MAX, "%.*s/" PROGRAM, (int)n, folder)))
			return true;
		folder += n + (folder[n] == ':');
	}
	return false;
}

/* What the command is made of. */
struct relay_command {
	const char *path;
	bool is_silent;
};

/* No text of a request, nor the URL, is a word of it. */
static void
relay_write_command(const void *what, struct byte_sink sink)
{
	const struct relay_command *command = what;
	const char *at = command->path;

	sink_text(sink, "exec '");
	for (; *at; at++) {
		if (*at == '\'')
			sink_text(sink, "'\\'");
		sink_span(sink, (struct span){at, 1});
	}
	sink_text(sink, "' --relay");
	if (command->is_silent)
		sink_text(sink, " 2>/dev/null");
}

char *
relay_program_command(bool is_silent)
{
	char path[PATH_MAX];
	struct relay_command command = {path, is_silent};
	struct owned text;

	if (!relay_find_beside(path) && !relay_find_in_path(path)) {
		errno = ENOENT;
		return NULL;
	}
	text = owned_written(relay_write_command, &command);
	if (!text.bytes)
		errno = ENOMEM;
	return text.bytes;
}
