/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_OWNED_H
#define PIPECAST_CORE_OWNED_H

/*
 * Bytes that their holder owns, in memory for free(), with a NUL behind them.
 * A span is always borrowed; this is what it may be borrowed from.
 */

#include "core/text.h"

#include <stdlib.h>
#include <string.h>

/* bytes == NULL: nothing is owned. */
struct owned {
	char *bytes;
	size_t n; /* without the NUL */
};

/* The bytes, borrowed; absent if nothing is owned. */
static inline struct span
owned_span(const struct owned *owned)
{
	return (struct span){owned->bytes, owned->n};
}

/* A copy of the span; nothing without memory. */
static inline struct owned
owned_copy(struct span span)
{
	struct owned copy = {malloc(span.n + 1), span.n};

	if (!copy.bytes)
		return (struct owned){0};
	if (span.n > 0)
		memcpy(copy.bytes, span.bytes, span.n);
	copy.bytes[span.n] = '\0';
	return copy;
}

/*
 * The bytes that a function writes of something.  It is called twice, first to
 * count them, and must write the same both times.  Nothing without memory.
 */
static inline struct owned
owned_written(
    void (*write)(const void *what, struct byte_sink sink), const void *what)
{
	struct text_buffer text = {0};
	struct owned written = {0};

	write(what, counting_sink(&text.cap));
	text.bytes = malloc(text.cap + 1);
	if (!text.bytes)
		return written;
	write(what, text_buffer_sink(&text));
	text.bytes[text.cap] = '\0';
	written.bytes = text.bytes;
	written.n = text.cap;
	return written;
}

/* Idempotent. */
static inline void
owned_free(struct owned *owned)
{
	free(owned->bytes);
	*owned = (struct owned){0};
}

#endif
