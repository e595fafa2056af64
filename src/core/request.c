/* SPDX-License-Identifier: MIT */

#include "core/request.h"

#include <string.h>

/*
 * The value of a name=value pair of the query string, decoded into memory;
 * absent if there is none.
 */
static struct span
query_value(const char *query, const char *name, char *memory, size_t size,
    bool *too_long)
{
	size_t n = strlen(name);

	while (query && *query) {
		size_t pair = strcspn(query, "&;");

		if (pair > n && query[n] == '=' &&
		    strncmp(query, name, n) == 0) {
			struct span raw = {query + n + 1, pair - n - 1};
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
basename_begins_with_nph(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	if (slash)
		path = slash + 1;
	return path && strncmp(path, "nph-", 4) == 0;
}

/* A path of nothing but "/" is the root stream, like no path at all. */
static struct span
path_name(const char *path_info)
{
	struct span name = span_of(path_info);

	if (name.n > 0 && *name.bytes == '/') {
		name.bytes++;
		name.n--;
	}
	return name.n > 0 ? name : (struct span){NULL, 0};
}

/* A browser sends no empty Last-Event-ID; some servers set it empty. */
static struct span
not_empty(struct span span)
{
	return span.n > 0 ? span : (struct span){NULL, 0};
}

void
request_from_meta_variables(
    struct request *request, request_lookup *lookup, void *ctx)
{
	const char *query = lookup(ctx, "QUERY_STRING");
	const char *script = lookup(ctx, "SCRIPT_FILENAME");

	*request = (struct request){
	    .method = not_empty(span_of(lookup(ctx, "REQUEST_METHOD"))),
	    .origin = not_empty(span_of(lookup(ctx, "HTTP_ORIGIN"))),
	    .name = path_name(lookup(ctx, "PATH_INFO")),
	    .last_event_id =
		not_empty(span_of(lookup(ctx, "HTTP_LAST_EVENT_ID"))),
	};
	if (!request->method.bytes)
		request->method = span_of("GET");
	if (!request->name.bytes)
		request->name = not_empty(query_value(query, "source",
		    request->name_memory, sizeof(request->name_memory),
		    &request->name_too_long));
	if (!request->last_event_id.bytes)
		request->last_event_id = not_empty(query_value(query,
		    "last_event_id", request->last_event_id_memory,
		    sizeof(request->last_event_id_memory),
		    &request->last_event_id_too_long));
	if (request->name.n > STREAM_NAME_MAX)
		request->name_too_long = true;
	if (request->last_event_id.n > EVENT_ID_MAX)
		request->last_event_id_too_long = true;
	if (!script || !*script)
		script = lookup(ctx, "SCRIPT_NAME");
	request->non_parsed_header = basename_begins_with_nph(script);
}

/* Servers may put backslashes before what a shell would look at. */
static bool
equal_but_for_backslashes(struct span word, const char *argument)
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

bool
request_is_in_arguments(
    request_lookup *lookup, void *ctx, int argc, char *const argv[])
{
	const char *query = lookup(ctx, "QUERY_STRING");
	const char *plus;
	char word[8192];
	long n;

	if (argc < 2 || !query || !*query || strchr(query, '='))
		return false;
	if (!lookup(ctx, "REQUEST_METHOD") &&
	    !lookup(ctx, "GATEWAY_INTERFACE"))
		return false;
	plus = strrchr(query, '+');
	n = text_decode_form(
	    word, sizeof(word), span_of(plus ? plus + 1 : query));
	/* A query longer than any server passes on: assume the worst. */
	if (n < 0)
		return true;
	return equal_but_for_backslashes(
	    (struct span){word, (size_t)n}, argv[argc - 1]);
}
