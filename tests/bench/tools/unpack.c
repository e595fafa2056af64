/* SPDX-License-Identifier: MIT */

#include "config.h"
#include "unpack.h"

#include <err.h>
#include <stdint.h>
#include <stdlib.h>

#if HAVE_ZLIB
#include <zlib.h>

enum { GZIP_BITS = 15 + 16, PIECE = 65536 };

struct unpack {
	z_stream zlib;
};

struct unpack *
unpack_create(void)
{
	struct unpack *unpack = calloc(1, sizeof(*unpack));

	if (!unpack || inflateInit2(&unpack->zlib, GZIP_BITS) != Z_OK)
		err(2, "memory");
	return unpack;
}

void
unpack_destroy(struct unpack *unpack)
{
	if (unpack)
		inflateEnd(&unpack->zlib);
	free(unpack);
}

void
unpack_feed(struct unpack *unpack, const char *bytes, size_t n,
    void (*callback)(void *ctx, const char *bytes, size_t n), void *ctx)
{
	static char piece[PIECE];
	z_stream *zlib = &unpack->zlib;
	int rc = Z_OK;

	zlib->next_in = (Bytef *)(uintptr_t)bytes;
	zlib->avail_in = (uInt)n;
	do {
		zlib->next_out = (Bytef *)piece;
		zlib->avail_out = sizeof(piece);
		rc = inflate(zlib, Z_SYNC_FLUSH);
		if (rc != Z_OK && rc != Z_BUF_ERROR && rc != Z_STREAM_END)
			errx(2, "no gzip: %s", zlib->msg ? zlib->msg : "?");
		callback(ctx, piece, sizeof(piece) - zlib->avail_out);
	} while (rc == Z_OK && zlib->avail_out == 0);
}
#else
struct unpack *
unpack_create(void)
{
	errx(2, "this build is without zlib");
}

void
unpack_destroy(struct unpack *unpack)
{
	(void)unpack;
}

void
unpack_feed(struct unpack *unpack, const char *bytes, size_t n,
    void (*callback)(void *ctx, const char *bytes, size_t n), void *ctx)
{
	(void)unpack;
	callback(ctx, bytes, n);
}
#endif
