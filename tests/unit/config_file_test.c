/* SPDX-License-Identifier: MIT */

#include "config.h"

#include "option_lines.h"

#include <sys/mman.h>
#include <unistd.h>

/* Parses a config file of that text; the file's name begins each message. */
static enum options_result
parse_file(struct options *options, struct span text, char path[32])
{
	int fd = memfd_create("config", MFD_CLOEXEC);
	enum options_result result;
	char line[64];

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text.bytes, text.n), (ssize_t)text.n);
	snprintf(path, 32, "/dev/fd/%d", fd);
	snprintf(line, sizeof(line), "-c|%s", path);
	result = parse(options, line);
	close(fd);
	return result;
}

Test(config_file, lines_are_options_and_sources_in_their_order)
{
	static const char *const texts[] = {
	    "# a comment\n\nretry 250ms\n  # another\nevent one\n"
	    "source a=every:1\nend-event ''\nsource exec:echo 'a  b' #c\n"
	    "keep\n",
	    "\xef\xbb\xbf#!/usr/bin/pipecast -c\r\n\tretry   250ms\r\n"
	    "event one \r\nsource a=every:1\r\nend-event\t''\r\n"
	    "source exec:echo 'a  b' #c\r\nkeep"};

	for (size_t i = 0; i < LENGTH(texts); i++) {
		struct options options;
		char path[32];

		cr_assert_eq(parse_file(&options, span_of(texts[i]), path),
		    OPTIONS_RUN, "%s", logged);
		cr_assert_eq(options.retry_ms, 250);
		cr_assert(options.keep);
		cr_assert_str_eq(options.end_event, "");
		cr_assert_eq(options.n_sources, 2);
		assert_span(options.sources[0].name, LITERAL("a"));
		cr_assert_str_eq(options.sources[0].event_type, "one");
		cr_assert_str_eq(options.sources[1].argument, "echo 'a  b' #c");
		options_fini(&options);
	}
}

Test(config_file, errors_name_file_and_line)
{
	static const struct refusal refusals[] = {
	    {"retry 1s\nno-such-option 1\n",
		":2: there is no option no-such-option; see pipecast --help"},
	    {"\n\nretry 0\n",
		":3: retry '0' is wrong: it must be a duration from 1ms to "
		"365d"},
	    {"retry\n", ":1: retry needs a value: DURATION"},
	    {"source file:\n",
		":1: source 'file:' is wrong: it must be file:PATH"},
	    {"source\n", ":1: source needs a value, such as file:PATH"},
	    {"pty yes\n", ":1: pty takes no value, but has 'yes'"},
	    {"--retry 1s\n", ":1: write '--retry' without dashes"},
	    {"config x\n", ":1: config is allowed on the command line only"},
	};

	for (size_t i = 0; i < LENGTH(refusals); i++) {
		struct options options;
		char path[32], wanted[256];

		cr_assert_eq(
		    parse_file(&options, span_of(refusals[i].line), path),
		    OPTIONS_WRONG);
		snprintf(wanted, sizeof(wanted), "%s%s\n", path,
		    refusals[i].message);
		cr_assert_str_eq(logged, wanted);
		options_fini(&options);
	}
}

Test(config_file, description_needs_a_source_after_it)
{
	struct options options;
	char path[32];

	cr_assert_eq(
	    parse_file(&options, LITERAL("source every:1\nevent x\n"), path),
	    OPTIONS_WRONG);
	cr_assert_str_eq(logged,
	    "--event describes the sources after it, but no source follows\n");
	options_fini(&options);
}

Test(config_file, file_that_is_no_text_is_refused)
{
	struct options options;
	char path[32], wanted[128];

	cr_assert_eq(
	    parse_file(&options, LITERAL("retry 1s\0\n"), path), OPTIONS_WRONG);
	snprintf(wanted, sizeof(wanted),
	    "cannot read config file '%s': it is not a text file\n", path);
	cr_assert_str_eq(logged, wanted);
	options_fini(&options);
	assert_refused("-c|/", "cannot read config file '/': Is a directory");
	assert_refused("-c|/nowhere/a",
	    "cannot read config file '/nowhere/a': No such file or directory");
}
