/* SPDX-License-Identifier: MIT */

/*
 * The arguments of journal: and lines of journalctl, whatever they are: sh gets
 * words in quotes alone, and each event is an object within the limit.
 */

#include "sources/journal_arguments.h"
#include "formats/input_format.h"

#include "fuzz.h"

#include <jansson.h>

enum { MAX_EVENT = 200 };

/* Outside of quotes there are only blanks, and quotes that are escaped. */
static void
require_quoted(struct span command)
{
	bool quoted = false;

	for (size_t i = 0; i < command.n; i++) {
		char c = command.bytes[i];

		if (c == '\'')
			quoted = !quoted;
		else if (!quoted && c == '\\')
			REQUIRE(command.bytes[++i] == '\'');
		else
			REQUIRE(quoted || c == ' ');
	}
	REQUIRE(!quoted);
}

static bool
on_event(void *ctx, const struct event *event, uint64_t position)
{
	json_t *object =
	    json_loadb(event->data.bytes, event->data.n, JSON_ALLOW_NUL, NULL);

	(void)ctx;
	(void)position;
	REQUIRE(json_is_object(object) && event->id.bytes);
	REQUIRE(event->data.n <= MAX_EVENT);
	json_decref(object);
	return true;
}

static void
on_reject(void *ctx, const struct rejection *rejection)
{
	(void)ctx;
	REQUIRE(rejection->reason);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = {(const char *)data, size};
	const struct input_options options = {.max_event = MAX_EVENT};
	const struct event_sink sink = {on_event, on_reject, NULL};
	const struct input_start start = {0};
	struct input_format *format =
	    input_format_create(&format_journal, options, sink, start);
	struct bytes command = {0};
	char *text = string_of(all);

	if (!journal_write_arguments(text, bytes_sink(&command)))
		require_quoted(bytes_span(&command));
	REQUIRE(!journal_is_cursor(all) || !memchr(all.bytes, '\'', all.n));
	input_format_feed(format, all.bytes, all.n);
	input_format_finish(format);
	input_format_destroy(format);
	bytes_free(&command);
	free(text);
	return 0;
}
