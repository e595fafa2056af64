/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_BUFFER_H
#define PIPECAST_CORE_BUFFER_H

/*
 * A growing run of bytes with a cap.  It starts without memory, doubles as
 * needed and keeps what it has until it is freed.
 */

#include "core/text.h"

struct buffer {
	char *bytes;
	size_t n;
	size_t allocated;
};

/*
 * Appends the span.  Returns 0, -EMSGSIZE if the buffer would hold more than
 * cap bytes, or -ENOMEM; on an error the buffer is as it was.
 */
int buffer_append(struct buffer *buffer, struct span span, size_t cap);

/* The contents, borrowed until the next call.  Never absent. */
struct span buffer_span(const struct buffer *buffer);

/* Frees the memory; the buffer is empty and usable again. */
void buffer_fini(struct buffer *buffer);

#endif
