/* SPDX-License-Identifier: MIT */

/*
 * What the fuzzer checks of any content and any cuts of what is sent is checked
 * here for cuts from a seed and for each cut of a short content.
 */

#include "../fuzz/fastcgi_writer_fuzz.c"

#include "helpers.h"

static struct viewer
viewer_of(size_t n)
{
	make_content();
	return (struct viewer){.writer = fastcgi_writer_of(ID), .end = n};
}

/* One call of writev takes at most max bytes.  Returns how many. */
static size_t
send_up_to(struct viewer *viewer, size_t max)
{
	struct iovec part = {
	    content + viewer->sent, viewer->end - viewer->sent};
	size_t taken = send_parts(viewer, &part, 1, max);

	check(viewer);
	return taken;
}

static void
finish(struct viewer *viewer)
{
	cr_assert_eq(viewer->sent, viewer->end);
	cr_assert_not(fastcgi_writer_in_record(&viewer->writer));
	bytes_free(&viewer->received);
}

Test(fastcgi_writer, is_small)
{
	cr_assert_leq(sizeof(struct fastcgi_writer), 8);
}

Test(fastcgi_writer, borrows_the_content_and_passes_over_empty_parts)
{
	struct fastcgi_writer writer = fastcgi_writer_of(0x1203);
	char text[] = "data";
	struct iovec parts[] = {{text, 3}, {text, 0}, {text + 3, 1}};
	struct iovec out[FASTCGI_WRITER_PARTS];
	struct fastcgi_headers headers;

	cr_assert_eq(fastcgi_writer_wrap(&writer, parts, 3, &headers, out), 3);
	cr_assert_eq(out[0].iov_len, 8);
	cr_assert_arr_eq(out[0].iov_base, "\1\6\x12\3\0\4\0\0", 8);
	cr_assert_eq(out[1].iov_base, text);
	cr_assert_eq(out[1].iov_len, 3);
	cr_assert_eq(out[2].iov_base, text + 3);
	cr_assert_eq(out[2].iov_len, 1);
	cr_assert_eq(headers.content_n, 4);
}

Test(fastcgi_writer, has_nothing_to_say_without_content)
{
	struct fastcgi_writer writer = fastcgi_writer_of(1);
	struct iovec parts[] = {{content, 0}, {NULL, 0}};
	struct iovec out[FASTCGI_WRITER_PARTS];
	struct fastcgi_headers headers;

	for (int n = 0; n <= 2; n++)
		cr_assert_eq(
		    fastcgi_writer_wrap(&writer, parts, n, &headers, out), 0);
	cr_assert_eq(fastcgi_writer_account(&writer, &headers, 0), 0);
	cr_assert_not(fastcgi_writer_in_record(&writer));
}

Test(fastcgi_writer, needs_as_few_records_as_can_hold_the_content)
{
	static const size_t cases[][2] = {{1, 1}, {65534, 1}, {65535, 1},
	    {65536, 2}, {131070, 2}, {131071, 3}, {4 * 65535, 4}};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct viewer viewer = viewer_of(cases[i][0]);

		cr_assert_eq(send_up_to(&viewer, SIZE_MAX),
		    cases[i][0] + 8 * cases[i][1]);
		finish(&viewer);
	}
}

Test(fastcgi_writer, leaves_what_is_beyond_four_records)
{
	struct viewer viewer = viewer_of(5 * 65535);

	send_up_to(&viewer, 3); /* of the header of the first */
	cr_assert_eq(send_up_to(&viewer, SIZE_MAX), 4 * (65535 + 8) - 3);
	cr_assert_eq(send_up_to(&viewer, SIZE_MAX), 65535 + 8);
	finish(&viewer);
}

/* Each cut of what was laid out, and each cut of the rest of it. */
Test(fastcgi_writer, goes_on_after_every_cut)
{
	for (size_t first = 0; first <= 30; first++)
		for (size_t second = 0; second + first <= 30; second++) {
			struct viewer viewer = viewer_of(22);

			cr_assert_eq(send_up_to(&viewer, first), first);
			cr_assert_eq(send_up_to(&viewer, second), second);
			cr_assert_eq(
			    send_up_to(&viewer, SIZE_MAX), 30 - first - second);
			finish(&viewer);
		}
}

/* What came since does not fit into a record that has told its length. */
Test(fastcgi_writer, keeps_to_a_length_that_was_told)
{
	for (size_t cut = 0; cut <= 11; cut++) {
		struct viewer viewer = viewer_of(3);

		send_up_to(&viewer, cut);
		viewer.end = 6;
		cr_assert_eq(send_up_to(&viewer, SIZE_MAX),
		    cut == 0 ? 14 : 11 - cut + 11);
		finish(&viewer);
	}
}

Test(fastcgi_writer, may_be_offered_the_rest_of_a_record_piece_by_piece)
{
	for (size_t cut = 1; cut < 14; cut++) {
		struct viewer viewer = viewer_of(6);

		send_up_to(&viewer, cut);
		for (viewer.end = viewer.sent; viewer.end < 6; viewer.end++)
			send_up_to(&viewer, SIZE_MAX);
		send_up_to(&viewer, SIZE_MAX);
		finish(&viewer);
		cr_assert_eq(viewer.content_whole, 6);
	}
}

Test(fastcgi_writer, loses_nothing_under_random_cuts)
{
	uint64_t random = 20061;
	uint8_t input[400];

	for (int i = 0; i < 100; i++) {
		for (size_t j = 0; j < sizeof(input); j++)
			input[j] = (uint8_t)random_to(&random, 255);
		LLVMFuzzerTestOneInput(input, sizeof(input));
	}
}
