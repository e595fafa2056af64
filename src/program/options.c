/* SPDX-License-Identifier: MIT */

#include "config.h"

#include "program/options.h"

#include "loop/log.h"
#include "program/config_file.h"
#include "program/help.h"
#include "program/options_fit.h"
#include "program/option_table.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* getopt_long's values: a letter, else the row's index from here on. */
enum { FIRST_ROW = 256 };

/* One option or source, of the command line or a config file. */

/* A lack of memory is not the user's mistake. */
static enum options_result
options_out_of_memory(const char *where)
{
	log_line(LOG_ERROR, "%sout of memory", where);
	return OPTIONS_FAILED;
}

bool
string_list_add(struct string_list *list, const char *item)
{
	const char **items =
	    realloc(list->items, (list->n + 1) * sizeof(*items));

	if (!items)
		return false;
	items[list->n++] = item;
	list->items = items;
	return true;
}

char *
options_keep(struct options *options, char *memory)
{
	char **kept = memory
	    ? realloc(options->kept, (options->n_kept + 1) * sizeof(*kept))
	    : NULL;

	if (!kept) {
		free(memory);
		return NULL;
	}
	options->kept = kept;
	return kept[options->n_kept++] = memory;
}

static enum options_result
options_add_source(struct options *options, const char *where, const char *text)
{
	struct source_spec *sources = realloc(
	    options->sources, (options->n_sources + 1) * sizeof(*sources));
	struct source_spec *spec;
	const char *wanted;

	if (!sources)
		return options_out_of_memory(where);
	options->sources = sources;
	spec = &sources[options->n_sources];
	*spec = options->description;
	wanted = source_spec_parse(spec, text);
	if (wanted) {
		log_line(LOG_ERROR, "%ssource '%s' is wrong: it must be %s",
		    where, text, wanted);
		return OPTIONS_WRONG;
	}
	for (size_t i = 0; i < options->n_sources; i++) {
		const char *why = source_spec_conflict(spec, &sources[i]);

		if (!why)
			continue;
		log_line(LOG_ERROR, "%ssource '%s' conflicts with '%s': %s",
		    where, text, sources[i].text, why);
		return OPTIONS_WRONG;
	}
	options->n_sources++;
	options->dangling = NULL;
	options->description.has_format = false;
	options->description.has_json = false;
	return OPTIONS_RUN;
}

static enum options_result
options_set_row(struct options *options, const char *where,
    const struct option_row *row, const char *value)
{
	const char *dashes = *where ? "" : "--";
	char why[128];
	const char *wanted = option_row_set(row, options, value, why);

	if (wanted == option_out_of_memory)
		return options_out_of_memory(where);
	if (wanted) {
		log_line(LOG_ERROR, "%s%s%s '%s' is wrong: it must be %s",
		    where, dashes, row->name, value, wanted);
		return OPTIONS_WRONG;
	}
	if (row->kind == OPTION_SOURCE)
		options->dangling = row->name;
	return OPTIONS_RUN;
}

/* Returns whether the row is one for config files, having logged why not. */
static bool
options_check_name(const char *where, const struct option_row *row,
    const char *name, const char *value)
{
	if (!row || row->is_command)
		log_line(LOG_ERROR,
		    row ? "%s%s is allowed on the command line only"
			: "%sthere is no option %s; see pipecast --help",
		    where, name);
	else if (row->argument && !value)
		log_line(LOG_ERROR, "%s%s needs a value: %s", where, name,
		    row->argument);
	else if (!row->argument && value)
		log_line(LOG_ERROR, "%s%s takes no value, but has '%s'", where,
		    name, value);
	else
		return true;
	return false;
}

/* A config_setter: a long option, or "source". */
static enum options_result
options_set_by_name(
    void *ctx, const char *where, const char *name, const char *value)
{
	struct options *options = ctx;
	const struct option_row *row = option_find(name);

	if (strcmp(name, "source") != 0)
		return options_check_name(where, row, name, value)
		    ? options_set_row(options, where, row, value)
		    : OPTIONS_WRONG;
	if (value)
		return options_add_source(options, where, value);
	log_line(LOG_ERROR, "%ssource needs a value, such as file:PATH", where);
	return OPTIONS_WRONG;
}

/* The options' strings point into the text, so it is kept. */
static enum options_result
options_read_config(struct options *options, const char *path)
{
	char *text;
	enum options_result result = config_file_read(path, &text);

	if (result != OPTIONS_RUN)
		return result;
	if (!options_keep(options, text) ||
	    !string_list_add(&options->config_files, path))
		return options_out_of_memory("");
	digest_add(&options->digest, span_of(text));
	return config_file_parse(path, text, options_set_by_name, options);
}

/* The command line. */

static const struct option_row *
options_row_of(int code)
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
options_make_getopt_tables(char *letters, struct option *longs)
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
options_log_unknown(char *const argv[], int code)
{
	const char *given = argv[optind - 1];
	const struct option_row *row = optopt ? options_row_of(optopt) : NULL;

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

static enum options_result
options_run_command(
    struct options *options, const struct option_row *row, const char *value)
{
	if (row->letter == 'c')
		return options_read_config(options, value);
	if (row->letter == 'h')
		help_print();
	else
		puts("pipecast " PACKAGE_VERSION);
	return OPTIONS_DONE;
}

static enum options_result
options_take_argument(struct options *options, int code, char *const argv[])
{
	const struct option_row *row;

	if (code == '?' || code == ':') {
		options_log_unknown(argv, code);
		return OPTIONS_WRONG;
	}
	if (code == 1)
		return options_add_source(options, "", optarg);
	row = options_row_of(code);
	if (row->is_command)
		return options_run_command(options, row, optarg);
	return options_set_row(options, "", row, optarg);
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
	for (int i = 1; i < argc; i++)
		digest_add(&options->digest, span_of(argv[i]));
	options_make_getopt_tables(letters, longs);
	opterr = 0;
	while (result == OPTIONS_RUN &&
	    (code = getopt_long(argc, argv, letters, longs, NULL)) != -1)
		result = options_take_argument(options, code, argv);
	/* Behind "--" everything is a source. */
	for (; result == OPTIONS_RUN && optind < argc; optind++)
		result = options_add_source(options, "", argv[optind]);
	/* Without a source it is standard input. */
	if (result == OPTIONS_RUN && options->n_sources == 0)
		result = options_add_source(options, "", "-");
	if (result == OPTIONS_RUN && !options_fit_together(options))
		result = OPTIONS_WRONG;
	return result;
}

/* Enough for the names of a table's columns, and for some minutes of charts. */
enum { UNASKED_REPLAY = 300 };

void
options_serve_unasked(struct options *options)
{
	if (!options->replay_is_given)
		options->replay = UNASKED_REPLAY;
}

bool
options_take_posts(const struct options *options)
{
	for (size_t i = 0; i < options->n_sources; i++)
		if (source_spec_takes_posts(&options->sources[i]))
			return true;
	return false;
}

bool
options_read_standard_input(const struct options *options)
{
	for (size_t i = 0; i < options->n_sources; i++)
		if (options->sources[i].kind == &source_standard_input)
			return true;
	return false;
}

void
options_fini(struct options *options)
{
	free(options->sources);
	free(options->hosts.items);
	free(options->origins.items);
	free(options->headers.items);
	free(options->config_files.items);
	for (size_t i = 0; i < options->n_kept; i++)
		free(options->kept[i]);
	free(options->kept);
}
