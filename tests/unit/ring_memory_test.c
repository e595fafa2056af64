/* SPDX-License-Identifier: MIT */

/* How much memory a ring needs, and what becomes of it when there is none. */

#include "core/buffer.h"
#include "core/ring.h"

#include "failing_memory.h"
#include "ring_bytes.h"

static void
try_buffer(void)
{
	struct buffer buffer = {0};
	char text[300];

	memset(text, 'x', sizeof(text));
	if (!succeeded(buffer_append(&buffer, LITERAL("ab"), 1000))) {
		assert_span(buffer_span(&buffer), LITERAL(""));
	} else if (!succeeded(buffer_append(
		       &buffer, (struct span){text, sizeof(text)}, 1000))) {
		assert_span(buffer_span(&buffer), LITERAL("ab"));
		cr_assert_eq(buffer_append(&buffer, LITERAL("c"), 1000), 0);
	}
	buffer_fini(&buffer);
}

Test(buffer_memory, stays_as_it_was)
{
	with_each_failing(try_buffer);
}

/* Appends a block, with its end for an id if so wanted. */
static void
append_x(struct ring *ring, size_t n, bool with_id, uint64_t *kept)
{
	char id[24] = "";
	uint64_t offset;

	if (succeeded(ring_reserve(ring, n, with_id, 0))) {
		for (size_t i = 0; i < n; i++)
			sink_text(ring_sink(ring), "x");
		*kept += n;
		if (with_id)
			snprintf(
			    id, sizeof(id), "%llu", (unsigned long long)*kept);
		ring_commit(ring, true, span_of(id));
		cr_assert_eq(
		    ring_after_id(ring, span_of(id), &offset), with_id);
	}
	cr_assert_eq(ring_start(ring), 0);
	cr_assert_eq(ring_end(ring), *kept);
}

static void
try_ring(void)
{
	static const size_t sizes[] = {3000, 3000, 1, 20000};
	struct ring *ring = ring_create(100000, id_key);
	uint64_t kept = 0;

	if (!ring)
		return;
	for (size_t i = 0; i < LENGTH(sizes); i++)
		append_x(ring, sizes[i], i > 0, &kept);
	for (size_t i = 0; i < 100; i++)
		append_x(ring, 1, i % 3, &kept);
	ring_destroy(ring);
}

Test(ring_memory, stays_as_it_was)
{
	with_each_failing(try_ring);
}

Test(ring_memory, is_all_there_once_the_ring_is_full)
{
	struct ring *ring = ring_create(10000, id_key);
	unsigned long before = 0;

	for (unsigned i = 0; i < 10000; i++) {
		cr_assert_eq(ring_reserve(ring, 50, false, UINT64_MAX), 0);
		for (unsigned j = 0; j < 50; j++)
			sink_text(ring_sink(ring), "x");
		ring_commit(ring, true, ABSENT);
		if (i == 200)
			before = n_asked;
	}
	cr_assert_eq(n_asked, before);
	cr_assert_eq(before, 3 + 5 + 5); /* to begin, bytes, blocks */
	ring_destroy(ring);
}

static bool with_ids;

/*
 * Appends events of ten bytes of which the last n are still to be sent.  Their
 * ids, if any, say where they end.
 */
static void
append_tens(struct ring *ring, unsigned n_events, size_t n_unsent)
{
	for (unsigned i = 0; i < n_events; i++) {
		uint64_t end = ring_end(ring);
		char id[24];

		cr_assert_eq(ring_reserve(ring, 10, with_ids,
				 end < n_unsent ? 0 : end - n_unsent),
		    0);
		sink_text(ring_sink(ring), "0123456789");
		snprintf(id, sizeof(id), "%llu", (unsigned long long)end + 10);
		ring_commit(ring, true, with_ids ? span_of(id) : ABSENT);
	}
}

Test(ring_memory, beyond_the_limit_is_given_back)
{
	struct ring *ring =
	    ring_create(10000, id_key); /* in a buffer of 16384 */
	size_t small, large;

	append_tens(ring, 5000, 0);
	small = bytes_live;
	append_tens(ring, 5000, 30000);
	large = bytes_live;
	cr_assert_geq(large, small + 16384 + 2000 * 16);
	/* not before it has turned over */
	append_tens(ring, 3276, 0);
	cr_assert_eq(bytes_live, large);
	append_tens(ring, 1, 0);
	cr_assert_leq(bytes_live, small + 16);
	append_tens(ring, 5000, 0);
	cr_assert_leq(bytes_live, small + 16);
	ring_destroy(ring);
}

Test(ring_memory, that_is_needed_again_and_again_is_not_given_back)
{
	struct ring *ring = ring_create(10000, id_key);
	unsigned long before;

	append_tens(ring, 5000, 20000);
	before = n_asked;
	for (unsigned i = 0; i < 10; i++) {
		append_tens(ring, 2000, 0);
		append_tens(ring, 2000, 20000);
	}
	cr_assert_eq(n_asked, before);
	ring_destroy(ring);
}

static void
try_to_shrink(void)
{
	unsigned failing = countdown;
	struct ring *ring;
	struct bytes last;
	size_t large;
	uint64_t offset = 0;

	fail_no_more();
	ring = ring_create(10000, id_key);
	append_tens(ring, 5000, 30000);
	append_tens(ring, 3276, 0);
	large = ring_memory(ring);
	countdown = failing;
	append_tens(ring, 1, 0);
	fail_no_more();
	cr_assert(has_failed || ring_memory(ring) < large / 2);
	cr_assert(ring_after_id(ring, LITERAL("82750"), &offset));
	cr_assert_eq(offset, 82750);
	last = bytes_between(ring, offset, offset + 10);
	assert_span(bytes_span(&last), LITERAL("0123456789"));
	bytes_free(&last);
	ring_destroy(ring);
}

Test(ring_memory, is_given_back_later_if_there_is_none_for_less)
{
	with_ids = true;
	with_each_failing(try_to_shrink);
}
