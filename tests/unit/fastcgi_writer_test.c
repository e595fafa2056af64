/* SPDX-License-Identifier: MIT */

#include "gateways/fastcgi_writer.h"

#include "helpers.h"

#include "fastcgi_records.h"

enum { ID = 0x1203 };

/* A viewer of that content, whose connection takes what it is told to. */
struct viewer {
	struct fastcgi_writer writer;
	struct bytes received;
	const char *content;
	size_t sent;    /* bytes of content */
	size_t end;     /* how much of it there is so far */
	size_t cuts[2]; /* where its parts end, besides */
};

static char *
make_content(size_t n)
{
	char *content = malloc(n + 1);

	cr_assert_not_null(content);
	for (size_t i = 0; i < n; i++)
		content[i] = (char)(i * 7 + i / 251);
	return content;
}

static struct viewer
viewer_of(const char *content, size_t n)
{
	return (struct viewer){
	    .writer = fastcgi_writer_of(ID),
	    .content = content,
	    .end = n,
	};
}

/* What is left of the content, in parts. */
static int
offer(const struct viewer *viewer, struct iovec parts[FASTCGI_CONTENT_PARTS])
{
	size_t from = viewer->sent;
	int n = 0;

	for (int i = 0; i < 3; i++) {
		size_t to = i < 2 ? viewer->cuts[i] : viewer->end;

		if (to <= from || to > viewer->end)
			continue;
		parts[n].iov_base = (void *)(uintptr_t)(viewer->content + from);
		parts[n++].iov_len = to - from;
		from = to;
	}
	return n;
}

/* One call of writev that takes at most max bytes; returns how many. */
static size_t
send_some(struct viewer *viewer, size_t max)
{
	struct iovec content[FASTCGI_CONTENT_PARTS], out[FASTCGI_WRITER_PARTS];
	struct fastcgi_headers headers;
	int n = fastcgi_writer_wrap(
	    &viewer->writer, content, offer(viewer, content), &headers, out);
	size_t taken = 0;

	cr_assert_leq(n, FASTCGI_WRITER_PARTS);
	for (int i = 0; i < n; i++) {
		size_t part = out[i].iov_len;

		cr_assert_gt(part, 0);
		if (part > max - taken)
			part = max - taken;
		bytes_put(&viewer->received, out[i].iov_base, part);
		taken += part;
	}
	viewer->sent +=
	    fastcgi_writer_account(&viewer->writer, &headers, taken);
	return taken;
}

/* The content that arrived in whole records, and what comes after these. */
static struct span
take_apart(const struct viewer *viewer, struct bytes *content)
{
	struct span rest = bytes_span(&viewer->received);
	struct record record;

	while (next_record(&rest, &record)) {
		cr_assert_eq(record.version, 1);
		cr_assert_eq(record.type, STDOUT);
		cr_assert_eq(record.id, ID);
		cr_assert_eq(record.padding, 0);
		cr_assert_gt(record.content.n, 0);
		bytes_put(content, record.content.bytes, record.content.n);
	}
	return rest;
}

/* Whether what was received is in accord with what the writer says. */
static void
assert_in_step(const struct viewer *viewer)
{
	struct bytes content = {0};
	struct span rest = take_apart(viewer, &content);

	cr_assert_eq(fastcgi_writer_in_record(&viewer->writer), rest.n > 0);
	if (rest.n > 8)
		bytes_put(&content, rest.bytes + 8, rest.n - 8);
	cr_assert_eq(content.n, viewer->sent);
	assert_span(bytes_span(&content),
	    ((struct span){content.n ? viewer->content : "", viewer->sent}));
	bytes_free(&content);
}

static void
assert_all_sent(struct viewer *viewer)
{
	cr_assert_eq(viewer->sent, viewer->end);
	cr_assert(!fastcgi_writer_in_record(&viewer->writer));
	assert_in_step(viewer);
	bytes_free(&viewer->received);
}

Test(fastcgi_writer, is_small)
{
	cr_assert_leq(sizeof(struct fastcgi_writer), 8);
}

Test(fastcgi_writer, wraps_a_batch_in_one_record)
{
	struct viewer viewer = viewer_of("data: a\n\ndata: b\n\n", 18);

	viewer.cuts[0] = 9;
	cr_assert_eq(send_some(&viewer, SIZE_MAX), 26);
	assert_span(bytes_span(&viewer.received),
	    LITERAL("\1\6\x12\3\0\22\0\0data: a\n\ndata: b\n\n"));
	assert_all_sent(&viewer);
}

