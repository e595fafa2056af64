/* SPDX-License-Identifier: MIT */

#include "config.h"

#include "pipecat/settings.h"

#include "core/column.h"
#include "core/event_id.h"
#include "core/quantity.h"
#include "loop/log.h"
#include "pipecat/settings_relay.h"

#include <getopt.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A row of the table: an option, or the heading of a part of --help. */
struct settings_row {
	enum {
		SETTING_HEADING,
		SETTING_FLAG,   /* sets a bool */
		SETTING_NUMBER, /* sets a uint64_t */
		SETTING_TEXT,   /* sets a string that check allows */
		SETTING_CALL,   /* calls set */
		SETTING_HELP,
		SETTING_VERSION,
	} kind;
	char letter;          /* or 0 */
	const char *name;     /* long, without dashes */
	const char *argument; /* as in --help; NULL: takes none */
	const char *help;
	size_t offset; /* of the value in struct settings */
	enum quantity quantity;
	uint64_t min, max;
	/* Each returns NULL, or what would be right (static). */
	const char *(*check)(const char *value);
	const char *(*set)(struct settings *settings, const char *value);
};

/* Checks. */

static const char *
check_text(const char *value)
{
	return *value && !span_has_line_break_or_nul(span_of(value))
	    ? NULL
	    : "a text of one line";
}

static const char *
check_file(const char *value)
{
	return *value ? NULL : "a file";
}

static const char *
check_id(const char *value)
{
	return event_id_is_acceptable(span_of(value))
	    ? NULL
	    : "an event ID of one line, of up to 1024 bytes";
}

static const char *
set_format(struct settings *settings, const char *value)
{
	static const char *const names[] = {"lines", "json", "sse"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(value, names[i]) == 0) {
			settings->print_as = (enum print_as)i;
			return NULL;
		}
	}
	return "lines, json or sse";
}

static const char *
set_json(struct settings *settings, const char *value)
{
	(void)value;
	settings->print_as = PRINT_JSON;
	return NULL;
}

/* The table. */

#define AT(member) .offset = offsetof(struct settings, member)
#define HEADING(text) \
	{ \
		.kind = SETTING_HEADING, .help = (text) \
	}
#define FLAG(l, n, h, member) \
	{ \
		.kind = SETTING_FLAG, .letter = (l), .name = (n), .help = (h), \
		AT(member) \
	}
#define TEXT(l, n, a, h, member, function) \
	{ \
		.kind = SETTING_TEXT, .letter = (l), .name = (n), \
		.argument = (a), .help = (h), AT(member), .check = (function) \
	}
#define CALL(n, a, h, function) \
	{ \
		.kind = SETTING_CALL, .name = (n), .argument = (a), \
		.help = (h), .set = (function) \
	}

static const struct settings_row settings_rows[] = {
    HEADING("Reading"),
    CALL("format", "FORMAT",
	"print events as lines (the data of each), json (an object a line) or "
	"sse (an event stream); default lines",
	set_format),
    CALL("json", NULL, "the same as --format json", set_json),
    TEXT('e', "event", "TYPE",
	"print only events of TYPE, or give this type to what --post sends",
	event, check_text),
    TEXT(0, "last-event-id", "ID", "go on after the event with this ID",
	last_event_id, check_id),
    TEXT(0, "state", "FILE",
	"keep the last event ID in FILE, and go on there at the next start",
	state, check_file),
    {.kind = SETTING_NUMBER,
	.letter = 'n',
	.name = "count",
	.argument = "N",
	.help = "end after N events",
	AT(count),
	.quantity = QUANTITY_COUNT,
	.min = 1,
	.max = UINT32_MAX},
    {.kind = SETTING_NUMBER,
	.name = "max-event",
	.argument = "SIZE",
	.help = "skip events larger than this; default 256K",
	AT(max_event),
	.quantity = QUANTITY_SIZE,
	.min = 1,
	.max = UINT64_C(1) << 30},
    FLAG(0, "keep-trying",
	"try again every minute after an error that is final", keep_trying),

    HEADING("Other things to do"),
    FLAG(0, "post", "post standard input to the stream, an event a line", post),
    FLAG(0, "relay",
	"serve as the source of a pipecast, which starts this by itself",
	relay),

    HEADING("Connection"),
    TEXT(0, "token", "FILE",
	"present the token in FILE; default: the file that "
	"PIPECAT_TOKEN_FILE names",
	token_file, check_file),
    TEXT(0, "unix-socket", "PATH", "connect to the Unix socket PATH", socket,
	check_file),
    TEXT(0, "proxy", "URL",
	"connect by this proxy; default: the one that http_proxy or "
	"https_proxy names",
	proxy, check_text),
    TEXT(0, "cacert", "FILE",
	"trust the certificates in FILE; default: those that SSL_CERT_FILE "
	"names, or the system's",
	cacert, check_file),
    FLAG(0, "compressed", "let the server compress the stream", compressed),

    HEADING("Program"),
    FLAG('q', "quiet", "log errors only", quiet),
    FLAG('v', "verbose", "log more", verbose),
    {.kind = SETTING_HELP,
	.letter = 'h',
	.name = "help",
	.help = "show this help, and exit"},
    {.kind = SETTING_VERSION,
	.letter = 'V',
	.name = "version",
	.help = "show the version, and exit"},
};

