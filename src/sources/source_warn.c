/* SPDX-License-Identifier: MIT */

#include "sources/source_warn.h"

#include "loop/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
source_put_warning(const struct source *source, const char *message)
{
	char text[256];

	log_line(LOG_WARNING, "%s: %s",
	    text_escape(text, sizeof(text), span_of(source->spec->text)),
	    message);
}

/* Adds how many warnings of this kind were not logged. */
static void
source_append_count(char *message, size_t size, uint64_t n)
{
	size_t used = strlen(message);

	if (n > 0)
		snprintf(message + used, size - used,
		    "; %" PRIu64 " more like it %s not logged", n,
		    n == 1 ? "was" : "were");
}

/* As rate_limit_take; without memory there is no limit. */
static bool
source_may_warn(
    struct source *source, const char *kind, struct rate_limit_log *log)
{
	if (!source->warnings)
		source->warnings = calloc(1, sizeof(*source->warnings));
	*log = (struct rate_limit_log){.is_first = true};
	return !source->warnings ||
	    rate_limit_take(source->warnings, kind, loop_now_ms(), log);
}

void
source_warn(struct source *source, const char *format, ...)
{
	char message[512];
	struct rate_limit_log log;
	va_list arguments;

	if (!source_may_warn(source, format, &log))
		return;
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	source_append_count(message, sizeof(message), log.n_unlogged);
	source_put_warning(source, message);
}

/* A kind is known only by its format, which is logged up to its first value. */
void
source_warn_of_rest(struct source *source)
{
	char message[512];
	const char *kind;
	uint64_t n;

	while (source->warnings &&
	    (kind = rate_limit_rest(source->warnings, &n))) {
		int text_n = (int)strcspn(kind, "%");

		snprintf(message, sizeof(message), "%.*s%s", text_n, kind,
		    kind[text_n] ? "..." : "");
		source_append_count(message, sizeof(message), n);
		source_put_warning(source, message);
	}
}

void
source_warn_of_rejection(
    struct source *source, const struct rejection *rejection)
{
	char message[512];
	struct rate_limit_log log;
	int n;

	if (!source_may_warn(source, rejection->reason, &log))
		return;
	if (rejection->is_of_input) {
		if (log.is_first)
			source_put_warning(source, rejection->reason);
		return;
	}
	if (rejection->size > 0)
		n = snprintf(message, sizeof(message),
		    "%s (%" PRIu64 " byte%s, up to byte %" PRIu64 ")",
		    rejection->reason, rejection->size,
		    text_plural(rejection->size), rejection->position);
	else
		n = snprintf(message, sizeof(message),
		    "%s (at byte %" PRIu64 ")", rejection->reason,
		    rejection->position);
	if (rejection->hint && log.is_first)
		snprintf(message + n, sizeof(message) - (size_t)n, "; %s",
		    rejection->hint);
	source_append_count(message, sizeof(message), log.n_unlogged);
	source_put_warning(source, message);
}

void
source_forget_warnings(struct source *source)
{
	free(source->warnings);
	source->warnings = NULL;
}
