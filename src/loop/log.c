/* SPDX-License-Identifier: MIT */

#include "loop/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 2048 };

static enum log_level max_level = LOG_WARNING;
static char standing[80]; /* "": none */
static const char *log_name = "pipecast";

void
log_set_name(const char *name)
{
	log_name = name;
}

void
log_set_level(enum log_level level)
{
	max_level = level;
}

/*
 * A failure here cannot be reported anywhere.  A pipe that is not emptied must
 * not stall the viewers; one that is ready takes a whole line at once.
 */
static void
log_put(const char *bytes, size_t n)
{
	struct pollfd log = {.fd = STDERR_FILENO, .events = POLLOUT};
	ssize_t written;

	if (poll(&log, 1, 0) == 0)
		return;
	written = write(STDERR_FILENO, bytes, n);

	(void)written;
}

/* Writes the text over the line, and erases the rest of that line. */
static void
log_put_standing(void)
{
	char line[sizeof(standing) + 8];
	int n = snprintf(line, sizeof(line), "\r%s\033[K", standing);

	log_put(line, (size_t)n);
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
		log_put_standing();
}

/*
 * Leaves printable ASCII as it is, including the output of text_escape, and
 * writes every other byte as \xHH: names of files and arguments may hold
 * anything.  Returns the length written, at most n bytes.
 */
static size_t
log_put_plain(char *out, size_t n, const char *text)
{
	size_t at = 0;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		bool is_plain = c >= ' ' && c <= '~';
		char hex[5];

		if (at + (is_plain ? 1 : 4) > n)
			break;
		if (is_plain) {
			out[at++] = *text;
			continue;
		}
		snprintf(hex, sizeof(hex), "\\x%02x", c);
		memcpy(out + at, hex, 4);
		at += 4;
	}
	return at;
}

void
log_line(enum log_level level, const char *format, ...)
{
	static const char erase[] = "\r\033[K";
	/* There is a standing line only on a terminal, which can erase it. */
	size_t skip = standing[0] ? 0 : sizeof(erase) - 1;
	char text[LINE_MAX_BYTES], line[LINE_MAX_BYTES];
	size_t n;
	va_list arguments;

	if (level > max_level)
		return;
	n = (size_t)snprintf(line, sizeof(line), "%s%.32s: ", erase, log_name);
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	n += log_put_plain(line + n, sizeof(line) - n - 1, text);
	line[n++] = '\n';
	log_put(line + skip, n - skip);
	if (standing[0])
		log_put_standing();
}

bool
log_unless_ok(int rc)
{
	if (rc < 0)
		log_line(LOG_ERROR, "cannot go on: %s", strerror(-rc));
	return rc >= 0;
}