enum { N_ROWS = sizeof(settings_rows) / sizeof(settings_rows[0]) };

/* Help. */

static void
on_put(void *ctx, const char *bytes, size_t n)
{
	(void)ctx;
	fwrite(bytes, 1, n, stdout);
}

static void
settings_print_row(const struct settings_row *row)
{
	const struct byte_sink sink = {on_put, NULL};
	char letter[] = {'-', row->letter, ',', '\0'};
	int n;

	if (row->kind == SETTING_HEADING) {
		printf("\n%s:\n", row->help);
		return;
	}
	n = printf("  %3s --%s%s%s", row->letter ? letter : "", row->name,
	    row->argument ? " " : "", row->argument ? row->argument : "");
	column_write(sink, (size_t)n, row->help);
}

static void
settings_print_help(void)
{
	puts("Usage: pipecat [OPTION]... URL\n"
	     "Print a stream of server-sent events as it arrives; reconnect "
	     "and go on where it\nbroke off.\n"
	     "\n"
	     "URL is one of http or https, HOST[:PORT][/PATH], or "
	     "unix:SOCKET[:/PATH].");
	for (size_t i = 0; i < N_ROWS; i++)
		settings_print_row(&settings_rows[i]);
	puts(
	    "\n"
	    "SIZE is 512, 64K or 1M.  The exit status is 0 once the stream has "
	    "ended, 1 after an\nerror that is final, 2 if the options are "
	    "wrong.  See pipecat(1).");
}

/* Parsing. */

static const char *
settings_set_number(const struct settings_row *row, uint64_t *at,
    const char *value, char why[128])
{
	const char *wanted = quantity_parse(row->quantity, value, at);

	if (wanted || (*at >= row->min && *at <= row->max))
		return wanted;
	snprintf(why, 128, "from %" PRIu64 " to %" PRIu64, row->min, row->max);
	return why;
}

/* Returns NULL, or what would be right. */
static const char *
settings_set(struct settings *settings, const struct settings_row *row,
    const char *value, char why[128])
{
	void *at = (char *)settings + row->offset;
	const char *wanted = NULL;

	switch (row->kind) {
	case SETTING_FLAG:
		*(bool *)at = true;
		break;
	case SETTING_NUMBER:
		wanted = settings_set_number(row, at, value, why);
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
	for (size_t i = 0; i < N_ROWS; i++)
		if (code == 256 + (int)i ||
		    (settings_rows[i].letter &&
			settings_rows[i].letter == code))
			return &settings_rows[i];
	return NULL;
}

static void
settings_make_getopt_tables(char *letters, struct option *longs)
{
	*letters++ = ':';
	for (size_t i = 0; i < N_ROWS; i++) {
		const struct settings_row *row = &settings_rows[i];

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
	char why[128];
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

/* What follows from several options together. */
static enum settings_result
settings_fit(struct settings *settings)
{
	const char *why = NULL;

	if (settings->post + settings->doctor + settings->relay > 1)
		why = "--post, --doctor and --relay exclude each other";
	else if (settings->post &&
	    (settings->state || settings->last_event_id || settings->count))
		why = "--post does not go with --state, --last-event-id or "
		      "--count, which are for reading";
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
	struct option longs[N_ROWS + 1];
	char letters[2 * N_ROWS + 2];
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
