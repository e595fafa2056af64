/* SPDX-License-Identifier: MIT */

#include "http/request.h"

#include "http/base_path.h"

#include <string.h>

/* Longer than the longest request line that Apache takes by default. */
enum { QUERY_MAX = 8192 };

/*
 * Whether the name is the wanted one, apart from case, "-" and "_": clients
 * that cannot set headers spell "last_event_id" in different ways.
 */
static bool
request_is_spelling_of(struct span name, const char *wanted)
{
	for (size_t i = 0; i < name.n; i++) {
		if (name.bytes[i] == '-' || name.bytes[i] == '_')
			continue;
		if (text_lower(name.bytes[i]) != *wanted++)
			return false;
	}
	return *wanted == '\0';
}

/*
 * The value of the first name=value pair of the query string that has the
 * name and is not empty, decoded into memory; absent if there is none.
 */
static struct span
request_query_value(const char *query,
    bool (*matches)(struct span, const char *), const char *name, char *memory,
    size_t size, bool *too_long)
{
	while (query && *query) {
		size_t pair = strcspn(query, "&;");
		const char *equals = memchr(query, '=', pair);
		size_t n = equals ? (size_t)(equals - query) : pair;

		if (n + 1 < pair && matches((struct span){query, n}, name)) {
			struct span raw = {equals + 1, pair - n - 1};
			long length = text_decode_form(memory, size, raw);

			*too_long = length < 0;
			return (struct span){
			    memory, length < 0 ? 0 : (size_t)length};
		}
		query += pair + (query[pair] != '\0');
	}
	return (struct span){NULL, 0};
}

static bool
request_begins_with_nph(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	if (slash)
		path = slash + 1;
	return path && strncmp(path, "nph-", 4) == 0;
}

/* A browser sends no empty Last-Event-ID; some servers set it empty. */
static struct span
request_not_empty(struct span span)
{
	return span.n > 0 ? span : (struct span){NULL, 0};
}

/* A length that is no number, or too large for one, is unknown. */
static uint64_t
request_read_length(const char *text)
{
	uint64_t length = 0;

	for (; text && *text; text++) {
		if (*text < '0' || *text > '9' || length > UINT64_MAX / 10 - 1)
			return 0;
		length = length * 10 + (uint64_t)(*text - '0');
	}
	return length;
}

/* What describes the body of a request that publishes. */
static void
request_take_body_fields(struct request *request, const char *query,
    request_lookup *lookup, void *ctx)
{
	request->user = request_not_empty(span_of(lookup(ctx, "REMOTE_USER")));
	request->media_type =
	    request_not_empty(span_of(lookup(ctx, "CONTENT_TYPE")));
	request->length = request_read_length(lookup(ctx, "CONTENT_LENGTH"));
	request->event_type =
	    request_not_empty(span_of(lookup(ctx, "HTTP_X_EVENTSOURCE_EVENT")));
	if (!request->event_type.bytes)
		request->event_type = request_not_empty(request_query_value(
		    query, span_is, "event", request->event_type_memory,
		    sizeof(request->event_type_memory),
		    &request->event_type_too_long));
	if (request->event_type.n > POSTED_TYPE_MAX)
		request->event_type_too_long = true;
	request->format = request_not_empty(request_query_value(query, span_is,
	    "format", request->format_memory, sizeof(request->format_memory),
	    &request->format_too_long));
}

/*
 * Anybody may claim it; then the client itself refuses the cookie that must
 * only be sent over TLS.
 */
static bool
request_is_over_tls(request_lookup *lookup, void *ctx)
{
	struct span https = span_of(lookup(ctx, "HTTPS"));

	return (https.n > 0 && !span_is_word(https, "off")) ||
	    span_is_word(span_of(lookup(ctx, "REQUEST_SCHEME")), "https") ||
	    span_is_word(
		span_of(lookup(ctx, "HTTP_X_FORWARDED_PROTO")), "https");
}

/* Absent if it is not set, or empty. */
static struct span
request_variable(request_lookup *lookup, void *ctx, const char *name)
{
	return request_not_empty(span_of(lookup(ctx, name)));
}

/* What names the stream and the last event, if the path and a header do not. */
static void
request_take_query(struct request *request, const char *query)
{
	if (!request->name.bytes)
		request->name = request_not_empty(request_query_value(query,
		    span_is, "source", request->name_memory,
		    sizeof(request->name_memory), &request->name_too_long));
	if (!request->last_event_id.bytes)
		request->last_event_id = request_not_empty(
		    request_query_value(query, request_is_spelling_of,
			"lasteventid", request->last_event_id_memory,
			sizeof(request->last_event_id_memory),
			&request->last_event_id_too_long));
	if (request->name.n > STREAM_NAME_MAX)
		request->name_too_long = true;
	if (request->last_event_id.n > EVENT_ID_MAX)
		request->last_event_id_too_long = true;
}

