/* SPDX-License-Identifier: MIT */

#include "program/config_file.h"

#include "loop/log.h"
#include "program/read_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A lack of memory or descriptors is not the user's mistake. */
static bool
config_file_is_shortage(int error)
{
	return error == -ENOMEM || error == -EMFILE || error == -ENFILE;
}

enum options_result
config_file_read(const char *path, char **text)
{
	struct owned file;
	int rc = read_file(path, &file);
	const char *why = rc < 0 ? read_file_error(rc) : NULL;

	if (rc == 0 && memchr(file.bytes, '\0', file.n)) {
		owned_free(&file);
		why = "it is not a text file";
	}
	*text = file.bytes;
	if (!why)
		return OPTIONS_RUN;
	log_line(LOG_ERROR, "cannot read config file '%s': %s", path, why);
	return config_file_is_shortage(rc) ? OPTIONS_FAILED : OPTIONS_WRONG;
}

/* Cuts "NAME VALUE" in place; value is NULL if there is none. */
static char *
config_file_cut_value(char *line)
{
	static const char blanks[] = " \t\r";
	char *end = line + strlen(line), *value;

	while (end > line && strchr(blanks, end[-1]))
		*--end = '\0';
	value = line + strcspn(line, blanks);
	if (value == end)
		return NULL;
	*value++ = '\0';
	return value + strspn(value, blanks);
}

static enum options_result
config_file_take_line(const char *path, unsigned number, char *line,
    config_setter *set, void *ctx)
{
	char where[512];
	char *name = line + strspn(line, " \t\r");
	char *value;

	if (*name == '\0' || *name == '#')
		return OPTIONS_RUN;
	value = config_file_cut_value(name);
	snprintf(where, sizeof(where), "%s:%u: ", path, number);
	if (strncmp(name, "--", 2) == 0) {
		log_line(LOG_ERROR, "%swrite '%s' without dashes", where, name);
		return OPTIONS_WRONG;
	}
	/* Two quotes stand for the empty value. */
	if (value && strcmp(value, "''") == 0)
		value += 2;
	return set(ctx, where, name, value);
}

enum options_result
config_file_parse(const char *path, char *text, config_setter *set, void *ctx)
{
	enum options_result result = OPTIONS_RUN;
	unsigned number = 0;

	/* Some editors begin a file with a byte order mark. */
	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	for (char *next; result == OPTIONS_RUN && text; text = next) {
		next = strchr(text, '\n');
		if (next)
			*next++ = '\0';
		result = config_file_take_line(path, ++number, text, set, ctx);
	}
	return result;
}
