/* SPDX-License-Identifier: MIT */

#include "pipecat/settings_table.h"

#include "core/column.h"
#include "core/event_id.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

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
    FLAG(0, "doctor",
	"say what holds events back between here and the server, and how to "
	"mend it",
	doctor),
    {.kind = SETTING_NUMBER,
	.name = "for",
	.argument = "DURATION",
	.help = "with --doctor: watch the stream so long for a time-out",
	AT(for_ms),
	.quantity = QUANTITY_DURATION,
	.min = 1,
	.max = UINT64_C(7) * 24 * 3600 * 1000},

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

static_assert(
    (int)N_ROWS <= (int)SETTINGS_ROWS_MAX, "settings_parse has room for them");

const struct settings_row *
settings_row(size_t i)
{
	return i < N_ROWS ? &settings_rows[i] : NULL;
}

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

void
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
	puts("\n"
	     "SIZE is 512, 64K or 1M, DURATION 90, 90s, 5m or 1h.  The exit "
	     "status is 0 once the\nstream has ended, or if the doctor finds "
	     "nothing, 1 after an error that is final or\nif it does, 2 if the "
	     "options are wrong.  See pipecat(1).");
}
