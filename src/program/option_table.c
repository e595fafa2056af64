/* SPDX-License-Identifier: MIT */

#include "program/option_table.h"

#include "http/base_path.h"
#include "http/target.h"
#include "loop/address.h"
#include "http/origin.h"
#include "sources/tick_data.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char option_out_of_memory[] = "out of memory";

/* Setters. */

static const char *
list_add(struct string_list *list, const char *item)
{
	const char **items =
	    realloc(list->items, (list->n + 1) * sizeof(*items));

	if (!items)
		return option_out_of_memory;
	items[list->n++] = item;
	list->items = items;
	return NULL;
}

static const char *
add_address(struct string_list *list, const char *value)
{
	struct address address;
	const char *wanted = address_parse(&address, value);

	if (wanted)
		return wanted;
	if (list->n == ADDRESSES_MAX)
		return "one of at most 16 addresses";
	return list_add(list, value);
}

static const char *
add_http(struct options *options, const char *value)
{
	return add_address(&options->http, value);
}

static const char *
add_fastcgi(struct options *options, const char *value)
{
	return add_address(&options->fastcgi, value);
}

static const char *
add_host(struct options *options, const char *value)
{
	const char *wanted = http_host_check(value);

	return wanted ? wanted : list_add(&options->hosts, value);
}

static const char *
set_base_path(struct options *options, const char *value)
{
	options->base_path = value;
	return base_path_check(value);
}

/* Returns NULL, or how an event type must be. */
static const char *
check_event_type(const char *value)
{
	if (span_has_line_break_or_nul(span_of(value)))
		return "an event type of one line";
	if (event_type_is_taken(span_of(value)))
		return "another event type, because EventSource has its own "
		       "events called error and open";
	return NULL;
}

static const char *
set_event(struct options *options, const char *value)
{
	options->description.event_type = value;
	return *value ? check_event_type(value) : "an event type of one line";
}

static const char *
set_format(struct options *options, const char *value)
{
	const struct input_format_kind *format = input_format_find(value);

	if (!format)
		return input_format_names();
	if (options->has_json && format != &format_json)
		return "json, because --json describes the same source";
	if (!options->has_json)
		options->description.json = (struct json_members){0};
	options->description.format = format;
	options->has_format = true;
	return NULL;
}

static const char *
set_json(struct options *options, const char *value)
{
	if (options->has_format && options->description.format != &format_json)
		return "given with --format json or without --format";
	options->description.format = &format_json;
	options->has_json = true;
	return json_members_parse(&options->description.json, value);
}

static const char *
set_data(struct options *options, const char *value)
{
	char data[TICK_DATA_SIZE];

	options->description.data = value;
	return tick_data_format(data, value)
	    ? NULL
	    : "a strftime format that makes less than 1000 bytes";
}

static const char *
set_pty(struct options *options, const char *value)
{
	(void)value;
	options->description.pty = true;
	return NULL;
}

static const char *
set_replay(struct options *options, const char *value)
{
	options->replay = UINT64_MAX;
	options->replay_is_given = true;
	if (strcmp(value, "all") == 0)
		return NULL;
	return quantity_parse(QUANTITY_COUNT, value, &options->replay)
	    ? "a number of events such as 10, or all"
	    : NULL;
}

static const char *
set_page(struct options *options, const char *value)
{
	options->page = value;
	return *value ? NULL : "a file";
}

static const char *
set_dialect(struct options *options, const char *value)
{
	if (strcmp(value, "dom-event-stream") == 0)
		options->dialect = DIALECT_DOM_EVENT_STREAM;
	else if (strcmp(value, "event-stream") == 0)
		options->dialect = DIALECT_EVENT_STREAM;
	else
		return "event-stream or dom-event-stream";
	return NULL;
}

/* An origin in another form than browsers send would never match. */
static const char *
add_origin(struct options *options, const char *value)
{
	char origin[ORIGIN_SIZE];
	const char *wanted = origin_parse(origin, value);
	char *copy;

	if (wanted)
		return wanted;
	copy = strdup(origin);
	if (!copy)
		return option_out_of_memory;
	wanted = list_add(&options->origins, copy);
	if (wanted)
		free(copy);
	return wanted;
}

/* A field name is a token (RFC 9110, 5.1). */
static bool
is_token(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) &&
		    !strchr("!#$%&'*+-.^_`|~", s[i]))
			return false;
	return n > 0;
}

static bool
is_sent_by_us(const char *name, size_t n)
{
	static const char *const ours[] = {"Status", "Content-Type",
	    "Content-Length", "Transfer-Encoding", "Connection", "Location"};

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strlen(ours[i]) == n && strncasecmp(ours[i], name, n) == 0)
			return true;
	return false;
}

