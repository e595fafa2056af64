/* SPDX-License-Identifier: MIT */

#include "sources/block_end.h"

#include <errno.h>
#include <unistd.h>

enum { CHUNK_BYTES = 4096 };

/* An empty line is known by its own end, CRLF perhaps, and the byte before. */
enum { CONTEXT_BYTES = 2 };

static bool
block_end_is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

bool
block_end_is_after(struct span before)
{
	size_t n = before.n;

	if (n == 0)
		return true;
	if (!block_end_is_line_end(before.bytes[--n]))
		return false;
	if (before.bytes[n] == '\n' && n > 0 && before.bytes[n - 1] == '\r')
		n--;
	return n == 0 || block_end_is_line_end(before.bytes[n - 1]);
}

int
block_end_find(int fd, uint64_t from, uint64_t to, uint64_t *end)
{
	char bytes[CHUNK_BYTES];

	*end = from;
	for (uint64_t at = to; at > from;) {
		uint64_t begin = at > CHUNK_BYTES ? at - CHUNK_BYTES : 0;
		size_t least = begin > 0 ? CONTEXT_BYTES : 0;
		ssize_t n =
		    pread(fd, bytes, (size_t)(at - begin), (off_t)begin);

		if (n < 0)
			return -errno;
		if ((uint64_t)n < at - begin)
			return -EAGAIN;
		for (size_t i = (size_t)n; i > least && begin + i > from; i--) {
			if (block_end_is_after((struct span){bytes, i})) {
				*end = begin + i;
				return 0;
			}
		}
		at = begin + least;
	}
	return 0;
}

size_t
block_end_count(struct span blocks)
{
	while (blocks.n > 0 && !block_end_is_after(blocks))
		blocks.n--;
	return blocks.n;
}
