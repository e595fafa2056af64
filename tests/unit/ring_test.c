/* SPDX-License-Identifier: MIT */

#include "core/ring.h"

#include "helpers.h"

#include <errno.h>

static const uint64_t id_key[] = {1, 2};

/* Appends a block of that text; an id, if any, is the text's own beginning. */
static void
append_block(struct ring *ring, struct span text, bool is_event, size_t id_n,
    uint64_t keep_from)
{
	cr_assert_eq(ring_reserve(ring, text.n, id_n > 0, keep_from), 0);
	sink_span(ring_sink(ring), text);
	ring_commit(ring, is_event, (struct span){text.bytes, id_n});
}

static void
append_event(struct ring *ring, const char *text)
{
	append_block(ring, span_of(text), true, 0, UINT64_MAX);
}

static void
append_comment(struct ring *ring, const char *text)
{
	append_block(ring, span_of(text), false, 0, UINT64_MAX);
}

/* An event whose text is its id. */
static void
append_id(struct ring *ring, const char *id)
{
	append_block(ring, span_of(id), true, strlen(id), UINT64_MAX);
}

static struct bytes
bytes_between(const struct ring *ring, uint64_t from, uint64_t to)
{
	struct bytes bytes = {0};
	struct iovec iov[2];
	int n = ring_read(ring, from, to, iov);

	for (int i = 0; i < n; i++) {
		cr_assert_gt(iov[i].iov_len, 0);
		bytes_put(&bytes, iov[i].iov_base, iov[i].iov_len);
	}
	return bytes;
}

static void
check_from(const struct ring *ring, uint64_t from, const char *wanted)
{
	struct bytes bytes = bytes_between(ring, from, ring_end(ring));

	assert_span(bytes_span(&bytes), span_of(wanted));
	bytes_free(&bytes);
}

static void
check(const struct ring *ring, const char *wanted)
{
	check_from(ring, ring_start(ring), wanted);
}

Test(ring, is_empty_at_first)
{
	struct ring *ring = ring_create(100, id_key);
	struct iovec iov[2];
	uint64_t offset = 77;

	cr_assert_eq(ring_start(ring), 0);
	cr_assert_eq(ring_end(ring), 0);
	cr_assert_eq(ring_seq(ring), 0);
	cr_assert_eq(ring_read(ring, 0, 0, iov), 0);
	cr_assert_eq(ring_last(ring, 5), 0);
	cr_assert_eq(ring_missed(ring, 0), 0);
	cr_assert(ring_after_seq(ring, 0, &offset));
	cr_assert_eq(offset, 0);
	cr_assert_not(ring_after_seq(ring, 1, &offset));
	cr_assert_not(ring_after_id(ring, LITERAL("a"), &offset));
	ring_trim(ring, 1000);
	ring_destroy(ring);
}

Test(ring, destroy_takes_null)
{
	ring_destroy(NULL);
}

Test(ring, holds_blocks_in_order)
{
	struct ring *ring = ring_create(100, id_key);

	append_event(ring, "one ");
	append_comment(ring, "two ");
	append_event(ring, "three");
	check(ring, "one two three");
	check_from(ring, 4, "two three");
	cr_assert_eq(ring_end(ring), 13);
	ring_destroy(ring);
}

Test(ring, counts_events_only)
{
	struct ring *ring = ring_create(100, id_key);

	append_comment(ring, "a");
	cr_assert_eq(ring_seq(ring), 0);
	append_event(ring, "b");
	cr_assert_eq(ring_seq(ring), 1);
	append_comment(ring, "c");
	append_event(ring, "d");
	cr_assert_eq(ring_seq(ring), 2);
	ring_destroy(ring);
}

Test(ring, shows_nothing_before_its_commit)
{
	struct ring *ring = ring_create(100, id_key);

	append_event(ring, "a");
	cr_assert_eq(ring_reserve(ring, 4, false, UINT64_MAX), 0);
	sink_text(ring_sink(ring), "bc");
	sink_text(ring_sink(ring), "de");
	check(ring, "a");
	cr_assert_eq(ring_seq(ring), 1);
	ring_commit(ring, true, ABSENT);
	check(ring, "abcde");
	ring_destroy(ring);
}

