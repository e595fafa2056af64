/* SPDX-License-Identifier: MIT */

#include "config.h"

#include "program/options.h"

#include "program/config_file.h"
#include "loop/log.h"
#include "program/option_table.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* getopt_long's values: a letter, else the row's index from here on. */
enum { FIRST_ROW = 256 };

/* One option or source, of the command line or a config file. */

static bool
is_same_file(const char *a, const char *b)
{
	struct stat of_a, of_b;

	if (strcmp(a, b) == 0)
		return true;
	return stat(a, &of_a) == 0 && stat(b, &of_b) == 0 &&
	    of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

/* Why the two cannot both be sources, or NULL. */
static const char *
conflict(const struct source_spec *a, const struct source_spec *b)
{
	if (a->kind == &source_standard_input && b->kind == a->kind)
		return "each would get only a part of standard input";
	if (a->kind == &source_fifo && b->kind == a->kind &&
	    is_same_file(a->argument, b->argument))
		return "each would get only a part of the FIFO";
	if (a->name.bytes && b->name.bytes && span_equal(a->name, b->name))
		return "they have the same name; to give both one event "
		       "type, use --event";
	return NULL;
}

/* A lack of memory is not the user's mistake. */
static bool
run_short(struct options *options, const char *where)
{
	options->is_short = true;
	log_line(LOG_ERROR, "%sout of memory", where);
	return false;
}

static bool
add_source(struct options *options, const char *where, const char *text)
{
	struct source_spec *sources = realloc(
	    options->sources, (options->n_sources + 1) * sizeof(*sources));
	struct source_spec *spec;
	const char *wanted;

	if (!sources)
		return run_short(options, where);
	options->sources = sources;
	spec = &sources[options->n_sources];
	*spec = options->description;
	wanted = source_spec_parse(spec, text);
	if (wanted) {
		log_line(LOG_ERROR, "%ssource '%s' is wrong: it must be %s",
		    where, text, wanted);
		return false;
	}
	for (size_t i = 0; i < options->n_sources; i++) {
		const char *why = conflict(spec, &sources[i]);

		if (!why)
			continue;
		log_line(LOG_ERROR, "%ssource '%s' conflicts with '%s': %s",
		    where, text, sources[i].text, why);
		return false;
	}
	options->n_sources++;
	options->dangling = NULL;
	options->has_format = options->has_json = false;
	return true;
}

static bool
set_row(struct options *options, const char *where,
    const struct option_row *row, const char *value)
{
	const char *dashes = *where ? "" : "--";
	char why[128];
	const char *wanted = option_row_set(row, options, value, why);

	if (wanted == option_out_of_memory)
		return run_short(options, where);
	if (wanted) {
		log_line(LOG_ERROR, "%s%s%s '%s' is wrong: it must be %s",
		    where, dashes, row->name, value, wanted);
		return false;
	}
	if (row->describes)
		options->dangling = row->name;
	return true;
}

/* A config_setter: a long option, or "source". */
static bool
set_by_name(void *ctx, const char *where, const char *name, const char *value)
{
	struct options *options = ctx;
	const struct option_row *row = option_find(name);

	if (strcmp(name, "source") == 0) {
		if (value)
			return add_source(options, where, value);
		log_line(LOG_ERROR, "%ssource needs a value, such as file:PATH",
		    where);
		return false;
	}
	if (!row || row->is_command) {
		log_line(LOG_ERROR,
		    row ? "%s%s is allowed on the command line only"
			: "%sthere is no option %s; see pipecast --help",
		    where, name);
		return false;
	}
	if (row->argument && !value) {
		log_line(LOG_ERROR, "%s%s needs a value: %s", where, name,
		    row->argument);
		return false;
	}
	if (!row->argument && value) {
		log_line(LOG_ERROR, "%s%s takes no value, but has '%s'", where,
		    name, value);
		return false;
	}
	return set_row(options, where, row, value);
}

/* The options' strings point into the text, so it is kept. */
static bool
read_config(struct options *options, const char *path)
{
	char **texts =
	    realloc(options->texts, (options->n_texts + 1) * sizeof(*texts));

	int rc;

	if (!texts)
		return run_short(options, "");
	options->texts = texts;
	rc = config_file_read(
	    path, &texts[options->n_texts++], set_by_name, options);
	if (rc < -1)
		options->is_short = true;
	return rc == 0;
}

/* The command line. */

static const struct option_row *
row_of(int code)
{
	if (code >= FIRST_ROW)
		return &option_rows[code - FIRST_ROW];
	for (size_t i = 0; i < n_option_rows; i++)
		if (option_rows[i].letter == code)
			return &option_rows[i];
	return NULL;
}

/* Makes getopt_long's two tables; "-" keeps sources and options in order. */
static void
make_getopt_tables(char *letters, struct option *longs)
{
	*letters++ = '-';
	*letters++ = ':';
	for (size_t i = 0; i < n_option_rows; i++) {
		const struct option_row *row = &option_rows[i];

		if (!row->name)
			continue;
		if (row->letter) {
			*letters++ = row->letter;
			if (row->argument)
				*letters++ = ':';
		}
		*longs++ = (struct option){
		    .name = row->name,
		    .has_arg = row->argument ? required_argument : no_argument,
		    .val = FIRST_ROW + (int)i,
		};
	}
	*letters = '\0';
	*longs = (struct option){0};
}

static void
log_unknown(char *const argv[], int code)
{
	const char *given = argv[optind - 1];
	const struct option_row *row = optopt ? row_of(optopt) : NULL;

	if (code == ':')
		log_line(LOG_ERROR, "%s needs a value: %s", given,
		    row && row->argument ? row->argument : "see --help");
	else if (optopt >= FIRST_ROW && row)
		log_line(
		    LOG_ERROR, "%s: --%s takes no value", given, row->name);
	else if (optopt)
		log_line(LOG_ERROR,
		    "there is no option -%c; see pipecast --help", optopt);
	else
		log_line(LOG_ERROR,
		    "there is no option %s; see pipecast --help", given);
}

static void print_help(void);

static enum options_result
run_command(
    struct options *options, const struct option_row *row, const char *value)
{
	if (row->letter == 'c')
		return read_config(options, value) ? OPTIONS_RUN
						   : OPTIONS_WRONG;
	if (row->letter == 'h')
		print_help();
	else
		puts("pipecast " PACKAGE_VERSION);
	return OPTIONS_DONE;
}

static enum options_result
take_argument(struct options *options, int code, char *const argv[])
{
	const struct option_row *row;

	if (code == '?' || code == ':') {
		log_unknown(argv, code);
		return OPTIONS_WRONG;
	}
	if (code == 1)
		return add_source(options, "", optarg) ? OPTIONS_RUN
						       : OPTIONS_WRONG;
	row = row_of(code);
	if (row->is_command)
		return run_command(options, row, optarg);
	return set_row(options, "", row, optarg) ? OPTIONS_RUN : OPTIONS_WRONG;
}

/* The type that the source's events have unless they say another. */
static struct span
type_of(const struct source_spec *spec)
{
	return spec->event_type ? span_of(spec->event_type) : spec->name;
}

/*
 * Whether a page could not distinguish the source's events from those of the
 * option.
 */
static bool
has_type_of(const struct options *options, const char *option, const char *type)
{
	for (size_t i = 0; i < options->n_sources; i++) {
		const struct source_spec *spec = &options->sources[i];

		if (!*type || !span_is(type_of(spec), type))
			continue;
		log_line(LOG_ERROR,
		    "events of source '%s' would have the type '%s' of --%s; "
		    "give one of them another type",
		    spec->text, type, option);
		return true;
	}
	return false;
}

/* Standard input is the source if there is no other. */
static enum options_result
finish(struct options *options)
{
	if (options->n_sources == 0 && !add_source(options, "", "-"))
		return OPTIONS_WRONG;
	if (options->cgi && options->http.n + options->fastcgi.n > 0) {
		log_line(LOG_ERROR,
		    "--cgi answers one viewer on standard output, but "
		    "--%s listens for many; give one of them",
		    options->http.n > 0 ? "http" : "fastcgi");
		return OPTIONS_WRONG;
	}
	if (options->dangling) {
		log_line(LOG_ERROR,
		    "--%s describes the sources after it, but no source "
		    "follows",
		    options->dangling);
		return OPTIONS_WRONG;
	}
	if (has_type_of(options, "end-event", options->end_event) ||
	    has_type_of(options, "gap-event", options->gap_event))
		return OPTIONS_WRONG;
	return OPTIONS_RUN;
}

enum options_result
options_parse(struct options *options, int argc, char *argv[])
{
	enum { MAX_ROWS = 64 };
	struct option longs[MAX_ROWS];
	char letters[2 * MAX_ROWS];
	enum options_result result = OPTIONS_RUN;
	int code;

	options_set_defaults(options);
	make_getopt_tables(letters, longs);
	opterr = 0;
	while (result == OPTIONS_RUN &&
	    (code = getopt_long(argc, argv, letters, longs, NULL)) != -1)
		result = take_argument(options, code, argv);
	/* Behind "--" everything is a source. */
	for (; result == OPTIONS_RUN && optind < argc; optind++)
		if (!add_source(options, "", argv[optind]))
			result = OPTIONS_WRONG;
	if (result == OPTIONS_RUN)
		result = finish(options);
	return result == OPTIONS_WRONG && options->is_short ? OPTIONS_FAILED
							    : result;
}

/* Enough for the names of a table's columns, and for some minutes of charts. */
enum { UNASKED_REPLAY = 300 };

void
options_serve_unasked(struct options *options)
{
	if (!options->replay_is_given)
		options->replay = UNASKED_REPLAY;
}

void
options_fini(struct options *options)
{
	free(options->sources);
	free(options->http.items);
	free(options->fastcgi.items);
	free(options->hosts.items);
	for (size_t i = 0; i < options->origins.n; i++)
		free((char *)(uintptr_t)options->origins.items[i]);
	free(options->origins.items);
	free(options->headers.items);
	for (size_t i = 0; i < options->n_texts; i++)
		free(options->texts[i]);
	free(options->texts);
}

/* Texts for users. */

/* Prints the words of the text in a column, from where the line is now. */
static void
print_wrapped(const char *text, int at, int left, int right)
{
	while (*text) {
		int n = (int)strcspn(text, " ");

		if (at + 1 + n > right && at > left) {
			printf("\n%*s", left, "");
			at = left;
		}
		printf("%s%.*s", at > left ? " " : "", n, text);
		at += n + (at > left);
		text += n;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void
print_option(const struct option_row *row)
{
	enum { COLUMN = 28, WIDTH = 79 };
	char letter[] = {'-', row->letter, ',', '\0'};
	int n = printf("  %3s --%s%s%s", row->letter ? letter : "", row->name,
	    row->argument ? " " : "", row->argument ? row->argument : "");

	if (n >= COLUMN) {
		putchar('\n');
		n = 0;
	}
	printf("%*s", COLUMN - n, "");
	print_wrapped(row->help, COLUMN, COLUMN, WIDTH);
}

static void
print_help(void)
{
	fputs("Usage: pipecast [OPTION]... [SOURCE]...\n"
	      "Put Unix event sources into browsers as server-sent events.\n"
	      "\n"
	      "SOURCE is one of these, or NAME= followed by one of these; "
	      "default -\n"
	      "  -                         standard input\n"
	      "  fifo:PATH                 a FIFO, created if missing\n"
	      "  file:PATH                 a file, followed like tail -F\n"
	      "  exec:COMMAND              the output of sh -c COMMAND\n"
	      "  every:DURATION            the time, again and again\n"
	      "  every:DURATION:COMMAND    COMMAND, run again and again; its "
	      "whole\n"
	      "                            output is one event\n",
	    stdout);
	for (size_t i = 0; i < n_option_rows; i++) {
		if (option_rows[i].kind == OPTION_HEADING)
			printf("\n%s:\n", option_rows[i].help);
		else
			print_option(&option_rows[i]);
	}
	fputs("\n"
	      "DURATION is 3, 3s, 250ms, 2m, 1h or 1d; SIZE is 512, 64K or "
	      "1M.\n"
	      "ADDR is PORT (this machine only), HOST:PORT, [V6]:PORT or "
	      "unix:PATH, to which\n"
	      ",mode=0660 and ,group=GROUP may be added.\n"
	      "Started by a web server, pipecast speaks CGI or FastCGI; "
	      "otherwise HTTP.\n"
	      "See pipecast(1).\n",
	    stdout);
}

static void
print_source(const struct source_spec *spec)
{
	const char *type = spec->event_type;
	int n = type ? (int)strlen(type) : (int)spec->name.n;

	printf("source %s\n", spec->text);
	if (!type)
		type = spec->name.bytes;
	printf("  event type %.*s, format %s%s\n", n > 0 ? n : 9,
	    n > 0 ? type : "(message)", spec->format->name,
	    spec->pty ? ", on a pseudo-terminal" : "");
	if (*spec->json.data)
		printf("  data from %s, event type from %s, id from %s\n",
		    spec->json.data,
		    *spec->json.event ? spec->json.event : "(none)",
		    *spec->json.id ? spec->json.id : "(none)");
}

static void
print_page(const struct options *options)
{
	if (options->no_page)
		puts("no page");
	else if (options->page)
		printf("page %s\n", options->page);
	else if (options->dialect == DIALECT_EVENT_STREAM)
		puts("page built in");
	else
		puts("no page in this dialect");
}

void
options_print(const struct options *options)
{
	printf("stream %s, retry %" PRIu64 " ms, heartbeat %" PRIu64
	       " ms, max age %" PRIu64 " ms\n",
	    stream_media_type(options->dialect), options->retry_ms,
	    options->heartbeat_ms, options->max_age_ms);
	printf("history %" PRIu64 " byte%s, events up to %" PRIu64
	       " byte%s, patience %" PRIu64 " ms\n",
	    options->history, text_plural(options->history), options->max_event,
	    text_plural(options->max_event), options->patience_ms);
	if (options->replay == UINT64_MAX)
		puts("replay all");
	else
		printf("replay %" PRIu64 " event%s\n", options->replay,
		    text_plural(options->replay));
	print_page(options);
	if (options->base_path)
		printf("base path %s\n", options->base_path);
	for (size_t i = 0; i < options->n_sources; i++)
		print_source(&options->sources[i]);
}
