/* SPDX-License-Identifier: MIT */

#include "sources/block_end.h"

#include "helpers.h"

#include <errno.h>
#include <unistd.h>

Test(block_end, is_after_an_empty_line_however_lines_end)
{
	static const char *const ends[] = {"", "\n", "\r\n", "data: a\n\n",
	    "data: a\r\n\r\n", "data: a\r\r", "data: a\n\r\n", "a\r\n\n"};
	static const char *const others[] = {
	    "a", "a\n", "a\r\n", "a\r", "\na", "a\n\nb\n", "a\r\n\r\nb\r\n"};

	for (size_t i = 0; i < LENGTH(ends); i++)
		cr_assert(block_end_is_after(span_of(ends[i])), "%zu", i);
	for (size_t i = 0; i < LENGTH(others); i++)
		cr_assert_not(block_end_is_after(span_of(others[i])), "%zu", i);
}

/* The place that is found in a file of so many bytes and an end. */
static uint64_t
find(size_t n, const char *end, uint64_t from)
{
	FILE *file = tmpfile();
	struct bytes bytes = {0};
	uint64_t found = UINT64_MAX;

	for (size_t i = 0; i < n; i++)
		bytes_put(&bytes, "x", 1);
	bytes_put(&bytes, end, strlen(end));
	cr_assert_eq(write(fileno(file), bytes.at, bytes.n), (ssize_t)bytes.n);
	cr_assert_eq(block_end_find(fileno(file), from, bytes.n, &found), 0);
	bytes_free(&bytes);
	fclose(file);
	return found;
}

Test(block_end, is_found_wherever_it_lies_among_the_parts_that_are_read)
{
	for (size_t n = 4080; n < 4110; n++) {
		cr_assert_eq(find(n, "\n\n", 0), n + 2);
		cr_assert_eq(find(n, "\r\n\r\n", 0), n + 4);
		cr_assert_eq(find(0, "\n\n", 0), 2);
	}
	for (size_t n = 1; n < 10000; n += 97) {
		struct bytes rest = {0};

		bytes_put(&rest, "\r\n\r\n", 4);
		for (size_t i = 0; i < n; i++)
			bytes_put(&rest, "y\n", 2);
		bytes_put(&rest, "", 1);
		cr_assert_eq(find(n, rest.at, 0), n + 4);
		cr_assert_eq(find(n, rest.at, n + 3), n + 4);
		cr_assert_eq(find(n, rest.at, n + 4), n + 4);
		bytes_free(&rest);
	}
}

Test(block_end, is_where_the_search_began_if_there_is_none)
{
	cr_assert_eq(find(9000, "", 0), 0);
	cr_assert_eq(find(9000, "\n", 17), 17);
}

Test(block_end, is_not_looked_for_in_a_file_that_has_become_shorter)
{
	FILE *file = tmpfile();
	uint64_t end;

	cr_assert_eq(write(fileno(file), "a\n\n", 3), 3);
	cr_assert_eq(block_end_find(fileno(file), 0, 4, &end), -EAGAIN);
	fclose(file);
}

Test(block_end, counts_the_bytes_of_whole_blocks)
{
	cr_assert_eq(block_end_count(LITERAL("data: a\n\ndata: b\n\n")), 18);
	cr_assert_eq(block_end_count(LITERAL("data: a\n\ndata: b\n")), 9);
	cr_assert_eq(block_end_count(LITERAL("data: a\n\n")), 9);
	cr_assert_eq(block_end_count(LITERAL("data: a\n")), 0);
}
