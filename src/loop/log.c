/* SPDX-License-Identifier: MIT */

#include "loop/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 2048 };

static enum log_level max_level = LOG_WARNING;
static char standing[80]; /* "": none */

void
log_set_level(enum log_level level)
{
	max_level = level;
}

/*
 * Nobody is left to be told if this fails.  A pipe that nobody empties must not
 * hold the viewers up: one that is ready takes a whole line at once.
 */
static void
put(const char *bytes, size_t n)
{
	struct pollfd log = {.fd = STDERR_FILENO, .events = POLLOUT};
	ssize_t written;

	if (poll(&log, 1, 0) == 0)
		return;
	written = write(STDERR_FILENO, bytes, n);

	(void)written;
}

/* To the beginning of the line; the text; nothing of what was there before. */
static void
put_standing(void)
{
	char line[sizeof(standing) + 8];
	int n = snprintf(line, sizeof(line), "\r%s\033[K", standing);

	put(line, (size_t)n);
}

void
log_standing(const char *format, ...)
{
	bool had_one = standing[0];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(standing, sizeof(standing), format, arguments);
	va_end(arguments);
	if (had_one || standing[0])
		put_standing();
}

void
log_line(enum log_level level, const char *format, ...)
{
	static const char prefix[] = "\r\033[Kpipecast: ";
	/* The standing line is only there where it can be taken away. */
	size_t skip = standing[0] ? 0 : strlen("\r\033[K");
	char line[LINE_MAX_BYTES];
	size_t n = sizeof(prefix) - 1;
	va_list arguments;

	if (level > max_level)
		return;
	memcpy(line, prefix, n);
	va_start(arguments, format);
	vsnprintf(line + n, sizeof(line) - n - 1, format, arguments);
	va_end(arguments);
	for (char *at = line + n; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = ' ';
	n += strlen(line + n);
	line[n++] = '\n';
	put(line + skip, n - skip);
	if (standing[0])
		put_standing();
}
