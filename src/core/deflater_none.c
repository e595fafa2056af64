/* SPDX-License-Identifier: MIT */

#include "core/deflater.h"

#include <assert.h>

/* Built without zlib: there is no deflater, and so none is ever used. */

bool
deflater_is_there(void)
{
	return false;
}

struct deflater *
deflater_create(void)
{
	return NULL;
}

void
deflater_destroy(struct deflater *deflater)
{
	assert(!deflater);
}

void
deflater_reset(struct deflater *deflater)
{
	(void)deflater;
}

size_t
deflater_bound(size_t n)
{
	return n;
}

void
deflater_write(struct deflater *deflater, const struct iovec *parts, int n,
    struct byte_sink sink)
{
	(void)deflater;
	(void)parts;
	(void)n;
	(void)sink;
}

uint32_t
deflater_sum(uint32_t sum, struct span bytes)
{
	(void)bytes;
	return sum;
}

uint32_t
deflater_sum_shift(uint32_t sum, uint64_t n)
{
	(void)n;
	return sum;
}

struct owned
deflater_gzip(struct span bytes)
{
	(void)bytes;
	return (struct owned){0};
}
