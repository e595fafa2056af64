/* SPDX-License-Identifier: MIT */

#include "program/read_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* There is room for one byte more than is allowed. */
static int
read_file_fill(char *bytes, size_t *n, FILE *file)
{
	*n = fread(bytes, 1, READ_FILE_MAX + 1, file);
	if (ferror(file))
		return -errno;
	if (*n > READ_FILE_MAX)
		return -EFBIG;
	bytes[*n] = '\0';
	return 0;
}

int
read_file(const char *path, char **bytes, size_t *n)
{
	FILE *file = fopen(path, "re");
	int rc;

	if (!file)
		return -errno;
	*bytes = malloc(READ_FILE_MAX + 1);
	rc = *bytes ? read_file_fill(*bytes, n, file) : -ENOMEM;
	fclose(file);
	if (rc < 0)
		free(*bytes);
	return rc;
}

const char *
read_file_error(int error)
{
	return error == -EFBIG ? "it is larger than 1M" : strerror(-error);
}
