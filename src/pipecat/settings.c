/* SPDX-License-Identifier: MIT */

#include "config.h"

#include "pipecat/settings.h"

#include "loop/log.h"
#include "pipecat/settings_relay.h"
#include "pipecat/settings_table.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Returns NULL, or what would be right. */
static const char *
settings_set(struct settings *settings, const struct settings_row *row,
    const char *value, char why[QUANTITY_WHY])
{
	void *at = (char *)settings + row->offset;
	const char *wanted = NULL;

	switch (row->kind) {
	case SETTING_FLAG:
		*(bool *)at = true;
		break;
	case SETTING_NUMBER:
		wanted = quantity_parse_within(row->quantity,
		    (struct quantity_range){row->min, row->max}, value, at,
		    why);
		break;
	case SETTING_TEXT:
		*(const char **)at = value;
		wanted = row->check(value);
		break;
	case SETTING_CALL:
		wanted = row->set(settings, value);
		break;
	default:
		break;
	}
	return wanted;
}

static const struct settings_row *
settings_row_of(int code)
{
	const struct settings_row *row;

	for (size_t i = 0; (row = settings_row(i)); i++)
		if (code == 256 + (int)i ||
		    (row->letter && row->letter == code))
			break;
	return row;
}

static void
settings_make_getopt_tables(char *letters, struct option *longs)
{
	const struct settings_row *row;

	*letters++ = ':';
	for (size_t i = 0; (row = settings_row(i)); i++) {
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
		    .val = 256 + (int)i,
		};
	}
	*letters = '\0';
	*longs = (struct option){0};
}

static enum settings_result
settings_take(struct settings *settings, int code, char *argv[])
{
	const struct settings_row *row = settings_row_of(code);
	char why[QUANTITY_WHY];
	const char *wanted;

	if (!row) {
		log_line(LOG_ERROR,
		    code == ':' ? "%s needs a value; see pipecat --help"
				: "there is no option %s, or it takes no "
				  "value; see pipecat --help",
		    argv[optind - 1]);
		return SETTINGS_WRONG;
	}
	if (row->kind == SETTING_HELP)
		settings_print_help();
	else if (row->kind == SETTING_VERSION)
		puts("pipecat " PACKAGE_VERSION);
	if (row->kind == SETTING_HELP || row->kind == SETTING_VERSION)
		return SETTINGS_DONE;
	wanted = settings_set(settings, row, optarg, why);
	if (!wanted)
		return SETTINGS_RUN;
	log_line(LOG_ERROR, "--%s '%s' is wrong: it must be %s", row->name,
	    optarg, wanted);
	return SETTINGS_WRONG;
}

static bool
settings_has_other_task(const struct settings *settings)
{
	return settings->post || settings->relay || settings->state ||
	    settings->last_event_id || settings->count > 0 || settings->event ||
	    settings->keep_trying || settings->print_as != PRINT_LINES;
}

/* What follows from several options together. */
static enum settings_result
settings_fit(struct settings *settings)
{
	const char *why = NULL;

	if (settings->post && settings->relay)
		why = "--post and --relay exclude each other";
	else if (settings->post &&
	    (settings->state || settings->last_event_id || settings->count))
		why = "--post does not go with --state, --last-event-id or "
		      "--count, which are for reading";
	else if (settings->doctor && settings_has_other_task(settings))
		why = "--doctor goes with --for and options of the connection "
		      "alone";
	else if (settings->for_ms > 0 && !settings->doctor)
		why = "--for goes with --doctor alone";
	else if (!settings->url && !settings->relay)
		why = "which stream? Give its URL, such as "
		      "http://127.0.0.1:8080/; see pipecat --help";
	else if (settings->url && settings->relay)
		why = "--relay reads the URL from standard input";
	if (!why)
		return SETTINGS_RUN;
	log_line(LOG_ERROR, "%s", why);
	return SETTINGS_WRONG;
}

static enum settings_result
settings_set_target(struct settings *settings)
{
	const char *wanted = target_parse(&settings->target, settings->url);

	if (!wanted)
		return SETTINGS_RUN;
	if (wanted == target_no_memory) {
		log_line(LOG_ERROR, "%s", wanted);
		return SETTINGS_FAILED;
	}
	log_line(LOG_ERROR, "the URL '%s' is wrong: it must be %s",
	    settings->url, wanted);
	return SETTINGS_WRONG;
}

/* Longer ones are no tokens: pipecast takes up to 256 characters. */
enum { TOKEN_FILE_MAX = 4096 };

static enum settings_result
settings_read_token(struct settings *settings)
{
	char text[TOKEN_FILE_MAX];
	FILE *file;
	struct span token = {text, 0};

	if (!settings->token_file)
		return SETTINGS_RUN;
	file = fopen(settings->token_file, "re");
	if (file) {
		token.n = fread(text, 1, sizeof(text), file);
		fclose(file);
	}
	while (token.n > 0 && strchr("\r\n", token.bytes[token.n - 1]))
		token.n--;
	token = span_trim(token);
	if (token.n == 0 || span_has_line_break_or_nul(token)) {
		log_line(LOG_ERROR, "%s: %s", settings->token_file,
		    file ? "it must hold a token, and nothing else"
			 : "cannot read the token");
		return SETTINGS_WRONG;
	}
	settings->token = owned_copy(token);
	return settings->token.bytes ? SETTINGS_RUN : SETTINGS_FAILED;
}

static const char *
settings_environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

enum settings_result
settings_parse(struct settings *settings, int argc, char *argv[])
{
	struct option longs[SETTINGS_ROWS_MAX + 1];
	char letters[2 * SETTINGS_ROWS_MAX + 2];
	enum settings_result result = SETTINGS_RUN;
	int code;

	*settings = (struct settings){
	    .max_event = 256 << 10,
	    .token_file = settings_environment("PIPECAT_TOKEN_FILE"),
	    .cacert = settings_environment("SSL_CERT_FILE"),
	};
	settings_make_getopt_tables(letters, longs);
	opterr = 0;
	while (result == SETTINGS_RUN &&
	    (code = getopt_long(argc, argv, letters, longs, NULL)) != -1)
		result = settings_take(settings, code, argv);
	if (result != SETTINGS_RUN)
		return result;
	settings->url = optind < argc ? argv[optind] : NULL;
	if (optind + 1 < argc) {
		log_line(LOG_ERROR, "there is one URL too many: %s",
		    argv[optind + 1]);
		return SETTINGS_WRONG;
	}
	result = settings_fit(settings);
	if (result == SETTINGS_RUN && settings->relay)
		result = settings_read_relay(settings);
	if (result == SETTINGS_RUN)
		result = settings_set_target(settings);
	if (result == SETTINGS_RUN)
		result = settings_read_token(settings);
	return result;
}

void
settings_fini(struct settings *settings)
{
	target_fini(&settings->target);
	if (settings->token.bytes)
		memset(settings->token.bytes, 0, settings->token.n);
	owned_free(&settings->token);
	owned_free(&settings->relayed);
}
