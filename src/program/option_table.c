/* SPDX-License-Identifier: MIT */

#include "program/option_table.h"

#include "http/base_path.h"
#include "http/origin.h"
#include "http/own_header.h"
#include "http/target.h"
#include "sources/tick_data.h"

#include <stddef.h>
#include <string.h>

/* Options that are more than a value or a list. */

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
	const char *wanted = origin_parse(origin, value), *copy;

	if (wanted)
		return wanted;
	copy = options_keep(options, strdup(origin));
	return copy && string_list_add(&options->origins, copy)
	    ? NULL
	    : option_out_of_memory;
}

static const char *
check_file(const char *value)
{
	return *value ? NULL : "a file";
}

static const char *
set_post_token(struct options *options, const char *value)
{
	options->anybody_posts = strcmp(value, "none") == 0;
	options->post_token = options->anybody_posts ? NULL : value;
	return *value ? NULL : "a file, or none";
}

/* The password is not for the list of processes, nor for error messages. */
static const char *
set_redis(struct options *options, const char *value)
{
	const char *wanted = redis_url_parse(&options->redis, value);

	redis_url_hide((char *)value);
	return wanted;
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
#define TEXT(n, a, h, member, function) \
	{ \
		.kind = OPTION_TEXT, .name = (n), .argument = (a), \
		.help = (h), AT(member), .check = (function) \
	}
#define LIST(n, a, h, member, function) \
	{ \
		.kind = OPTION_LIST, .name = (n), .argument = (a), \
		.help = (h), AT(member), .check = (function) \
	}
#define ADDRESS(n, h, kind_of_gateway) \
	{ \
		.kind = OPTION_ADDRESS, .name = (n), .argument = "ADDR", \
		.help = (h), .gateway = (kind_of_gateway) \
	}
#define CALL(n, a, h, function) \
	{ \
		.kind = OPTION_CALL, .name = (n), .argument = (a), \
		.help = (h), .set = (function) \
	}
#define SOURCE(l, n, a, h, function) \
	{ \
		.kind = OPTION_SOURCE, .letter = (l), .name = (n), \
		.argument = (a), .help = (h), .describe = (function) \
	}

const struct option_row option_rows[] = {
    HEADING("Gateway"),
    ADDRESS("http",
	"listen for browsers on ADDR (repeatable); default 8080 if no other "
	"gateway is given",
	&gateway_http),
    ADDRESS("fastcgi",
	"listen for a web server's FastCGI requests on ADDR (repeatable)",
	&gateway_fastcgi),
    LIST("allow-host", "NAME",
	"also answer requests for host NAME on a loopback listener, such as "
	"those that a proxy passes on (repeatable)",
	hosts, http_host_check),
    TEXT("base-path", "PATH",
	"the path under which a web server or proxy offers pipecast, such as "
	"/tools/events",
	base_path, base_path_check),
    FLAG(0, "cgi",
	"write the response to standard output, as under a web server", cgi),
    FLAG(0, "share",
	"under plain CGI, serve all viewers of a script from one process, which "
	"the first of them starts",
	share),

    HEADING("Sources (each option applies to the sources after it)"),
    SOURCE('e', "event", "TYPE",
	"type of the events; default: the source's NAME",
	source_spec_set_event),
    {.kind = OPTION_SOURCE,
	.letter = 'f',
	.name = "format",
	.argument = "FORMAT",
	.help = "input format: %s; default lines",
	.choice = input_format_name,
	.describe = source_spec_set_format},
    SOURCE(0, "json", "MEMBERS",
	"which members of JSON objects are data, event and id, as in "
	"data=msg,id=seq; implies --format json",
	source_spec_set_json),
    SOURCE('d', "data", "FORMAT",
	"form of the time that every:DURATION sends: a strftime(3) format, in "
	"which %f stands for microseconds; default " TICK_DATA_DEFAULT,
	source_spec_set_data),
    SOURCE(0, "pty", NULL,
	"run commands in a pseudo-terminal, so that they write line by line",
	source_spec_set_pty),
    SOURCE(0, "post", NULL,
	"let visitors publish with POST or PUT, where the source can take "
	"that: exec:, spool:, memory: or redis:",
	source_spec_set_post),

    HEADING("Delivery"),
    DURATION("retry",
	"how long browsers wait before they reconnect; default 2s", retry_ms,
	1),
    DURATION("heartbeat",
	"send a comment after this much silence; 0 disables it; default 15s",
	heartbeat_ms, 0),
    SIZE("history", "how much of each stream to keep in memory; default 1M",
	history, 4096),
    CALL("replay", "N",
	"first send a new viewer the last N events in memory, or all; "
	"default 0, or 300 if no gateway is given",
	set_replay),
    SIZE("max-event", "skip events larger than this; default 256K", max_event,
	1),
    SIZE("spool-size",
	"how large the file of a spool may become before it is renamed to "
	"PATH.1; default 16M",
	spool_size, 4096),
    FLAG(0, "spool-sync",
	"answer a visitor's post to a spool once the disk has it", spool_sync),
    CALL("redis", "URL",
	"where Redis is, for redis:KEY: redis://[USER:PASSWORD@]HOST[:PORT][/N] "
	"or unix:PATH; default redis://127.0.0.1:6379",
	set_redis),
    COUNT("redis-maxlen",
	"how many events a Redis stream that visitors post to keeps, about; 0: "
	"all; default 10000",
	redis_maxlen, 0),
    COUNT("max-clients",
	"serve at most N viewers at once; default: as many as the limit on "
	"file descriptors allows",
	max_clients, 1),
    COUNT("max-streams",
	"keep at most N streams of NAME/* at once; default 1000", max_streams,
	1),
    DURATION("linger",
	"forget a stream of NAME/*, or end the process of --share, that nobody "
	"has used for this long; default 1m",
	linger_ms, 0),
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
    CALL("allow-origin", "ORIGIN",
	"let pages of ORIGIN read the stream, * for any (repeatable)",
	add_origin),
    LIST("header", "HEADER", "add 'NAME: VALUE' to every response (repeatable)",
	headers, own_header_check),
    TEXT("end-event", "TYPE",
	"type of the event that ends a stream, '' for none; default end",
	end_event, event_type_check),
    TEXT("gap-event", "TYPE",
	"type of the event that reports missed events, '' for none; default "
	"gap",
	gap_event, event_type_check),
    TEXT("viewers-event", "TYPE",
	"type of an event that says how many viewers the stream has; there is "
	"none by default",
	viewers_event, event_type_check),
    TEXT("page", "FILE",
	"serve FILE instead of the built-in page to browsers that open a "
	"stream",
	page, check_file),
    FLAG(0, "no-page", "serve no page, only streams", no_page),
    FLAG(0, "no-gzip", "do not compress streams, even for browsers that ask",
	no_gzip),
    FLAG(0, "status",
	"serve a report on viewers, events and sources at /.status, and a probe "
	"for pipecat --doctor at /.probe",
	status),
    CALL("dialect", "DIALECT",
	"event-stream, or dom-event-stream (2006); default event-stream",
	set_dialect),

    HEADING("Access"),
    TEXT("read-token", "FILE",
	"answer only requests that present the token in FILE", read_token,
	check_file),
    CALL("post-token", "FILE",
	"let only those post that present the token in FILE; none: anybody "
	"may",
	set_post_token),

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
	    .max_streams = 1000,
	    .linger_ms = 60000,
	    .history = 1 << 20,
	    .max_event = 256 << 10,
	    .spool_size = 16 << 20,
	    .redis = redis_url_default,
	    .redis_maxlen = 10000,
	    .gap_event = "gap",
	    .end_event = "end",
	    .viewers_event = "",
	    .description = source_spec_default,
	};
}
