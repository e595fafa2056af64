/* SPDX-License-Identifier: MIT */

#include "core/ring.h"

#include "ring_bytes.h"

#include <ctype.h>

/* Appends a block of that text; an id, if any, is the text's own beginning. */
static void
append_block(struct ring *ring, struct span text, bool is_event, size_t id_n)
{
	cr_assert_eq(ring_reserve(ring, text.n, id_n > 0, UINT64_MAX), 0);
	sink_span(ring_sink(ring), text);
	ring_commit(ring, is_event, (struct span){text.bytes, id_n});
}

static void
append_event(struct ring *ring, const char *text)
{
	append_block(ring, span_of(text), true, 0);
}

static void
append_comment(struct ring *ring, const char *text)
{
	append_block(ring, span_of(text), false, 0);
}

/* An event whose text is its id. */
static void
append_id(struct ring *ring, const char *id)
{
	append_block(ring, span_of(id), true, strlen(id));
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

Test(ring, is_filled_by_a_block_of_exactly_its_size)
{
	static const size_t sizes[] = {4096, 8192, 65536};

	for (size_t i = 0; i < LENGTH(sizes); i++) {
		struct ring *ring = ring_create(65536, id_key);
		char *text = calloc(1, sizes[i]);

		append_block(ring, (struct span){text, sizes[i]}, true, 0);
		cr_assert_eq(ring_end(ring) - ring_start(ring), sizes[i]);
		free(text);
		ring_destroy(ring);
	}
}

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

/* A stream that nobody publishes to costs next to nothing, others little. */
Test(ring, takes_no_memory_for_blocks_before_the_first)
{
	struct ring *ring = ring_create(1 << 20, id_key);

	cr_assert_leq(ring_memory(ring), 256);
	append_event(ring, "1");
	cr_assert_gt(ring_memory(ring), 512);
	cr_assert_leq(ring_memory(ring), 1024);
	ring_destroy(ring);
}

Test(ring, takes_at_most_thrice_its_limit_and_for_usual_events_twice)
{
	static const char event[] = "id: s-abcdefgh-1234\ndata: y\n\n";
	static const char *const shorts[] = {"\n", ":\n", "0123456\n"};

	cr_assert_leq(memory_after(1 << 20, 200000, event), (2 << 20) + 512);
	for (size_t i = 0; i < LENGTH(shorts); i++)
		cr_assert_leq(
		    memory_after(1 << 16, 500000, shorts[i]), (3 << 16) + 512);
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

/*
 * Appends blocks: of an event with that letter for an id, of no event if it is
 * a capital, of an event without an id for "-", of a comment for ":".
 */
static void
append_letters(struct ring *ring, const char *letters)
{
	for (; *letters; letters++) {
		char id = (char)tolower(*letters);

		cr_assert_eq(ring_reserve(ring, 1, true, UINT64_MAX), 0);
		sink_span(ring_sink(ring), (struct span){letters, 1});
		ring_commit(ring, islower(*letters) || id == '-',
		    (struct span){&id, isalpha(id) ? 1 : 0});
	}
}

/* If not, nobody knows which of them was seen. */
Test(ring, id_is_a_place_if_its_events_are_in_one_row)
{
	static const struct {
		const char *blocks;
		unsigned n_trimmed;
		struct span id;
		size_t n; /* events of that id, 0: it is no place */
		const char *wanted;
	} cases[] = {
	    {"abac", 0, LITERAL("a"), 0, NULL},
	    {"abac", 0, LITERAL("b"), 1, "ac"},
	    {"abac", 2, LITERAL("a"), 1, "c"}, /* the first is forgotten */
	    {"aab", 0, LITERAL("a"), 2, "ab"}, /* the first of the row counts */
	    {"baaac", 1, LITERAL("a"), 3, "aac"},
	    {"a:aac", 2, LITERAL("a"), 0, NULL}, /* it began before */
	    {"a:aac", 4, LITERAL("a"), 0, NULL},
	    {"a:aac", 4, LITERAL("c"), 1, ""},
	    {"a::a:", 0, LITERAL("a"), 2,
		"::a:"}, /* comments do not break it */
	    {"aBa", 0, LITERAL("a"), 0, NULL},
	    {"aBa", 0, LITERAL("b"), 1, "a"},
	    {"a-a", 0, LITERAL("a"), 0, NULL},
	    {"ab", 2, LITERAL("b"), 0, NULL},
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct ring *ring = ring_create(100, id_key);
		uint64_t offset;

		append_letters(ring, cases[i].blocks);
		ring_trim(ring, cases[i].n_trimmed);
		cr_assert_eq(ring_after_id(ring, cases[i].id, &offset),
		    cases[i].n, "case %zu", i);
		if (cases[i].wanted)
			check_from(ring, offset, cases[i].wanted);
		ring_destroy(ring);
	}
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