static const char *
add_header(struct options *options, const char *value)
{
	const char *colon = strchr(value, ':');
	size_t n = colon ? (size_t)(colon - value) : 0;

	if (!is_token(value, n))
		return "a header such as 'NAME: VALUE'";
	for (const char *at = colon; *at; at++)
		if (iscntrl((unsigned char)*at) && *at != '\t')
			return "a header without control characters";
	if (is_sent_by_us(value, n))
		return "a header that the stream does not set itself";
	return list_add(&options->headers, value);
}

/* The table. */

#define AT(member) .offset = offsetof(struct options, member)
#define HEADING(text) \
	{ \
		.kind = OPTION_HEADING, .help = (text) \
	}
#define FLAG(l, n, h, member) \
	{ \
		.kind = OPTION_FLAG, .letter = (l), .name = (n), .help = (h), \
		AT(member) \
	}
#define COUNT(n, h, member, low) \
	{ \
		.kind = OPTION_NUMBER, .name = (n), .argument = "N", \
		.help = (h), AT(member), .quantity = QUANTITY_COUNT, \
		.min = (low), .max = UINT32_MAX \
	}
#define DURATION(n, h, member, low) \
	{ \
		.kind = OPTION_NUMBER, .name = (n), .argument = "DURATION", \
		.help = (h), AT(member), .quantity = QUANTITY_DURATION, \
		.min = (low), .max = UINT64_C(365) * 24 * 3600 * 1000 \
	}
#define SIZE(n, h, member, low) \
	{ \
		.kind = OPTION_NUMBER, .name = (n), .argument = "SIZE", \
		.help = (h), AT(member), .quantity = QUANTITY_SIZE, \
		.min = (low), .max = UINT64_C(1) << 30 \
	}
#define TYPE(n, h, member) \
	{ \
		.kind = OPTION_TYPE, .name = (n), .argument = "TYPE", \
		.help = (h), AT(member) \
	}
#define CALL(l, n, a, h, function, ...) \
	{ \
		.kind = OPTION_CALL, .letter = (l), .name = (n), \
		.argument = (a), .help = (h), .set = (function), __VA_ARGS__ \
	}

const struct option_row option_rows[] = {
    HEADING("Gateway"),
    CALL(0, "http", "ADDR",
	"listen for browsers on ADDR (repeatable); default 8080 if no other "
	"gateway is given",
	add_http, .describes = false),
    CALL(0, "fastcgi", "ADDR",
	"listen for a web server's FastCGI requests on ADDR (repeatable)",
	add_fastcgi, .describes = false),
    CALL(0, "allow-host", "NAME",
	"also answer requests for host NAME on a loopback listener, such as "
	"those that a proxy passes on (repeatable)",
	add_host, .describes = false),
    CALL(0, "base-path", "PATH",
	"the path under which a web server or proxy offers pipecast, such as "
	"/tools/events",
	set_base_path, .describes = false),
    FLAG(0, "cgi",
	"write the response to standard output, as under a web server", cgi),

    HEADING("Sources (each option applies to the sources after it)"),
    CALL('e', "event", "TYPE", "type of the events; default: the source's NAME",
	set_event, .describes = true),
    CALL('f', "format", "FORMAT",
	"input format: lines, blocks, nul, sse or json; default lines",
	set_format, .describes = true),
    CALL(0, "json", "MEMBERS",
	"which members of JSON objects are data, event and id, as in "
	"data=msg,id=seq; implies --format json",
	set_json, .describes = true),
    CALL('d', "data", "FORMAT",
	"form of the time that every:DURATION sends: a strftime(3) format, in "
	"which %f stands for microseconds; default " TICK_DATA_DEFAULT,
	set_data, .describes = true),
    CALL(0, "pty", NULL,
	"run commands in a pseudo-terminal, so that they write line by line",
	set_pty, .describes = true),

    HEADING("Delivery"),
    DURATION("retry",
	"how long browsers wait before they reconnect; default 2s", retry_ms,
	1),
    DURATION("heartbeat",
	"send a comment after this much silence; 0 disables it; default 15s",
	heartbeat_ms, 0),
    SIZE("history", "how much of each stream to keep in memory; default 1M",
	history, 4096),
    CALL(0, "replay", "N",
	"first send a new viewer the last N events in memory, or all; "
	"default 0, or 300 if no gateway is given",
	set_replay, .describes = false),
    SIZE("max-event", "skip events larger than this; default 256K", max_event,
	1),
    COUNT("max-clients",
	"serve at most N viewers at once; default: as many as the limit on "
	"file descriptors allows",
	max_clients, 1),
    DURATION("patience",
	"how long a slow viewer may delay the others before being "
	"disconnected; default 1s",
	patience_ms, 0),
    DURATION("max-age",
	"disconnect each viewer after this long, plus or minus 10 %, so that "
	"it reconnects; 0 disables this; default 0",
	max_age_ms, 0),
    FLAG(0, "keep",
	"keep running after the sources have ended, and serve the events in "
	"memory",
	keep),
    CALL(0, "allow-origin", "ORIGIN",
	"let pages of ORIGIN read the stream, * for any (repeatable)",
	add_origin, .describes = false),
    CALL(0, "header", "HEADER",
	"add 'NAME: VALUE' to every response (repeatable)", add_header,
	.describes = false),
    TYPE("end-event",
	"type of the event that ends a stream, '' for none; default end",
	end_event),
    TYPE("gap-event",
	"type of the event that reports missed events, '' for none; default "
	"gap",
	gap_event),
    CALL(0, "page", "FILE",
	"serve FILE instead of the built-in page to browsers that open a "
	"stream",
	set_page, .describes = false),
    FLAG(0, "no-page", "serve no page, only streams", no_page),
    FLAG(0, "status",
	"serve a report on viewers, events and sources at /.status", status),
    CALL(0, "dialect", "DIALECT",
	"event-stream, or dom-event-stream (2006); default event-stream",
	set_dialect, .describes = false),

    HEADING("Program"),
    {.kind = OPTION_CALL,
	.letter = 'c',
	.name = "config",
	.argument = "FILE",
	.help = "read options and sources from FILE",
	.is_command = true},
    FLAG('q', "quiet", "log errors only", quiet),
    FLAG('v', "verbose", "log more", verbose),
    FLAG(0, "check", "show what would run, and exit", check),
    {.kind = OPTION_CALL,
	.letter = 'h',
	.name = "help",
	.help = "show this help, and exit",
	.is_command = true},
    {.kind = OPTION_CALL,
	.letter = 'V',
	.name = "version",
	.help = "show the version, and exit",
	.is_command = true},
};

