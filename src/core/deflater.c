/* SPDX-License-Identifier: MIT */

#include "core/deflater.h"

#include <assert.h>
#include <limits.h>
#include <zlib.h>

/*
 * Of all levels the fastest that still chooses between matches.  Higher ones
 * save a few per cent of the bytes and take several times as long.
 */
enum { DEFLATER_LEVEL = 4, DEFLATER_LEVEL_ONCE = 9 };

/* Raw deflate with all of its window; 256 KB in all. */
enum { DEFLATER_WINDOW_BITS = -15, DEFLATER_MEMORY_LEVEL = 8 };

/* With this, zlib writes the head and trailer of gzip. */
enum { DEFLATER_GZIP_BITS = 15 + 16 };

struct deflater {
	z_stream z;
};

bool
deflater_is_there(void)
{
	return true;
}

struct deflater *
deflater_create(void)
{
	struct deflater *deflater = calloc(1, sizeof(*deflater));

	if (!deflater)
		return NULL;
	if (deflateInit2(&deflater->z, DEFLATER_LEVEL, Z_DEFLATED,
		DEFLATER_WINDOW_BITS, DEFLATER_MEMORY_LEVEL,
		Z_DEFAULT_STRATEGY) == Z_OK)
		return deflater;
	free(deflater);
	return NULL;
}

void
deflater_destroy(struct deflater *deflater)
{
	if (!deflater)
		return;
	deflateEnd(&deflater->z);
	free(deflater);
}

void
deflater_reset(struct deflater *deflater)
{
	deflateReset(&deflater->z);
}

/*
 * At worst zlib stores what it is given, in blocks of 16 KB or less, and
 * flushes with another.
 */
size_t
deflater_bound(size_t n)
{
	return n + n / 1024 + 64;
}

void
deflater_write(struct deflater *deflater, const struct iovec *parts, int n,
    struct byte_sink sink)
{
	z_stream *z = &deflater->z;
	char memory[16384];

	for (int i = 0; i < n; i++) {
		assert(parts[i].iov_len <= UINT_MAX);
		z->next_in = parts[i].iov_base;
		z->avail_in = (unsigned)parts[i].iov_len;
		do {
			z->next_out = (Bytef *)memory;
			z->avail_out = sizeof(memory);
			deflate(z, i + 1 < n ? Z_NO_FLUSH : Z_SYNC_FLUSH);
			sink.put(
			    sink.ctx, memory, sizeof(memory) - z->avail_out);
		} while (z->avail_out == 0);
	}
}

uint32_t
deflater_sum(uint32_t sum, struct span bytes)
{
	return (uint32_t)crc32_z(sum, (const Bytef *)bytes.bytes, bytes.n);
}

uint32_t
deflater_sum_shift(uint32_t sum, uint64_t n)
{
	return (uint32_t)crc32_combine(sum, 0, (z_off_t)n);
}

struct owned
deflater_gzip(struct span bytes)
{
	z_stream z = {
	    .next_in = (Bytef *)(uintptr_t)bytes.bytes,
	    .avail_in = (unsigned)bytes.n,
	};
	struct owned gzip = {0};

	if (bytes.n > UINT_MAX / 2 ||
	    deflateInit2(&z, DEFLATER_LEVEL_ONCE, Z_DEFLATED,
		DEFLATER_GZIP_BITS, DEFLATER_MEMORY_LEVEL,
		Z_DEFAULT_STRATEGY) != Z_OK)
		return gzip;
	gzip.n = deflateBound(&z, bytes.n);
	gzip.bytes = malloc(gzip.n + 1);
	if (gzip.bytes) {
		z.next_out = (Bytef *)gzip.bytes;
		z.avail_out = (unsigned)gzip.n;
		deflate(&z, Z_FINISH);
		gzip.n = z.total_out;
		gzip.bytes[gzip.n] = '\0';
	}
	deflateEnd(&z);
	return gzip;
}