Test(fastcgi_writer, borrows_the_content)
{
	struct fastcgi_writer writer = fastcgi_writer_of(1);
	char text[] = "text";
	struct iovec content[2] = {{text, 3}, {text + 3, 1}};
	struct iovec out[FASTCGI_WRITER_PARTS];
	struct fastcgi_headers headers;

	cr_assert_eq(
	    fastcgi_writer_wrap(&writer, content, 2, &headers, out), 3);
	cr_assert_eq(out[0].iov_base, headers.bytes[0]);
	cr_assert_eq(out[0].iov_len, 8);
	cr_assert_eq(out[1].iov_base, text);
	cr_assert_eq(out[1].iov_len, 3);
	cr_assert_eq(out[2].iov_base, text + 3);
	cr_assert_eq(out[2].iov_len, 1);
	cr_assert_eq(headers.content_n, 4);
}

Test(fastcgi_writer, has_nothing_to_say_without_content)
{
	struct fastcgi_writer writer = fastcgi_writer_of(1);
	char text[] = "";
	struct iovec content[3] = {{text, 0}, {text, 0}, {NULL, 0}};
	struct iovec out[FASTCGI_WRITER_PARTS];
	struct fastcgi_headers headers;

	cr_assert_eq(
	    fastcgi_writer_wrap(&writer, content, 0, &headers, out), 0);
	cr_assert_eq(
	    fastcgi_writer_wrap(&writer, content, 3, &headers, out), 0);
	cr_assert_eq(fastcgi_writer_account(&writer, &headers, 0), 0);
	cr_assert(!fastcgi_writer_in_record(&writer));
}

Test(fastcgi_writer, passes_over_empty_parts)
{
	struct fastcgi_writer writer = fastcgi_writer_of(1);
	char text[] = "ab";
	struct iovec content[3] = {{text, 0}, {text, 2}, {NULL, 0}};
	struct iovec out[FASTCGI_WRITER_PARTS];
	struct fastcgi_headers headers;

	cr_assert_eq(
	    fastcgi_writer_wrap(&writer, content, 3, &headers, out), 2);
	cr_assert_eq(out[1].iov_base, text);
	cr_assert_eq(out[1].iov_len, 2);
	cr_assert_eq(fastcgi_writer_account(&writer, &headers, 10), 2);
}

static void
check_split(size_t n, size_t n_records)
{
	char *content = make_content(n);
	struct viewer viewer = viewer_of(content, n);

	cr_assert_eq(send_some(&viewer, SIZE_MAX), n + 8 * n_records);
	assert_all_sent(&viewer);
	free(content);
}

Test(fastcgi_writer, splits_at_what_a_record_can_hold)
{
	check_split(1, 1);
	check_split(65534, 1);
	check_split(65535, 1);
	check_split(65536, 2);
	check_split(131070, 2);
	check_split(131071, 3);
	check_split(4 * 65535, 4);
}

Test(fastcgi_writer, leaves_what_is_beyond_four_records)
{
	size_t n = 4 * 65535 + 1;
	char *content = make_content(n);
	struct viewer viewer = viewer_of(content, n);

	cr_assert_eq(send_some(&viewer, SIZE_MAX), n - 1 + 4 * 8);
	cr_assert_eq(viewer.sent, n - 1);
	assert_in_step(&viewer);
	cr_assert_eq(send_some(&viewer, SIZE_MAX), 9);
	assert_all_sent(&viewer);
	free(content);
}

Test(fastcgi_writer, counts_the_record_that_was_begun_as_one_of_four)
{
	size_t n = 5 * 65535;
	char *content = make_content(n);
	struct viewer viewer = viewer_of(content, n);

	send_some(&viewer, 3);
	cr_assert_eq(send_some(&viewer, SIZE_MAX), 4 * (65535 + 8) - 3);
	assert_in_step(&viewer);
	send_some(&viewer, 9);
	cr_assert_eq(viewer.sent, 4 * 65535 + 1);
	cr_assert_eq(send_some(&viewer, SIZE_MAX), 65534);
	assert_all_sent(&viewer);
	free(content);
}

