/* SPDX-License-Identifier: MIT */

#include "core/buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ALLOCATION = 256 };

static int
buffer_grow(struct buffer *buffer, size_t need, size_t cap)
{
	size_t size = buffer->allocated ? buffer->allocated : FIRST_ALLOCATION;
	char *bytes;

	while (size < need)
		size = size > cap / 2 ? cap : size * 2;
	bytes = realloc(buffer->bytes, size);
	if (!bytes)
		return -ENOMEM;
	buffer->bytes = bytes;
	buffer->allocated = size;
	return 0;
}

int
buffer_append(struct buffer *buffer, struct span span, size_t cap)
{
	if (buffer->n > cap || span.n > cap - buffer->n)
		return -EMSGSIZE;
	if (span.n == 0)
		return 0;
	if (buffer->n + span.n > buffer->allocated) {
		int rc = buffer_grow(buffer, buffer->n + span.n, cap);

		if (rc < 0)
			return rc;
	}
	memcpy(buffer->bytes + buffer->n, span.bytes, span.n);
	buffer->n += span.n;
	return 0;
}

struct span
buffer_span(const struct buffer *buffer)
{
	return (struct span){buffer->n ? buffer->bytes : "", buffer->n};
}

void
buffer_fini(struct buffer *buffer)
{
	free(buffer->bytes);
	*buffer = (struct buffer){0};
}
