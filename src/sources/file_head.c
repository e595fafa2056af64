/* SPDX-License-Identifier: MIT */

#include "sources/file_head.h"

#include <string.h>
#include <unistd.h>

void
file_head_read(struct file_head *head, int fd)
{
	ssize_t n = pread(fd, head->bytes, FILE_HEAD_BYTES, 0);

	head->n = n > 0 && head->bytes[0] != '\0' ? (size_t)n : 0;
}

void
file_head_keep(struct file_head *head, struct span read)
{
	size_t n = read.n < FILE_HEAD_BYTES ? read.n : FILE_HEAD_BYTES;

	if (n <= head->n || read.bytes[0] == '\0')
		return;
	memcpy(head->bytes, read.bytes, n);
	head->n = n;
}

bool
file_head_has_changed(const struct file_head *head, int fd)
{
	struct file_head now;
	size_t n_same = 0, n_other = 0;

	file_head_read(&now, fd);
	for (size_t at = 0, next; at < head->n; at = next) {
		const char *line = head->bytes + at;
		const char *end = memchr(line, '\n', head->n - at);

		next = end ? (size_t)(end - head->bytes) + 1 : head->n;
		if (next <= now.n &&
		    memcmp(line, now.bytes + at, next - at) == 0)
			n_same++;
		else
			n_other++;
	}
	return n_other > n_same || head->n == 0;
}
