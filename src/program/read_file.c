/* SPDX-License-Identifier: MIT */

#include "program/read_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Returns why not, or NULL.  There is room for one byte more. */
static const char *
fill(char *bytes, size_t *n, FILE *file)
{
	*n = fread(bytes, 1, READ_FILE_MAX + 1, file);
	if (ferror(file))
		return strerror(errno);
	if (*n > READ_FILE_MAX)
		return "it is larger than 1M";
	bytes[*n] = '\0';
	return NULL;
}

char *
read_file(const char *path, size_t *n, const char **why)
{
	FILE *file = fopen(path, "re");
	char *bytes = file ? malloc(READ_FILE_MAX + 1) : NULL;

	*why = bytes ? fill(bytes, n, file) : strerror(errno);
	if (file)
		fclose(file);
	if (!*why)
		return bytes;
	free(bytes);
	return NULL;
}
