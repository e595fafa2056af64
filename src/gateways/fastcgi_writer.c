/* SPDX-License-Identifier: MIT */

#include "gateways/fastcgi_writer.h"

#include <assert.h>

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Unless one was begun, begins a record of what there is. */
static void
writer_begin_record(struct fastcgi_writer *writer, size_t content_n)
{
	if (fastcgi_writer_in_record(writer))
		return;
	assert(content_n > 0);
	writer->header_left = FASTCGI_HEADER_SIZE;
	writer->content_left =
	    (uint16_t)smaller(content_n, FASTCGI_CONTENT_MAX);
}

/* Where the content goes on. */
struct position {
	const struct iovec *part;
	size_t offset;
};

/* Lays out the next n bytes of content; returns in how many parts. */
static int
writer_lay_out(struct position *position, size_t n, struct iovec *out)
{
	int n_parts = 0;

	while (n > 0) {
		const struct iovec *part = position->part;
		size_t left = part->iov_len - position->offset;
		size_t taken = smaller(n, left);

		if (taken > 0)
			out[n_parts++] = (struct iovec){
			    (char *)part->iov_base + position->offset, taken};
		n -= taken;
		position->offset += taken;
		if (taken == left)
			*position = (struct position){part + 1, 0};
	}
	return n_parts;
}

int
fastcgi_writer_wrap(const struct fastcgi_writer *writer,
    const struct iovec *content, int n, struct fastcgi_headers *headers,
    struct iovec *out)
{
	struct fastcgi_writer next = *writer;
	struct position position = {content, 0};
	size_t left = 0;
	int n_parts = 0;

	for (int i = 0; i < n; i++)
		left += content[i].iov_len;
	headers->content_n = 0;
	for (int i = 0; i < FASTCGI_RECORDS_AT_ONCE && left > 0; i++) {
		char *end = headers->bytes[i] + FASTCGI_HEADER_SIZE;
		size_t length;

		writer_begin_record(&next, left);
		length = smaller(next.content_left, left);
		if (next.header_left > 0) {
			fastcgi_write_header(headers->bytes[i], FASTCGI_STDOUT,
			    next.id, next.content_left);
			out[n_parts++] = (struct iovec){
			    end - next.header_left, next.header_left};
		}
		n_parts += writer_lay_out(&position, length, out + n_parts);
		headers->content_n += length;
		left -= length;
		next.header_left = 0;
		next.content_left = 0;
	}
	return n_parts;
}

size_t
fastcgi_writer_account(struct fastcgi_writer *writer,
    const struct fastcgi_headers *headers, size_t sent)
{
	size_t content_n = 0;

	while (sent > 0) {
		size_t taken;

		writer_begin_record(writer, headers->content_n - content_n);
		taken = smaller(sent, writer->header_left);
		writer->header_left -= (uint8_t)taken;
		sent -= taken;
		taken = smaller(sent, writer->content_left);
		writer->content_left -= (uint16_t)taken;
		sent -= taken;
		content_n += taken;
	}
	return content_n;
}
