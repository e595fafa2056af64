/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_LOOP_LOG_H
#define PIPECAST_LOOP_LOG_H

/*
 * Log lines on standard error, which a web server puts into its error log.
 * Each is one write of one line "pipecast: ..." of printable ASCII; every other
 * byte of it is written as \xHH.  The caller escapes bytes from outside
 * (text_escape) where they may hold a NUL or need a limit of their own.
 */

#include <stdbool.h>

enum log_level {
	LOG_ERROR,   /* always */
	LOG_NOTICE,  /* unless quiet */
	LOG_WARNING, /* likewise */
	LOG_INFO,    /* if verbose */
};

/*
 * Keeps a line of text below the log lines; "" removes it.  Standard error must
 * be a terminal.
 */
void log_standing(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* The program's name, which begins each line; static.  "pipecast" at first. */
void log_set_name(const char *name);

/* Lines above this level are dropped.  LOG_WARNING to begin with. */
void log_set_level(enum log_level level);

void log_line(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Logs that pipecast cannot go on if rc is a negative errno.  Returns whether
 * it is none.
 */
bool log_unless_ok(int rc);

#endif
