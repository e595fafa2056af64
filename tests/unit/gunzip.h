/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_GUNZIP_H
#define PIPECAST_TESTS_UNIT_GUNZIP_H

/*
 * What a viewer makes of its bytes if it takes gzip: those before the member,
 * which is the first one's first byte, as they are, then the text.  zlib checks
 * the trailer.
 */

#if __has_include("config.h")
#include "config.h"
#endif

#include "bytes.h"

#ifdef HAVE_ZLIB
#include <zlib.h>

struct gunzip {
	z_stream z;
	bool has_begun;
	bool has_ended; /* with a trailer that fits the text */
};

static inline void
gunzip_put(struct gunzip *gunzip, const char *at, size_t n, struct bytes *text)
{
	char memory[4096];
	int rc = Z_OK;

	for (; n > 0 && !gunzip->has_begun && *at != 0x1f; n--)
		bytes_put(text, at++, 1);
	if (n == 0)
		return;
	REQUIRE(!gunzip->has_ended);
	if (!gunzip->has_begun)
		REQUIRE(inflateInit2(&gunzip->z, 31) == Z_OK);
	gunzip->has_begun = true;
	gunzip->z.next_in = (Bytef *)(uintptr_t)at;
	gunzip->z.avail_in = (unsigned)n;
	do {
		gunzip->z.next_out = (Bytef *)memory;
		gunzip->z.avail_out = sizeof(memory);
		rc = inflate(&gunzip->z, Z_SYNC_FLUSH);
		REQUIRE(rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR);
		bytes_put(text, memory, sizeof(memory) - gunzip->z.avail_out);
	} while (rc != Z_STREAM_END && gunzip->z.avail_out == 0);
	gunzip->has_ended = rc == Z_STREAM_END;
	REQUIRE(gunzip->z.avail_in == 0);
}

/* Idempotent. */
static inline void
gunzip_fini(struct gunzip *gunzip)
{
	if (gunzip->has_begun)
		inflateEnd(&gunzip->z);
	*gunzip = (struct gunzip){0};
}

#else

struct gunzip {
	bool has_ended;
};

static inline void
gunzip_put(struct gunzip *gunzip, const char *at, size_t n, struct bytes *text)
{
	(void)gunzip;
	bytes_put(text, at, n);
}

static inline void
gunzip_fini(struct gunzip *gunzip)
{
	(void)gunzip;
}

#endif

#endif
