/* SPDX-License-Identifier: MIT */

#include "program/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void
options_print_json_members(const struct json_members *members)
{
	printf("  data from %s, event type from %s, id from %s\n",
	    members->data, *members->event ? members->event : "(none)",
	    *members->id ? members->id : "(none)");
}

static void
options_print_source(
    const struct options *options, const struct source_spec *spec)
{
	struct span type = source_spec_event_type(spec);
	unsigned takes = spec->form->options;

	if (type.n == 0)
		type = span_of("(message)");
	printf("source %s\n  event type %.*s", spec->text, (int)type.n,
	    type.bytes);
	if (takes & SOURCE_FORMAT)
		printf(", format %s", spec->format->name);
	if (takes & SOURCE_PTY && spec->pty)
		printf(", on a pseudo-terminal");
	puts(source_spec_takes_posts(spec) ? ", takes posts" : "");
	if (takes & SOURCE_FORMAT && *spec->json.data)
		options_print_json_members(&spec->json);
	if (source_spec_is_template(spec))
		printf("  a stream for each name, at most %" PRIu64
		       " at once, kept for %" PRIu64 " ms without viewers\n",
		    options->max_streams, options->linger_ms);
}

/* Where posts go, and from which pages; "*" lets pages read alone. */
static void
options_print_posts(const struct options *options)
{
	bool is_any = false;

	for (size_t i = 0; i < options->n_sources; i++) {
		const struct source_spec *spec = &options->sources[i];
		struct span name = source_spec_stream_name(spec);

		if (!source_spec_takes_posts(spec))
			continue;
		if (name.bytes)
			printf("%s/%.*s", is_any ? ", " : "posts to ",
			    (int)name.n, name.bytes);
		if (options->n_sources == 1 && !source_spec_is_template(spec))
			printf("%s/", name.bytes ? ", " : "posts to ");
		is_any = true;
	}
	if (!is_any)
		return;
	printf(" from programs and pages of the same site");
	for (size_t i = 0; i < options->origins.n; i++)
		if (strcmp(options->origins.items[i], "*") != 0)
			printf(", and of %s", options->origins.items[i]);
	putchar('\n');
}

static void
options_print_redis(const struct options *options)
{
	char text[REDIS_URL_TEXT_SIZE];

	for (size_t i = 0; i < options->n_sources; i++) {
		if (options->sources[i].kind != &source_redis)
			continue;
		printf("Redis at %s, about %" PRIu64
		       " events of each stream that is posted to (0: all)\n",
		    redis_url_write(&options->redis, text),
		    options->redis_maxlen);
		return;
	}
}

static void
options_print_page(const struct options *options)
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

static void
options_print_replay(const struct options *options)
{
	if (options->replay == UINT64_MAX)
		puts("replay all");
	else
		printf("replay %" PRIu64 " event%s\n", options->replay,
		    text_plural(options->replay));
}

static void
options_print_access(const struct options *options)
{
	const char *to_post =
	    options->post_token ? options->post_token : options->read_token;

	if (options->read_token)
		printf("reading needs the token of %s\n", options->read_token);
	if (!options_take_posts(options))
		return;
	if (to_post && !options->anybody_posts)
		printf("posting needs the token of %s\n", to_post);
	else
		puts("anybody may post");
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
	options_print_replay(options);
	options_print_page(options);
	options_print_access(options);
	options_print_redis(options);
	if (options->base_path)
		printf("base path %s\n", options->base_path);
	for (size_t i = 0; i < options->n_sources; i++)
		options_print_source(options, &options->sources[i]);
	options_print_posts(options);
}
