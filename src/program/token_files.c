/* SPDX-License-Identifier: MIT */

#include "program/token_files.h"

#include "loop/descriptor.h"
#include "loop/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A token, its line end, and a byte more, which shows that it is too long. */
enum { FILE_MAX = TOKEN_MAX + 3 };

/* Returns NULL, or why the file is not used (static, or until the next call).*/
static const char *
token_file_check(int fd)
{
	struct stat status;
	mode_t others = S_IRWXO | S_IWGRP;

	if (fstat(fd, &status) < 0)
		return strerror(errno);
	if (!S_ISREG(status.st_mode))
		return "it is not a regular file";
	/*
	 * A file of another user may be ours to read through its group alone.
	 */
	if (status.st_uid == geteuid())
		others |= S_IRWXG;
	return status.st_mode & others
	    ? "other users may read or write it; run chmod 600 on it"
	    : NULL;
}

/* A pipe gives what it has; a regular file all that is asked for. */
static const char *
token_file_read(int fd, char text[FILE_MAX], struct span *secret)
{
	ssize_t n = read(fd, text, FILE_MAX);

	if (n < 0)
		return strerror(errno);
	*secret = (struct span){text, (size_t)n};
	if (n > 0 && text[n - 1] == '\n')
		secret->n--;
	if (secret->n > 0 && text[secret->n - 1] == '\r')
		secret->n--;
	return NULL;
}

static const char *
token_file_use(int fd, struct tokens *tokens, enum token_purpose purpose)
{
	char text[FILE_MAX];
	struct span secret = {NULL, 0};
	const char *why = token_file_check(fd);

	if (!why)
		why = token_file_read(fd, text, &secret);
	if (!why)
		why = token_set(tokens, purpose, secret);
	explicit_bzero(text, sizeof(text));
	return why;
}

/* Returns whether it is used, having logged why not. */
static bool
token_file_open(
    struct tokens *tokens, enum token_purpose purpose, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	const char *why =
	    fd < 0 ? strerror(errno) : token_file_use(fd, tokens, purpose);

	descriptor_close(&fd);
	if (why)
		log_line(
		    LOG_ERROR, "cannot use the token of '%s': %s", path, why);
	return !why;
}

bool
token_files_read(struct tokens *tokens, const struct options *options)
{
	*tokens = (struct tokens){0};
	return (!options->read_token ||
		   token_file_open(tokens, TOKEN_READ, options->read_token)) &&
	    (!options->post_token ||
		token_file_open(tokens, TOKEN_POST, options->post_token));
}