Test(ring, evicts_whole_blocks_oldest_first)
{
	struct ring *ring = ring_create(10, id_key);

	append_event(ring, "aaaa");
	append_event(ring, "bbbb");
	append_event(ring, "cc");
	check(ring, "aaaabbbbcc");
	append_event(ring, "d");
	check(ring, "bbbbccd");
	append_event(ring, "eeeeee");
	check(ring, "ccdeeeeee");
	cr_assert_eq(ring_start(ring), 8);
	cr_assert_eq(ring_end(ring), 17);
	ring_destroy(ring);
}

Test(ring, takes_a_block_over_its_limit_alone)
{
	struct ring *ring = ring_create(4, id_key);

	append_event(ring, "ab");
	append_event(ring, "0123456789");
	check(ring, "0123456789");
	append_event(ring, "c");
	check(ring, "c");
	ring_destroy(ring);
}

Test(ring, keeps_bytes_that_were_not_sent)
{
	struct ring *ring = ring_create(10, id_key);

	append_event(ring, "aaaa");
	append_event(ring, "bbbb");
	/* from within b on */
	append_block(ring, LITERAL("cccc"), true, 0, 5);
	check(ring, "bbbbcccc");
	append_block(ring, LITERAL("dddd"), true, 0, 5);
	append_block(ring, LITERAL("eeee"), true, 0, 7);
	check(ring, "bbbbccccddddeeee");
	/* right after b */
	append_block(ring, LITERAL("f"), true, 0, 8);
	check(ring, "ccccddddeeeef");
	append_block(ring, LITERAL("g"), true, 0, UINT64_MAX);
	check(ring, "ddddeeeefg");
	ring_destroy(ring);
}

Test(ring, keeps_what_it_needs_not_evict)
{
	struct ring *ring = ring_create(10, id_key);

	append_event(ring, "aaaa");
	append_block(ring, LITERAL("bbbbbb"), true, 0, UINT64_MAX);
	check(ring, "aaaabbbbbb");
	ring_destroy(ring);
}

Test(ring, trim_evicts_the_blocks_before_an_offset)
{
	struct ring *ring = ring_create(100, id_key);

	append_event(ring, "aaaa");
	append_event(ring, "bbbb");
	append_event(ring, "cccc");
	ring_trim(ring, 3);
	check(ring, "aaaabbbbcccc");
	ring_trim(ring, 4);
	check(ring, "bbbbcccc");
	ring_trim(ring, 11);
	check(ring, "cccc");
	ring_trim(ring, 12);
	check(ring, "");
	cr_assert_eq(ring_start(ring), 12);
	append_event(ring, "dddd");
	check(ring, "dddd");
	ring_destroy(ring);
}

Test(ring, grows_up_to_its_limit_and_not_before_it_must)
{
	static const char block[1000] = "x";
	struct ring *ring = ring_create(100000, id_key);

	for (unsigned i = 1; i <= 300; i++) {
		append_block(ring, (struct span){block, sizeof(block)}, true, 0,
		    UINT64_MAX);
		cr_assert_eq(ring_end(ring), i * 1000);
		cr_assert_eq(ring_start(ring), i > 100 ? (i - 100) * 1000 : 0);
	}
	ring_destroy(ring);
}

Test(ring, is_filled_by_a_block_of_exactly_its_size)
{
	static const size_t sizes[] = {4096, 8192, 65536};

	for (size_t i = 0; i < LENGTH(sizes); i++) {
		struct ring *ring = ring_create(65536, id_key);
		char *text = calloc(1, sizes[i]);

		append_block(
		    ring, (struct span){text, sizes[i]}, true, 0, UINT64_MAX);
		cr_assert_eq(ring_end(ring) - ring_start(ring), sizes[i]);
		free(text);
		ring_destroy(ring);
	}
}

