/* SPDX-License-Identifier: MIT */

#include "program/config_file.h"

#include "loop/log.h"
#include "program/read_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Returns the file's text for free(), or NULL and errno after logging. */
static char *
read_text(const char *path)
{
	const char *why;
	int error;
	size_t n;
	char *text = read_file(path, &n, &why);

	if (text && !memchr(text, '\0', n))
		return text;
	error = text ? 0 : errno;
	log_line(LOG_ERROR, "cannot read config file '%s': %s", path,
	    text ? "it is not a text file" : why);
	free(text);
	errno = error;
	return NULL;
}

/* Cuts "NAME VALUE" in place; value is NULL if there is none. */
static char *
cut_value(char *line)
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

static bool
take_line(const char *path, unsigned number, char *line, config_setter *set,
    void *ctx)
{
	char where[512];
	char *name = line + strspn(line, " \t\r");
	char *value;

	if (*name == '\0' || *name == '#')
		return true;
	value = cut_value(name);
	snprintf(where, sizeof(where), "%s:%u: ", path, number);
	if (strncmp(name, "--", 2) == 0) {
		log_line(LOG_ERROR, "%swrite '%s' without dashes", where, name);
		return false;
	}
	/* Two quotes stand for the empty value. */
	if (value && strcmp(value, "''") == 0)
		value += 2;
	return set(ctx, where, name, value);
}

int
config_file_read(const char *path, char **text, config_setter *set, void *ctx)
{
	unsigned number = 0;
	char *line;

	errno = 0;
	*text = line = read_text(path);
	if (!line)
		return errno == ENOMEM || errno == EMFILE || errno == ENFILE
		    ? -errno
		    : -1;
	/* Some editors begin a file with a byte order mark. */
	if (strncmp(line, "\xef\xbb\xbf", 3) == 0)
		line += 3;
	for (char *next; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (!take_line(path, ++number, line, set, ctx))
			return -1;
	}
	return 0;
}
