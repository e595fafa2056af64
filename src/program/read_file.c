/* SPDX-License-Identifier: MIT */

#include "program/read_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* There is room for one byte more than is allowed. */
static int
read_file_fill(struct owned *bytes, FILE *file)
{
	bytes->n = fread(bytes->bytes, 1, READ_FILE_MAX + 1, file);
	if (ferror(file))
		return -errno;
	if (bytes->n > READ_FILE_MAX)
		return -EFBIG;
	bytes->bytes[bytes->n] = '\0';
	return 0;
}

int
read_file(const char *path, struct owned *bytes)
{
	FILE *file = fopen(path, "re");
	int rc;

	*bytes = (struct owned){0};
	if (!file)
		return -errno;
	bytes->bytes = malloc(READ_FILE_MAX + 1);
	rc = bytes->bytes ? read_file_fill(bytes, file) : -ENOMEM;
	fclose(file);
	if (rc < 0)
		owned_free(bytes);
	return rc;
}

const char *
read_file_error(int error)
{
	return error == -EFBIG ? "it is larger than 1M" : strerror(-error);
}