static bool
request_is_of_nph_script(request_lookup *lookup, void *ctx)
{
	const char *script = lookup(ctx, "SCRIPT_FILENAME");

	if (!script || !*script)
		script = lookup(ctx, "SCRIPT_NAME");
	return request_begins_with_nph(script);
}

/* The gateway adds its name. */
static struct request_way
request_way(request_lookup *lookup, void *ctx)
{
	return (struct request_way){
	    .server = request_variable(lookup, ctx, "SERVER_SOFTWARE"),
	    .protocol = request_variable(lookup, ctx, "SERVER_PROTOCOL"),
	    .via = request_variable(lookup, ctx, "HTTP_VIA"),
	    .is_forwarded = lookup(ctx, "HTTP_X_FORWARDED_FOR") ||
		lookup(ctx, "HTTP_X_FORWARDED_PROTO") ||
		lookup(ctx, "HTTP_FORWARDED"),
	};
}

void
request_from_meta_variables(struct request *request, const char *base_path,
    request_lookup *lookup, void *ctx)
{
	const char *query = lookup(ctx, "QUERY_STRING");

	*request = (struct request){
	    .method = request_variable(lookup, ctx, "REQUEST_METHOD"),
	    .remote_address = request_variable(lookup, ctx, "REMOTE_ADDR"),
	    .origin = request_variable(lookup, ctx, "HTTP_ORIGIN"),
	    .accept = request_variable(lookup, ctx, "HTTP_ACCEPT"),
	    .accept_encoding =
		request_variable(lookup, ctx, "HTTP_ACCEPT_ENCODING"),
	    .host = request_variable(lookup, ctx, "HTTP_HOST"),
	    .fetch_site = request_variable(lookup, ctx, "HTTP_SEC_FETCH_SITE"),
	    .fetch_mode = request_variable(lookup, ctx, "HTTP_SEC_FETCH_MODE"),
	    .fetch_dest = request_variable(lookup, ctx, "HTTP_SEC_FETCH_DEST"),
	    .credentials =
		{
		    .authorization = span_of(lookup(ctx, "HTTP_AUTHORIZATION")),
		    .cookie = span_of(lookup(ctx, "HTTP_COOKIE")),
		    .query = span_of(query),
		},
	    .way = request_way(lookup, ctx),
	    .over_tls = request_is_over_tls(lookup, ctx),
	    .name = base_path_strip(base_path, lookup(ctx, "PATH_INFO"),
		lookup(ctx, "SCRIPT_NAME")),
	    .last_event_id =
		request_variable(lookup, ctx, "HTTP_LAST_EVENT_ID"),
	    .non_parsed_header = request_is_of_nph_script(lookup, ctx),
	};
	if (!request->method.bytes)
		request->method = span_of("GET");
	request_take_query(request, query);
	request_take_body_fields(request, query, lookup, ctx);
}

bool
request_is_named(request_lookup *lookup, void *ctx)
{
	return lookup(ctx, "GATEWAY_INTERFACE") ||
	    lookup(ctx, "REQUEST_METHOD");
}

bool
request_is_there(request_lookup *lookup, void *ctx)
{
	return request_is_named(lookup, ctx) ||
	    lookup(ctx, "SCRIPT_FILENAME") || lookup(ctx, "HTTP_HOST") ||
	    lookup(ctx, "FCGI_ROLE");
}

/* Servers may put backslashes before the special characters of a shell. */
static bool
request_equal_but_for_backslashes(struct span word, const char *argument)
{
	size_t i = 0;

	for (;;) {
		while (i < word.n && word.bytes[i] == '\\')
			i++;
		while (*argument == '\\')
			argument++;
		if (i == word.n || !*argument)
			return i == word.n && !*argument;
		if (word.bytes[i++] != *argument++)
			return false;
	}
}

/* Most servers decode a word, up to a NUL in it; some do not decode it. */
static bool
request_is_argument(struct span word, int argc, char *const argv[])
{
	char memory[QUERY_MAX];
	long n = text_decode_form(memory, sizeof(memory), word);
	struct span decoded = {memory, strnlen(memory, n < 0 ? 0 : (size_t)n)};

	for (int i = 1; i < argc; i++) {
		if (decoded.n > 0 &&
		    request_equal_but_for_backslashes(decoded, argv[i]))
			return true;
		if (word.n > 0 &&
		    request_equal_but_for_backslashes(word, argv[i]))
			return true;
	}
	return false;
}

bool
request_is_in_arguments(
    request_lookup *lookup, void *ctx, int argc, char *const argv[])
{
	const char *query = lookup(ctx, "QUERY_STRING");
	size_t n;

	if (argc < 2 || !query || !*query || strchr(query, '='))
		return false;
	if (!request_is_there(lookup, ctx))
		return false;
	/* A query longer than any server passes on: assume the worst. */
	if (strlen(query) > QUERY_MAX)
		return true;
	for (; *query; query += n + (query[n] != '\0')) {
		n = strcspn(query, "+");
		if (request_is_argument((struct span){query, n}, argc, argv))
			return true;
	}
	return false;
}
