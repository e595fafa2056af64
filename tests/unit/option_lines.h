/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_OPTION_LINES_H
#define PIPECAST_TESTS_UNIT_OPTION_LINES_H

/* For the tests of options: command lines, and what is logged of them. */

#include "program/option_table.h"

#include "helpers.h"
#include "loop/log.h"

#include <getopt.h>
#include <stdarg.h>

/* In place of the program's log: its lines. */
static char logged[4096];

void
log_line(enum log_level level, const char *format, ...)
{
	size_t n = strlen(logged);
	va_list arguments;

	cr_assert_eq(level, LOG_ERROR);
	va_start(arguments, format);
	vsnprintf(logged + n, sizeof(logged) - n, format, arguments);
	va_end(arguments);
	strncat(logged, "\n", sizeof(logged) - strlen(logged) - 1);
}

bool
log_unless_ok(int rc)
{
	return rc >= 0;
}

void
log_set_level(enum log_level level)
{
	(void)level;
}

void
log_standing(const char *format, ...)
{
	(void)format;
}

enum { MAX_WORDS = 16 };

/* Parses a command line whose words are separated by "|". */
static inline enum options_result
parse(struct options *options, const char *line)
{
	static char words[4096];
	char *argv[MAX_WORDS + 2] = {(char[]){"pipecast"}};
	char *at = words;
	int argc = 1;

	snprintf(words, sizeof(words), "%s", line);
	while (*line && at) {
		cr_assert_leq(argc, MAX_WORDS);
		argv[argc++] = strsep(&at, "|");
	}
	logged[0] = '\0';
	optind = 0; /* glibc: begin anew */
	return options_parse(options, argc, argv);
}

/* Parses what must be right. */
static inline struct options
parsed(const char *line)
{
	struct options options;

	cr_assert_eq(
	    parse(&options, line), OPTIONS_RUN, "%s: %s", line, logged);
	cr_assert_str_eq(logged, "");
	return options;
}

static inline void
assert_refused(const char *line, const char *message)
{
	struct options options;
	char wanted[sizeof(logged)];

	snprintf(wanted, sizeof(wanted), "%s\n", message);
	cr_assert_eq(parse(&options, line), OPTIONS_WRONG, "%s", line);
	cr_assert_str_eq(logged, wanted, "%s: %s", line, logged);
	options_fini(&options);
}

struct refusal {
	const char *line, *message;
};

static inline void
assert_all_refused(const struct refusal *refusals, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_refused(refusals[i].line, refusals[i].message);
}

#endif
