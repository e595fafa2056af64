/* SPDX-License-Identifier: MIT */

#include "core/compressed_log.h"

#include "core/deflater.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* No reference reaches farther back (RFC 1951, 2). */
enum { WINDOW = 32768 };

enum { CHUNK_MAX = 32768 };

/* What is kept without a need, so that the memory stays the same. */
enum { COMPRESSED_BYTES = 16384, FIRST_MARKS = 16 };

struct compressed_log {
	struct deflater *deflater;
	struct ring *bytes;
	struct compressed_mark *marks; /* number m lies at m % max_marks */
	size_t max_marks;              /* a power of two */
	uint64_t first_mark, end_mark; /* there is always one */
};

static struct compressed_mark *
compressed_mark_at(const struct compressed_log *compressed, uint64_t number)
{
	return &compressed->marks[number & (compressed->max_marks - 1)];
}

struct compressed_log *
compressed_log_create(uint64_t at)
{
	const uint64_t no_key[2] = {0};
	struct compressed_log *compressed = calloc(1, sizeof(*compressed));

	if (!compressed)
		return NULL;
	compressed->deflater = deflater_create();
	compressed->bytes = ring_create(COMPRESSED_BYTES, no_key);
	compressed->marks = calloc(FIRST_MARKS, sizeof(*compressed->marks));
	if (!compressed->deflater || !compressed->bytes || !compressed->marks) {
		compressed_log_destroy(compressed);
		return NULL;
	}
	compressed->max_marks = FIRST_MARKS;
	compressed->end_mark = 1;
	*compressed_mark_at(compressed, 0) =
	    (struct compressed_mark){.at = at, .since = at};
	return compressed;
}

void
compressed_log_destroy(struct compressed_log *compressed)
{
	if (!compressed)
		return;
	deflater_destroy(compressed->deflater);
	ring_destroy(compressed->bytes);
	free(compressed->marks);
	free(compressed);
}

const struct compressed_mark *
compressed_log_end(const struct compressed_log *compressed)
{
	return compressed_mark_at(compressed, compressed->end_mark - 1);
}

void
compressed_log_begin_anew(struct compressed_log *compressed)
{
	struct compressed_mark *end =
	    compressed_mark_at(compressed, compressed->end_mark - 1);

	deflater_reset(compressed->deflater);
	end->since = end->at;
}

/* Returns 0 or -ENOMEM. */
static int
compressed_log_grow_marks(struct compressed_log *compressed)
{
	size_t max_marks = compressed->max_marks * 2;
	struct compressed_mark *marks = calloc(max_marks, sizeof(*marks));

	if (!marks)
		return -ENOMEM;
	for (uint64_t m = compressed->first_mark; m < compressed->end_mark; m++)
		marks[m & (max_marks - 1)] = *compressed_mark_at(compressed, m);
	free(compressed->marks);
	compressed->marks = marks;
	compressed->max_marks = max_marks;
	return 0;
}

/* Returns 0 or -ENOMEM. */
static int
compressed_log_append_chunk(
    struct compressed_log *compressed, const struct ring *log, uint64_t to)
{
	struct compressed_mark mark = *compressed_log_end(compressed);
	struct iovec parts[2];
	int n = ring_read(log, mark.at, to, parts);
	uint64_t number = compressed->end_mark;

	if (ring_reserve(compressed->bytes, deflater_bound(to - mark.at), false,
		compressed_mark_at(compressed, compressed->first_mark)
		    ->offset) < 0)
		return -ENOMEM;
	if (number - compressed->first_mark == compressed->max_marks &&
	    compressed_log_grow_marks(compressed) < 0)
		return -ENOMEM;
	deflater_write(
	    compressed->deflater, parts, n, ring_sink(compressed->bytes));
	ring_commit(compressed->bytes, false, (struct span){NULL, 0});
	for (int i = 0; i < n; i++)
		mark.sum = deflater_sum(mark.sum,
		    (struct span){parts[i].iov_base, parts[i].iov_len});
	mark.at = to;
	mark.offset = ring_end(compressed->bytes);
	*compressed_mark_at(compressed, number) = mark;
	compressed->end_mark++;
	return 0;
}

int
compressed_log_append(struct compressed_log *compressed, const struct ring *log)
{
	uint64_t at, end = ring_end(log);
	int rc = 0;

	while (rc == 0 && (at = compressed_log_end(compressed)->at) < end)
		rc = compressed_log_append_chunk(compressed, log,
		    end - at < CHUNK_MAX ? end : at + CHUNK_MAX);
	return rc;
}

/* Marks in their order, as far as a test holds. */
typedef bool compressed_test(
    const struct compressed_mark *mark, uint64_t a, uint64_t b);

/* The first mark for which it does not hold; end_mark if there is none. */
static uint64_t
compressed_log_search(const struct compressed_log *compressed,
    compressed_test *test, uint64_t a, uint64_t b)
{
	uint64_t low = compressed->first_mark, high = compressed->end_mark;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (test(compressed_mark_at(compressed, middle), a, b))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
compressed_is_up_to(const struct compressed_mark *mark, uint64_t at, uint64_t b)
{
	(void)b;
	return mark->at <= at;
}

static bool
compressed_is_up_to_offset(
    const struct compressed_mark *mark, uint64_t offset, uint64_t b)
{
	(void)b;
	return mark->offset <= offset;
}

static bool
compressed_is_no_entry(
    const struct compressed_mark *mark, uint64_t at, uint64_t since)
{
	return mark->at < at ||
	    (mark->since < since && mark->at < since + WINDOW);
}

const struct compressed_mark *
compressed_log_before(const struct compressed_log *compressed, uint64_t at)
{
	const struct compressed_mark *end = compressed_log_end(compressed);

	if (end->at <= at)
		return end;
	assert(
	    compressed_mark_at(compressed, compressed->first_mark)->at <= at);
	return compressed_mark_at(compressed,
	    compressed_log_search(compressed, compressed_is_up_to, at, 0) - 1);
}

const struct compressed_mark *
compressed_log_before_offset(
    const struct compressed_log *compressed, uint64_t offset)
{
	return compressed_mark_at(compressed,
	    compressed_log_search(
		compressed, compressed_is_up_to_offset, offset, 0) -
		1);
}

/* Most viewers are at one of the last two. */
const struct compressed_mark *
compressed_log_find(const struct compressed_log *compressed, uint64_t at)
{
	const struct compressed_mark *mark;

	if (compressed->end_mark - compressed->first_mark > 1) {
		mark = compressed_mark_at(compressed, compressed->end_mark - 2);
		if (mark->at == at)
			return mark;
	}
	if (at < compressed_mark_at(compressed, compressed->first_mark)->at)
		return NULL;
	mark = compressed_log_before(compressed, at);
	return mark->at == at ? mark : NULL;
}

const struct compressed_mark *
compressed_log_entry(
    const struct compressed_log *compressed, uint64_t at, uint64_t since)
{
	uint64_t number = compressed_log_search(
	    compressed, compressed_is_no_entry, at, since);

	return number == compressed->end_mark
	    ? NULL
	    : compressed_mark_at(compressed, number);
}

void
compressed_log_trim(struct compressed_log *compressed, uint64_t at)
{
	uint64_t beyond =
	    compressed_log_search(compressed, compressed_is_up_to, at, 0);

	if (beyond > compressed->first_mark + 1)
		compressed->first_mark = beyond - 1;
}

int
compressed_log_read(const struct compressed_log *compressed, uint64_t from,
    uint64_t to, struct iovec iov[2])
{
	return ring_read(compressed->bytes, from, to, iov);
}
