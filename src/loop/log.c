/* SPDX-License-Identifier: MIT */

#include "loop/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 2048 };

static enum log_level max_level = LOG_WARNING;

void
log_set_level(enum log_level level)
{
	max_level = level;
}

void
log_line(enum log_level level, const char *format, ...)
{
	static const char prefix[] = "pipecast: ";
	char line[LINE_MAX_BYTES];
	size_t n = sizeof(prefix) - 1;
	va_list arguments;
	ssize_t written;

	if (level > max_level)
		return;
	memcpy(line, prefix, n);
	va_start(arguments, format);
	vsnprintf(line + n, sizeof(line) - n - 1, format, arguments);
	va_end(arguments);
	for (char *at = line; *at; at++)
		if (*at == '\n' || *at == '\r')
			*at = ' ';
	n = strlen(line);
	line[n++] = '\n';
	/* Nobody is left to be told if this fails. */
	written = write(STDERR_FILENO, line, n);
	(void)written;
}