Test(ring, keeps_the_index_of_many_small_blocks)
{
	struct ring *ring = ring_create(8 * 5000, id_key);
	uint64_t offset;

	for (unsigned i = 0; i < 7000; i++) {
		char text[9];

		snprintf(text, sizeof(text), "%08u", i);
		append_id(ring, text);
	}
	cr_assert_eq(ring_start(ring), 8 * 2000);
	for (uint64_t seq = 2000; seq <= 7000; seq++) {
		cr_assert(ring_after_seq(ring, seq, &offset));
		cr_assert_eq(offset, 8 * seq);
	}
	cr_assert_not(ring_after_seq(ring, 1999, &offset));
	ring_destroy(ring);
}

/* The bytes of the log, as a function of their offset. */
/* What is short is what an index costs most for. */
static size_t
memory_after(size_t limit, size_t n_blocks, const char *text)
{
	struct ring *ring = ring_create(limit, id_key);
	size_t memory;

	for (size_t i = 0; i < n_blocks; i++)
		append_event(ring, text);
	memory = ring_memory(ring);
	cr_assert_leq(ring_end(ring) - ring_start(ring), limit);
	ring_destroy(ring);
	return memory;
}

/* A stream that nobody publishes to costs next to nothing. */
Test(ring, takes_no_memory_for_blocks_before_the_first)
{
	struct ring *ring = ring_create(1 << 20, id_key);

	cr_assert_leq(ring_memory(ring), 256);
	append_event(ring, "1");
	cr_assert_gt(ring_memory(ring), 4096);
	ring_destroy(ring);
}

Test(ring, takes_at_most_twice_its_limit_for_short_events)
{
	static const char event[] = "id: s-abcdefgh-1234\ndata: y\n\n";

	cr_assert_leq(memory_after(1 << 20, 200000, event), (2 << 20) + 512);
}

Test(ring, takes_at_most_three_times_its_limit_for_any_blocks)
{
	cr_assert_leq(memory_after(1 << 16, 500000, "\n"), (3 << 16) + 512);
	cr_assert_leq(memory_after(1 << 16, 500000, ":\n"), (3 << 16) + 512);
	cr_assert_leq(
	    memory_after(1 << 16, 500000, "0123456\n"), (3 << 16) + 512);
}

static char
byte_at(uint64_t offset)
{
	return (char)(offset * 2654435761u >> 13);
}

static void
append_pattern(struct ring *ring, size_t n, uint64_t keep_from)
{
	char *text = malloc(n + !n);

	for (size_t i = 0; i < n; i++)
		text[i] = byte_at(ring_end(ring) + i);
	cr_assert_eq(ring_reserve(ring, n, false, keep_from), 0);
	/* in two parts, so that a part may end at the wrap as well */
	sink_span(ring_sink(ring), (struct span){text, n / 3});
	sink_span(ring_sink(ring), (struct span){text + n / 3, n - n / 3});
	ring_commit(ring, true, ABSENT);
	free(text);
}

static void
check_pattern(const struct ring *ring)
{
	uint64_t at = ring_start(ring);
	struct iovec iov[2];
	int n = ring_read(ring, at, ring_end(ring), iov);

	for (int i = 0; i < n; i++) {
		const char *bytes = iov[i].iov_base;

		for (size_t j = 0; j < iov[i].iov_len; j++, at++)
			cr_assert_eq(bytes[j], byte_at(at));
	}
	cr_assert_eq(at, ring_end(ring));
}

Test(ring, wraps_at_every_position)
{
	for (size_t before = 4096 - 40; before <= 4096; before++) {
		struct ring *ring = ring_create(2000, id_key);

		append_pattern(ring, before, UINT64_MAX);
		append_pattern(ring, 33, UINT64_MAX);
		check_pattern(ring);
		cr_assert_eq(ring_start(ring), before);
		append_pattern(ring, 1000, UINT64_MAX);
		check_pattern(ring);
		ring_destroy(ring);
	}
}

