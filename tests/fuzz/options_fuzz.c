/* SPDX-License-Identifier: MIT */

/*
 * The command line and config files.  Whatever is accepted is in range and
 * cannot break a header or an event; whatever is refused is refused with a
 * word.  Nothing is run.
 */

#include "config.h"

#include "http/response.h"
#include "program/option_table.h"

#include "fuzz.h"
#include "loop/log.h"

#include <ctype.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAX_WORDS = 32 };

static size_t n_errors;

/* In place of the program's. */
void
log_set_level(enum log_level level)
{
	(void)level;
}

void
log_line(enum log_level level, const char *format, ...)
{
	char line[4096];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	REQUIRE(*line);
	n_errors += level == LOG_ERROR;
}

static void
check_numbers(const struct options *options)
{
	struct options defaults;

	options_set_defaults(&defaults);
	for (size_t i = 0; i < n_option_rows; i++) {
		const struct option_row *row = &option_rows[i];
		uint64_t value, unset;

		if (row->kind != OPTION_NUMBER)
			continue;
		memcpy(
		    &value, (const char *)options + row->offset, sizeof(value));
		memcpy(&unset, (char *)&defaults + row->offset, sizeof(unset));
		REQUIRE(
		    value == unset || (value >= row->min && value <= row->max));
	}
}

/* What goes into a response head keeps to its lines. */
static void
check_head(const struct options *options)
{
	struct policy policy = {
	    .dialect = options->dialect,
	    .origins = options->origins.items,
	    .n_origins = options->origins.n,
	    .headers = options->headers.items,
	    .n_headers = options->headers.n,
	};
	struct answer answer = {.kind = ANSWER_STREAM};
	struct bytes out = {0};
	size_t n_lines = 0;

	if (options->origins.n > 0)
		answer.allow_origin = span_of(options->origins.items[0]);
	response_write(&response_cgi, &policy, &answer, bytes_sink(&out));
	for (size_t i = 0; i < out.n; i++) {
		REQUIRE((out.at[i] == '\r') ==
		    (i + 1 < out.n && out.at[i + 1] == '\n'));
		n_lines += out.at[i] == '\n';
	}
	/* one of ours gives way to one of the owner's */
	n_lines -= (options->origins.n > 0) + options->headers.n;
	REQUIRE(n_lines == 7 || n_lines == 8);
	bytes_free(&out);
}

static void
check_sources(const struct options *options)
{
	REQUIRE(options->n_sources > 0);
	for (size_t i = 0; i < options->n_sources; i++) {
		const struct source_spec *spec = &options->sources[i];

		REQUIRE(spec->kind && spec->format);
		REQUIRE(!span_has_line_break_or_nul(spec->name));
		REQUIRE(!span_has_line_break_or_nul(span_of(spec->event_type)));
		for (size_t j = 0; spec->name.bytes && j < i; j++)
			REQUIRE(
			    !span_equal(spec->name, options->sources[j].name));
	}
}

static void
check_accepted(const struct options *options)
{
	REQUIRE(!span_has_line_break_or_nul(span_of(options->end_event)));
	REQUIRE(!span_has_line_break_or_nul(span_of(options->gap_event)));
	check_numbers(options);
	check_head(options);
	check_sources(options);
}

static void
parse(int argc, char **argv)
{
	struct options options;
	enum options_result result;

	n_errors = 0;
	optind = 0; /* glibc: begin anew */
	result = options_parse(&options, argc, argv);
	REQUIRE((result == OPTIONS_WRONG) == (n_errors > 0));
	if (result == OPTIONS_RUN) {
		check_accepted(&options);
		options_print(&options);
	}
	options_fini(&options);
}

/* A word that could open any file of this machine as a config file. */
static bool
names_a_config_file(const char *word)
{
	if (word[0] != '-')
		return false;
	return word[1] == '-' ? strncmp(word, "--c", 3) == 0
			      : strchr(word, 'c') != NULL;
}

/* The words of the command line, each ended by NUL. */
static void
parse_words(struct input *input)
{
	char program[] = "pipecast";
	char *argv[MAX_WORDS + 2] = {program};
	bool harmless = true;
	int argc = 1;

	while (input->n > 0 && argc <= MAX_WORDS) {
		argv[argc] = string_of(take_string(input));
		harmless = harmless && !names_a_config_file(argv[argc]);
		argc++;
	}
	if (harmless) {
		char *copy[MAX_WORDS + 2]; /* getopt_long may change it */

		memcpy(copy, argv, sizeof(copy));
		parse(argc, copy);
	}
	while (argc > 1)
		free(argv[--argc]);
}

static void
parse_file(const struct input *input)
{
	char program[] = "pipecast", option[] = "-c", path[32];
	char *argv[] = {program, option, path, NULL};
	int fd = memfd_create("config", MFD_CLOEXEC);

	REQUIRE(fd >= 0);
	REQUIRE(write(fd, input->at, input->n) == (ssize_t)input->n);
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	parse(3, argv);
	close(fd);
}

/* What --help and options_print write is not to be seen. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)argc;
	(void)argv;
	REQUIRE(fd >= 0 && dup2(fd, STDOUT_FILENO) == STDOUT_FILENO);
	close(fd);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};

	if (take_byte(&input) & 1)
		parse_words(&input);
	else if (input.n > 0)
		parse_file(&input);
	return 0;
}