const size_t n_option_rows = sizeof(option_rows) / sizeof(option_rows[0]);

void
options_set_defaults(struct options *options)
{
	*options = (struct options){
	    .retry_ms = 2000,
	    .heartbeat_ms = 15000,
	    .patience_ms = 1000,
	    .history = 1 << 20,
	    .max_event = 256 << 10,
	    .gap_event = "gap",
	    .end_event = "end",
	    .description =
		{
		    .data = TICK_DATA_DEFAULT,
		    .format = &format_lines,
		},
	};
}

const struct option_row *
option_find(const char *name)
{
	for (size_t i = 0; i < n_option_rows; i++)
		if (option_rows[i].name &&
		    strcmp(option_rows[i].name, name) == 0)
			return &option_rows[i];
	return NULL;
}

/* Writes a number as the user would: the largest unit that fits. */
static int
print_quantity(char *out, size_t size, enum quantity kind, uint64_t value)
{
	static const char *const units[] = {"", "K", "M", "G"};
	size_t unit = 0;

	if (kind == QUANTITY_SIZE) {
		for (; unit < 3 && value > 0 && value % 1024 == 0; unit++)
			value /= 1024;
		return snprintf(out, size, "%" PRIu64 "%s", value, units[unit]);
	}
	if (kind == QUANTITY_DURATION && value >= 86400000)
		return snprintf(out, size, "%" PRIu64 "d", value / 86400000);
	return snprintf(out, size, "%" PRIu64 "%s", value,
	    kind == QUANTITY_DURATION && value > 0 ? "ms" : "");
}

static const char *
set_number(const struct option_row *row, uint64_t *at, const char *value,
    char why[128])
{
	static const char *const nouns[] = {
	    [QUANTITY_COUNT] = "a number",
	    [QUANTITY_SIZE] = "a size",
	    [QUANTITY_DURATION] = "a duration",
	};
	const char *wanted = quantity_parse(row->quantity, value, at);
	char low[32], high[32];

	if (wanted)
		return wanted;
	if (*at >= row->min && *at <= row->max)
		return NULL;
	print_quantity(low, sizeof(low), row->quantity, row->min);
	print_quantity(high, sizeof(high), row->quantity, row->max);
	snprintf(why, 128, "%s from %s to %s", nouns[row->quantity], low, high);
	return why;
}

const char *
option_row_set(const struct option_row *row, struct options *options,
    const char *value, char why[128])
{
	void *at = (char *)options + row->offset;

	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)at = true;
		return NULL;
	case OPTION_NUMBER:
		return set_number(row, at, value, why);
	case OPTION_TYPE:
		*(const char **)at = value;
		return check_event_type(value);
	case OPTION_CALL:
		return row->set(options, value);
	case OPTION_HEADING:
		break;
	}
	return "an option";
}