Test(ring, grows_wherever_its_bytes_wrap)
{
	for (size_t from = 0; from < 4096; from += 61) {
		struct ring *ring = ring_create(4096, id_key);

		append_pattern(ring, from, UINT64_MAX);
		append_pattern(ring, 4000, UINT64_MAX);
		ring_trim(ring, from);
		append_pattern(ring, 90, from);
		check_pattern(ring);
		append_pattern(ring, 1000 + from, from);
		check_pattern(ring);
		append_pattern(ring, 20000, from);
		check_pattern(ring);
		cr_assert_eq(ring_start(ring), from);
		ring_destroy(ring);
	}
}

Test(ring, read_gives_two_parts_only_across_the_wrap)
{
	struct ring *ring = ring_create(4096, id_key);
	struct iovec iov[2];

	append_pattern(ring, 4000, UINT64_MAX);
	append_pattern(ring, 200, UINT64_MAX);
	cr_assert_eq(ring_start(ring), 4000);
	cr_assert_eq(ring_read(ring, 4000, 4096, iov), 1);
	cr_assert_eq(iov[0].iov_len, 96);
	cr_assert_eq(ring_read(ring, 4000, 4097, iov), 2);
	cr_assert_eq(iov[0].iov_len, 96);
	cr_assert_eq(iov[1].iov_len, 1);
	cr_assert_eq(ring_read(ring, 4096, 4200, iov), 1);
	cr_assert_eq(iov[0].iov_len, 104);
	cr_assert_eq(ring_read(ring, 4050, 4050, iov), 0);
	ring_destroy(ring);
}

Test(ring, reader_goes_on_after_the_event_of_a_sequence)
{
	struct ring *ring = ring_create(100, id_key);
	uint64_t offset;

	append_comment(ring, "A");
	append_event(ring, "1");
	append_comment(ring, "B");
	append_comment(ring, "C");
	append_event(ring, "2");
	append_event(ring, "3");
	append_comment(ring, "D");
	cr_assert(ring_after_seq(ring, 0, &offset));
	check_from(ring, offset, "A1BC23D");
	cr_assert(ring_after_seq(ring, 1, &offset));
	check_from(ring, offset, "BC23D");
	cr_assert(ring_after_seq(ring, 2, &offset));
	check_from(ring, offset, "3D");
	cr_assert(ring_after_seq(ring, 3, &offset));
	check_from(ring, offset, "D");
	cr_assert_not(ring_after_seq(ring, 4, &offset));
	cr_assert_not(ring_after_seq(ring, UINT64_MAX, &offset));
	ring_destroy(ring);
}

Test(ring, sequence_that_was_evicted_is_told_with_what_is_missed)
{
	struct ring *ring = ring_create(100, id_key);
	uint64_t offset;

	append_event(ring, "1");
	append_event(ring, "2");
	append_comment(ring, "A");
	append_event(ring, "3");
	append_event(ring, "4");
	ring_trim(ring, 2);
	/* 1 and 2 are gone; the oldest block is A */
	cr_assert_not(ring_after_seq(ring, 0, &offset));
	cr_assert_not(ring_after_seq(ring, 1, &offset));
	cr_assert(ring_after_seq(ring, 2, &offset));
	check_from(ring, offset, "A34");
	cr_assert_eq(ring_missed(ring, 0), 2);
	cr_assert_eq(ring_missed(ring, 1), 1);
	cr_assert_eq(ring_missed(ring, 2), 0);
	cr_assert_eq(ring_missed(ring, 9), 0);
	ring_trim(ring, 3);
	/* the oldest block is event 3 */
	cr_assert(ring_after_seq(ring, 2, &offset));
	check_from(ring, offset, "34");
	cr_assert_eq(ring_missed(ring, 1), 1);
	ring_trim(ring, 5);
	/* nothing is left */
	cr_assert_not(ring_after_seq(ring, 3, &offset));
	cr_assert(ring_after_seq(ring, 4, &offset));
	check_from(ring, offset, "");
	cr_assert_eq(ring_missed(ring, 1), 3);
	ring_destroy(ring);
}

