/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_FASTCGI_RECORDS_H
#define PIPECAST_TESTS_UNIT_FASTCGI_RECORDS_H

/*
 * FastCGI records as a web server puts and takes them apart, written from the
 * specification and not with the help of what is tested.  Comes after
 * helpers.h or fuzz.h, which have the bytes.
 */

#include <stdbool.h>
#include <stdint.h>

enum { BEGIN = 1, ABORT, END, PARAMS, STDIN, STDOUT, STDERR, DATA, GET_VALUES };
enum { RESPONDER = 1, AUTHORIZER, FILTER };
enum { CLOSE, KEEP };

static inline void
put_byte(struct bytes *out, size_t byte)
{
	char c = (char)byte;

	bytes_put(out, &c, 1);
}

static inline void
put_padded(struct bytes *out, unsigned type, unsigned id, struct span content,
    size_t padding)
{
	const unsigned char header[8] = {1, (unsigned char)type,
	    (unsigned char)(id >> 8), (unsigned char)id,
	    (unsigned char)(content.n >> 8), (unsigned char)content.n,
	    (unsigned char)padding, 0xee};

	bytes_put(out, (const char *)header, sizeof(header));
	bytes_put(out, content.bytes, content.n);
	for (size_t i = 0; i < padding; i++)
		put_byte(out, 0xdd);
}

static inline void
put_record(struct bytes *out, unsigned type, unsigned id, struct span content)
{
	put_padded(out, type, id, content, 0);
}

static inline void
put_begin(struct bytes *out, unsigned id, unsigned role, unsigned flags)
{
	const char body[8] = {(char)(role >> 8), (char)role, (char)flags};

	put_record(out, BEGIN, id, (struct span){body, sizeof(body)});
}

/* Ends a stream. */
static inline void
put_end(struct bytes *out, unsigned type, unsigned id)
{
	put_record(out, type, id, (struct span){"", 0});
}

/* A length in four bytes if it is wide or has to be. */
static inline void
put_length(struct bytes *out, size_t n, bool wide)
{
	if (n < 128 && !wide) {
		put_byte(out, n);
		return;
	}
	put_byte(out, 0x80 | n >> 24);
	put_byte(out, n >> 16);
	put_byte(out, n >> 8);
	put_byte(out, n);
}

static inline void
put_pair(struct bytes *out, struct span name, struct span value)
{
	put_length(out, name.n, false);
	put_length(out, value.n, false);
	bytes_put(out, name.bytes, name.n);
	bytes_put(out, value.bytes, value.n);
}

/* Whether there is nothing but whole pairs, by the book. */
static inline bool
are_whole(struct span pairs)
{
	const unsigned char *at = (const unsigned char *)pairs.bytes;
	size_t left = pairs.n;

	while (left > 0) {
		size_t n = 0;

		for (int i = 0; i < 2; i++) {
			size_t size = left > 0 && *at >= 128 ? 4 : 1;

			if (left < size)
				return false;
			if (size == 1)
				n += at[0];
			else
				n += (size_t)(at[0] & 127) << 24 | at[1] << 16 |
				    at[2] << 8 | at[3];
			at += size;
			left -= size;
		}
		if (left < n)
			return false;
		at += n;
		left -= n;
	}
	return true;
}

struct record {
	unsigned version, type, id;
	struct span content;
	size_t padding;
};

/* Takes a whole record off the front; false if there is none. */
static inline bool
next_record(struct span *in, struct record *record)
{
	const unsigned char *at = (const unsigned char *)in->bytes;
	size_t n, size;

	if (in->n < 8)
		return false;
	n = (size_t)at[4] << 8 | at[5];
	size = 8 + n + at[6];
	if (in->n < size)
		return false;
	*record = (struct record){
	    .version = at[0],
	    .type = at[1],
	    .id = (unsigned)at[2] << 8 | at[3],
	    .content = {in->bytes + 8, n},
	    .padding = at[6],
	};
	in->bytes += size;
	in->n -= size;
	return true;
}

#endif
