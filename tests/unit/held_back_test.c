/* SPDX-License-Identifier: MIT */

#include "sources/held_back.h"

#include "helpers.h"

struct read {
	size_t n;
	bool ends_in_line;
	uint64_t after_ms;
};

/* The first of the reads that tells, from 1 on; 0: none. */
static size_t
telling_read(const struct read *reads, size_t n_reads)
{
	struct held_back held_back;
	uint64_t now_ms = 1000;

	held_back_init(&held_back, now_ms);
	for (size_t i = 0; i < n_reads; i++) {
		now_ms += reads[i].after_ms;
		if (held_back_note(
			&held_back, reads[i].n, reads[i].ends_in_line, now_ms))
			return i + 1;
	}
	return 0;
}

#define TELLING(...) \
	telling_read((const struct read[]){__VA_ARGS__}, \
	    sizeof((const struct read[]){__VA_ARGS__}) / sizeof(struct read))

Test(held_back, is_seen_by_the_second_block_that_ends_in_a_line)
{
	cr_assert_eq(
	    TELLING({4096, true, 1700}, {4096, true, 1700}, {4096, true, 1700}),
	    2, "C");
	cr_assert_eq(
	    TELLING({8192, true, 60000}, {8192, true, 60000}), 2, "Perl");
}

Test(held_back, is_seen_by_the_third_block_of_whole_lines)
{
	cr_assert_eq(TELLING({8177, false, 900}, {8185, false, 900},
			 {8192, false, 900}, {8177, false, 900}),
	    3, "Python");
	cr_assert_eq(TELLING({8179, false, 900}, {8181, false, 900},
			 {8181, false, 900}, {8173, false, 900}),
	    4, "Python");
}

Test(held_back, is_not_seen_in_blocks_that_come_fast)
{
	cr_assert_eq(
	    TELLING({4096, true, 1700}, {4096, true, 100}, {4096, true, 1700},
		{4096, true, 0}, {4096, true, 499}, {4096, true, 499}),
	    0);
}

Test(held_back, is_not_seen_in_the_output_of_a_slow_start)
{
	cr_assert_eq(TELLING({4096, true, 5000}, {4096, true, 0},
			 {4096, true, 0}, {700, false, 0}),
	    0);
}

Test(held_back, is_not_seen_in_lines_as_they_come)
{
	cr_assert_eq(
	    TELLING({29, false, 1000}, {29, false, 1000}, {4096, false, 1000},
		{4096, false, 1000}, {60, true, 1000}, {60, true, 1000}),
	    0);
}

Test(held_back, is_not_seen_where_a_flush_comes_between)
{
	cr_assert_eq(
	    TELLING({4096, true, 1000}, {900, false, 1000}, {4096, true, 1000},
		{4000, true, 1000}, {65536, true, 1000}, {4096, true, 1000}),
	    0);
}

Test(held_back, is_not_seen_in_reports_of_one_size)
{
	cr_assert_eq(TELLING({8150, false, 1000}, {8150, false, 1000},
			 {8150, false, 1000}, {8150, false, 1000}),
	    0);
}

Test(held_back, is_not_seen_while_the_reader_waits)
{
	struct held_back held_back;
	uint64_t now_ms = 0;

	held_back_init(&held_back, now_ms);
	for (int i = 0; i < 5; i++) {
		cr_assert(
		    !held_back_note(&held_back, 4096, true, now_ms += 2000));
		held_back_skip(&held_back, now_ms += 2000);
	}
}