Test(ring, reader_goes_on_after_the_event_of_an_id)
{
	struct ring *ring = ring_create(100, id_key);
	uint64_t offset;

	append_event(ring, "a");
	append_id(ring, "bc");
	append_id(ring, "b");
	append_id(ring, "de");
	cr_assert(ring_after_id(ring, LITERAL("bc"), &offset));
	check_from(ring, offset, "bde");
	cr_assert(ring_after_id(ring, LITERAL("b"), &offset));
	check_from(ring, offset, "de");
	cr_assert(ring_after_id(ring, LITERAL("de"), &offset));
	check_from(ring, offset, "");
	cr_assert_not(ring_after_id(ring, LITERAL("a"), &offset));
	cr_assert_not(ring_after_id(ring, LITERAL("d"), &offset));
	cr_assert_not(ring_after_id(ring, LITERAL("dx"), &offset));
	cr_assert_not(ring_after_id(ring, LITERAL("def"), &offset));
	cr_assert_not(ring_after_id(ring, LITERAL(""), &offset));
	cr_assert_not(ring_after_id(ring, ABSENT, &offset));
	ring_destroy(ring);
}

/* Nobody knows which of them was seen: after the second b would be lost. */
Test(ring, id_that_comes_back_is_no_place)
{
	struct ring *ring = ring_create(100, id_key);
	uint64_t offset;

	append_id(ring, "a");
	append_id(ring, "b");
	append_id(ring, "a");
	append_id(ring, "c");
	cr_assert_not(ring_after_id(ring, LITERAL("a"), &offset));
	cr_assert(ring_after_id(ring, LITERAL("b"), &offset));
	check_from(ring, offset, "ac");
	/* the first of them is forgotten */
	ring_trim(ring, 2);
	cr_assert(ring_after_id(ring, LITERAL("a"), &offset));
	check_from(ring, offset, "c");
	ring_destroy(ring);
}

Test(ring, of_events_of_one_id_in_a_row_the_first_counts)
{
	struct ring *ring = ring_create(100, id_key);
	uint64_t offset;

	append_id(ring, "b");
	append_block(ring, LITERAL("a1"), true, 1, UINT64_MAX);
	append_block(ring, LITERAL("a2"), true, 1, UINT64_MAX);
	append_block(ring, LITERAL("a3"), true, 1, UINT64_MAX);
	append_id(ring, "c");
	cr_assert(ring_after_id(ring, LITERAL("a"), &offset));
	check_from(ring, offset, "a2a3c");
	ring_trim(ring, 1);
	cr_assert(ring_after_id(ring, LITERAL("a"), &offset));
	check_from(ring, offset, "a2a3c");
	ring_destroy(ring);
}

Test(ring, row_that_began_before_the_ring_is_no_place)
{
	struct ring *ring = ring_create(100, id_key);
	uint64_t offset;

	append_block(ring, LITERAL("a1"), true, 1, UINT64_MAX);
	append_comment(ring, ":");
	append_block(ring, LITERAL("a2"), true, 1, UINT64_MAX);
	append_block(ring, LITERAL("a3"), true, 1, UINT64_MAX);
	append_id(ring, "c");
	ring_trim(ring, 3);
	cr_assert_not(ring_after_id(ring, LITERAL("a"), &offset));
	cr_assert(ring_after_id(ring, LITERAL("c"), &offset));
	ring_trim(ring, 7);
	cr_assert_not(ring_after_id(ring, LITERAL("a"), &offset));
	cr_assert(ring_after_id(ring, LITERAL("c"), &offset));
	ring_destroy(ring);
}

Test(ring, comments_between_events_of_one_id_do_not_break_their_row)
{
	struct ring *ring = ring_create(100, id_key);
	uint64_t offset;

	append_block(ring, LITERAL("a1"), true, 1, UINT64_MAX);
	append_comment(ring, ":");
	append_comment(ring, ";");
	append_block(ring, LITERAL("a2"), true, 1, UINT64_MAX);
	append_comment(ring, "!");
	cr_assert(ring_after_id(ring, LITERAL("a"), &offset));
	check_from(ring, offset, ":;a2!");
	ring_destroy(ring);
}

