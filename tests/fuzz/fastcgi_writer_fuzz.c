/* SPDX-License-Identifier: MIT */

/*
 * The FastCGI writer, on content that grows while a connection takes any part
 * of what it is offered: the records hold exactly that content.
 */

#include "gateways/fastcgi_writer.h"

#include "fuzz.h"

#include "../unit/fastcgi_records.h"

enum { CONTENT_SIZE = 1 << 19, ID = 0x1203 };

static char content[CONTENT_SIZE];

static void
make_content(void)
{
	if (content[1] != 0)
		return;
	for (size_t i = 0; i < CONTENT_SIZE; i++)
		content[i] = (char)(i * 7 + i / 251);
}

struct viewer {
	struct fastcgi_writer writer;
	struct bytes received; /* after the last record that was whole */
	size_t content_whole;  /* bytes of content in whole records */
	size_t sent;           /* bytes of content */
	size_t end;            /* how much of it there is so far */
};

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* There is more to send. */
static void
grow(struct viewer *viewer, struct input *input)
{
	size_t n = take_byte(input) * (take_byte(input) & 1 ? 1U : 1000U);

	viewer->end = smaller(viewer->end + n, CONTENT_SIZE);
}

/* Cuts what is left of the content into parts, some of them empty. */
static int
offer(struct viewer *viewer, struct input *input, struct iovec *parts)
{
	int n_parts = (int)take_number(input, FASTCGI_CONTENT_PARTS - 1) + 1;
	size_t from = viewer->sent;

	for (int i = 0; i < n_parts; i++) {
		size_t n = viewer->end - from;

		if (i + 1 < n_parts)
			n = smaller(n, take_number(input, 65535));
		parts[i] = (struct iovec){content + from, n};
		from += n;
	}
	return n_parts;
}

/* How much one call of writev takes; all, when the input is at its end. */
static size_t
choose_taken(struct input *input)
{
	size_t how = take_number(input, 2), n = take_byte(input);

	if (input->n == 0)
		return SIZE_MAX;
	if (how == 1) /* around the end of a record */
		n = n % 4 * (FASTCGI_CONTENT_MAX + FASTCGI_HEADER_SIZE) +
		    n / 4 % 12;
	else if (how == 2)
		n *= 2000;
	return n;
}

/* One call of writev takes at most max bytes.  Returns how many. */
static size_t
send_parts(
    struct viewer *viewer, const struct iovec *parts, int n_parts, size_t max)
{
	struct iovec out[FASTCGI_WRITER_PARTS];
	struct fastcgi_headers headers;
	int n =
	    fastcgi_writer_wrap(&viewer->writer, parts, n_parts, &headers, out);
	size_t total = 0, taken = 0;

	REQUIRE(n <= FASTCGI_WRITER_PARTS);
	REQUIRE((n == 0) == (viewer->sent == viewer->end));
	for (int i = 0; i < n; i++) {
		size_t part = smaller(out[i].iov_len, max - taken);

		REQUIRE(out[i].iov_len > 0);
		total += out[i].iov_len;
		bytes_put(&viewer->received, out[i].iov_base, part);
		taken += part;
	}
	REQUIRE(headers.content_n <= total);
	REQUIRE(total - headers.content_n <= sizeof(headers.bytes));
	viewer->sent +=
	    fastcgi_writer_account(&viewer->writer, &headers, taken);
	return taken;
}

static void
send_some(struct viewer *viewer, struct input *input)
{
	struct iovec parts[FASTCGI_CONTENT_PARTS];
	int n_parts = offer(viewer, input, parts);

	send_parts(viewer, parts, n_parts, choose_taken(input));
}

/* What arrived is the content so far, in records. */
static void
check(struct viewer *viewer)
{
	struct span rest = bytes_span(&viewer->received);
	struct record record;

	while (next_record(&rest, &record)) {
		const char *expected = content + viewer->content_whole;

		REQUIRE(record.version == 1 && record.type == STDOUT);
		REQUIRE(record.id == ID && record.padding == 0);
		REQUIRE(record.content.n > 0);
		viewer->content_whole += record.content.n;
		REQUIRE(viewer->content_whole <= viewer->sent);
		REQUIRE(memcmp(record.content.bytes, expected,
			    record.content.n) == 0);
	}
	viewer->received.n = rest.n;
	memmove(viewer->received.at, rest.bytes, rest.n);
	REQUIRE(fastcgi_writer_in_record(&viewer->writer) == (rest.n > 0));
	REQUIRE(viewer->sent ==
	    viewer->content_whole + (rest.n > 8 ? rest.n - 8 : 0));
	REQUIRE(viewer->sent <= viewer->end);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct viewer viewer = {.writer = fastcgi_writer_of(ID)};

	make_content();
	bytes_put(&viewer.received, "", 0);
	while (input.n > 0) {
		grow(&viewer, &input);
		send_some(&viewer, &input);
		check(&viewer);
	}
	while (viewer.sent < viewer.end) {
		send_some(&viewer, &input);
		check(&viewer);
	}
	REQUIRE(!fastcgi_writer_in_record(&viewer.writer));
	bytes_free(&viewer.received);
	return 0;
}