Test(fastcgi_writer, finds_room_for_any_parts)
{
	size_t n = 4 * 65535;
	char *content = make_content(n);

	for (size_t i = 0; i <= 4; i++)
		for (size_t j = i; j <= 4; j++)
			for (size_t begun = 0; begun < 12; begun += 4) {
				struct viewer viewer = viewer_of(content, n);

				viewer.cuts[0] = i * 60000 + 100;
				viewer.cuts[1] = j * 60000 + 200;
				send_some(&viewer, begun);
				send_some(&viewer, SIZE_MAX);
				assert_all_sent(&viewer);
			}
	free(content);
}

/* Each cut of what was laid out, and each cut of the rest of it. */
Test(fastcgi_writer, goes_on_after_every_cut)
{
	const char *content = "data: one\n\ndata: two\n\n";

	for (size_t first = 0; first <= 30; first++)
		for (size_t second = 0; second + first <= 30; second++) {
			struct viewer viewer = viewer_of(content, 22);

			viewer.cuts[0] = 7;
			viewer.cuts[1] = 11;
			cr_assert_eq(send_some(&viewer, first), first);
			assert_in_step(&viewer);
			cr_assert_eq(send_some(&viewer, second), second);
			assert_in_step(&viewer);
			cr_assert_eq(
			    send_some(&viewer, SIZE_MAX), 30 - first - second);
			assert_all_sent(&viewer);
		}
}

Test(fastcgi_writer, goes_on_after_every_byte)
{
	const char *content = "data: one\n\ndata: two\n\n";
	struct viewer viewer = viewer_of(content, 22);

	for (size_t i = 0; i < 30; i++) {
		cr_assert_eq(send_some(&viewer, 1), 1);
		assert_in_step(&viewer);
	}
	cr_assert_eq(send_some(&viewer, 1), 0);
	assert_all_sent(&viewer);
}

Test(fastcgi_writer, goes_on_after_a_cut_in_any_of_four_headers)
{
	size_t n = 4 * 65535;
	char *content = make_content(n);

	for (size_t record = 0; record < 4; record++)
		for (size_t cut = 0; cut < 18; cut++) {
			struct viewer viewer = viewer_of(content, n);
			size_t at = record * (65535 + 8) + cut;

			at = at < 5 ? 0 : at - 5;
			cr_assert_eq(send_some(&viewer, at), at);
			assert_in_step(&viewer);
			cr_assert_eq(send_some(&viewer, 4), 4);
			while (send_some(&viewer, SIZE_MAX) > 0)
				;
			assert_all_sent(&viewer);
		}
	free(content);
}

/* What came since does not fit into a record that has told its length. */
Test(fastcgi_writer, keeps_to_a_length_that_was_told)
{
	for (size_t cut = 0; cut <= 11; cut++) {
		struct viewer viewer = viewer_of("abcdef", 3);
		struct span rest;
		struct record record;

		send_some(&viewer, cut);
		viewer.end = 6;
		while (send_some(&viewer, SIZE_MAX) > 0)
			;
		rest = bytes_span(&viewer.received);
		cr_assert(next_record(&rest, &record));
		cr_assert_eq(record.content.n, cut == 0 ? 6 : 3);
		assert_all_sent(&viewer);
	}
}

Test(fastcgi_writer, may_be_offered_the_rest_of_a_record_piece_by_piece)
{
	for (size_t cut = 1; cut < 14; cut++) {
		struct viewer viewer = viewer_of("abcdef", 6);

		send_some(&viewer, cut);
		for (viewer.end = viewer.sent; viewer.end < 6; viewer.end++) {
			send_some(&viewer, SIZE_MAX);
			assert_in_step(&viewer);
		}
		send_some(&viewer, SIZE_MAX);
		cr_assert_eq(viewer.received.n, 14);
		assert_all_sent(&viewer);
	}
}

Test(fastcgi_writer, loses_nothing_under_random_cuts)
{
	uint64_t random = 20061;
	size_t n = 1 << 20;
	char *content = make_content(n);

	for (int i = 0; i < 20; i++) {
		struct viewer viewer = viewer_of(content, 0);

		while (viewer.sent < n) {
			size_t more = random_to(&random, 100000);
			size_t max = random_to(&random, 3)
			    ? random_to(&random, 200000)
			    : random_to(&random, 20);

			viewer.end =
			    n - viewer.end < more ? n : viewer.end + more;
			viewer.cuts[0] = viewer.sent + random_to(&random, 99);
			viewer.cuts[1] = random_to(&random, n);
			send_some(&viewer, max);
		}
		assert_all_sent(&viewer);
	}
	free(content);
}