Test(ring, other_ids_and_events_without_one_break_the_row)
{
	struct ring *ring = ring_create(100, id_key);
	uint64_t offset;

	append_block(ring, LITERAL("a1"), true, 1, UINT64_MAX);
	append_block(ring, LITERAL("b1"), false, 1, UINT64_MAX);
	append_block(ring, LITERAL("a2"), true, 1, UINT64_MAX);
	cr_assert_not(ring_after_id(ring, LITERAL("a"), &offset));
	cr_assert(ring_after_id(ring, LITERAL("b"), &offset));
	check_from(ring, offset, "a2");
	append_event(ring, "-");
	append_block(ring, LITERAL("c1"), true, 1, UINT64_MAX);
	append_event(ring, "-");
	append_block(ring, LITERAL("c2"), true, 1, UINT64_MAX);
	cr_assert_not(ring_after_id(ring, LITERAL("c"), &offset));
	ring_destroy(ring);
}

Test(ring, events_of_one_id_at_its_very_beginning_are_in_a_row_too)
{
	struct ring *ring = ring_create(100, id_key);
	uint64_t offset;

	append_block(ring, LITERAL("a1"), true, 1, UINT64_MAX);
	append_block(ring, LITERAL("a2"), true, 1, UINT64_MAX);
	cr_assert(ring_after_id(ring, LITERAL("a"), &offset));
	check_from(ring, offset, "a2");
	ring_destroy(ring);
}

Test(ring, blocks_of_an_id_are_counted)
{
	struct ring *ring = ring_create(100, id_key);
	uint64_t offset;

	append_event(ring, "a");
	cr_assert_eq(ring_after_id(ring, LITERAL("a"), &offset), 0);
	append_id(ring, "b");
	append_id(ring, "a");
	append_id(ring, "a");
	append_id(ring, "ab");
	cr_assert_eq(ring_after_id(ring, LITERAL("a"), &offset), 2);
	cr_assert_eq(ring_after_id(ring, LITERAL("b"), &offset), 1);
	cr_assert_eq(ring_after_id(ring, LITERAL("c"), &offset), 0);
	ring_trim(ring, ring_end(ring));
	cr_assert_eq(ring_after_id(ring, LITERAL("b"), &offset), 0);
	append_id(ring, "b");
	cr_assert_eq(ring_after_id(ring, LITERAL("b"), &offset), 1);
	ring_destroy(ring);
}

/* Each of them is found while it is there, however often the index grows. */
Test(ring, id_is_found_among_thousands)
{
	struct ring *ring = ring_create(50000, id_key);
	uint64_t offset;

	for (unsigned i = 0; i < 20000; i++) {
		char id[16];

		snprintf(id, sizeof(id), "%u;", i);
		append_id(ring, id);
		for (unsigned back = 1; back <= 16384; back *= 2) {
			uint64_t at = ring_last(ring, back);

			if (back > i + 1)
				break;
			snprintf(id, sizeof(id), "%u;", i + 1 - back);
			if (at == ring_start(ring))
				break;
			cr_assert_eq(
			    ring_after_id(ring, span_of(id), &offset), 1);
			cr_assert_eq(offset, at + strlen(id));
		}
		snprintf(id, sizeof(id), "%u;", i + 1);
		cr_assert_eq(ring_after_id(ring, span_of(id), &offset), 0);
	}
	cr_assert_not(ring_after_id(ring, LITERAL("0;"), &offset));
	ring_destroy(ring);
}

Test(ring, last_events_are_found_from_the_end)
{
	struct ring *ring = ring_create(100, id_key);

	append_comment(ring, "A");
	append_event(ring, "1");
	append_event(ring, "2");
	append_comment(ring, "B");
	append_event(ring, "3");
	append_comment(ring, "C");
	check_from(ring, ring_last(ring, 0), "");
	check_from(ring, ring_last(ring, 1), "3C");
	check_from(ring, ring_last(ring, 2), "2B3C");
	check_from(ring, ring_last(ring, 3), "12B3C");
	check_from(ring, ring_last(ring, 4), "A12B3C");
	check_from(ring, ring_last(ring, UINT64_MAX), "A12B3C");
	ring_trim(ring, 2);
	check_from(ring, ring_last(ring, UINT64_MAX), "2B3C");
	ring_destroy(ring);
}
