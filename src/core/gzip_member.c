/* SPDX-License-Identifier: MIT */

#include "core/gzip_member.h"

#include "core/deflater.h"

const char gzip_mark[GZIP_BLOCK_HEADER] = {0, 0, 0, '\xff', '\xff'};

void
gzip_block_header(char header[GZIP_BLOCK_HEADER], size_t n)
{
	header[0] = 0; /* not the last block, stored */
	header[1] = (char)(n & 0xff);
	header[2] = (char)(n >> 8);
	header[3] = (char)(~n & 0xff);
	header[4] = (char)(~n >> 8 & 0xff);
}

void
gzip_member_add(struct gzip_member *member, struct span text)
{
	member->sum = deflater_sum(member->sum, text);
	member->n += (uint32_t)text.n;
}

/* What gzip_member_wrap puts together. */
struct wrapping {
	const struct gzip_member *member; /* with the text */
	struct span before;
	struct span text;
	bool begins;
};

static void
gzip_write_number(struct byte_sink sink, uint32_t number)
{
	char bytes[4];

	for (int i = 0; i < 4; i++)
		bytes[i] = (char)(number >> 8 * i & 0xff);
	sink.put(sink.ctx, bytes, sizeof(bytes));
}

static void
gzip_write(const void *what, struct byte_sink sink)
{
	/* Deflate, no name, no time, of no system in particular. */
	static const char head[] = "\x1f\x8b\x08\0\0\0\0\0\0\xff";
	static const char last_block[] = "\x03\0"; /* without content */
	const struct wrapping *wrapping = what;
	struct span text = wrapping->text;
	char header[GZIP_BLOCK_HEADER];

	sink_span(sink, wrapping->before);
	if (wrapping->begins)
		sink.put(sink.ctx, head, sizeof(head) - 1);
	while (text.n > 0) {
		struct span block = span_take(&text, GZIP_BLOCK_MAX);

		gzip_block_header(header, block.n);
		sink.put(sink.ctx, header, sizeof(header));
		sink_span(sink, block);
		sink.put(sink.ctx, gzip_mark, sizeof(gzip_mark));
	}
	if (!wrapping->member->has_ended)
		return;
	sink.put(sink.ctx, last_block, sizeof(last_block) - 1);
	gzip_write_number(sink, wrapping->member->sum);
	gzip_write_number(sink, wrapping->member->n);
}

struct owned
gzip_member_wrap(struct gzip_member *member, struct span before,
    struct span text, bool begins)
{
	const struct wrapping wrapping = {member, before, text, begins};
	const struct gzip_member unchanged = *member;
	struct owned wrapped;

	gzip_member_add(member, text);
	wrapped = owned_written(gzip_write, &wrapping);
	if (!wrapped.bytes)
		*member = unchanged;
	return wrapped;
}
