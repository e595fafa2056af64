/* SPDX-License-Identifier: MIT */

#include "pipecat/batch.h"

#include "helpers.h"

enum { MAX_LINE = 10 };

/* What a poster makes of the input: each batch, and sizes of skipped lines. */
struct poster {
	struct batch batch;
	struct bytes posted, skipped;
};

static void
note_skipped(struct poster *poster, uint64_t size)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu ", (unsigned long long)size);
	if (size > 0)
		sink_text(bytes_sink(&poster->skipped), text);
}

static void
post_all(struct poster *poster)
{
	struct span lines;

	while ((lines = batch_lines(&poster->batch)).n > 0) {
		sink_span(bytes_sink(&poster->posted), lines);
		batch_drop(&poster->batch, lines.n);
	}
}

static void
offer(struct poster *poster, struct span input)
{
	while (input.n > 0) {
		size_t room;
		char *at = batch_room(&poster->batch, &room);
		struct span part = span_take(&input, room);
		uint64_t size;

		cr_assert_gt(part.n, 0, "no room");
		memcpy(at, part.bytes, part.n);
		for (size = batch_take(&poster->batch, part.n); size > 0;
		     size = batch_take(&poster->batch, 0))
			note_skipped(poster, size);
		post_all(poster);
	}
}

static const struct {
	const char *input, *posted, *skipped;
} rows[] = {
    {"", "", ""},
    {"a\nb\n", "a\nb\n", ""},
    {"a\n\n\nb", "a\n\n\nb\n", ""},
    {"0123456789\n", "0123456789\n", ""},
    {"01234567890\n", "", "11 "},
    {"a\n01234567890123456789\nb\n01234567890", "a\nb\n", "20 11 "},
    {"01234567890\n01234567890\nc\n", "c\n", "11 11 "},
};

Test(pipecat_batch, posts_whole_lines_whatever_the_pieces)
{
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct span input = span_of(rows[i].input);

		for (size_t cut = 1; cut <= input.n + 1; cut++) {
			struct poster poster = {0};
			struct span rest = input;

			batch_init(&poster.batch, MAX_LINE);
			while (rest.n > 0)
				offer(&poster, span_take(&rest, cut));
			note_skipped(&poster, batch_finish(&poster.batch));
			post_all(&poster);
			assert_span(bytes_span(&poster.posted),
			    span_of(rows[i].posted));
			assert_span(bytes_span(&poster.skipped),
			    span_of(rows[i].skipped));
			bytes_free(&poster.skipped);
			batch_fini(&poster.batch);
			bytes_free(&poster.posted);
		}
	}
}

Test(pipecat_batch, is_bounded_and_kept_until_it_is_acknowledged)
{
	static const char line[] = "0123456\n";
	struct batch batch;
	size_t room, n = sizeof(line) - 1;
	char *at;

	batch_init(&batch, MAX_LINE);
	while (at = batch_room(&batch, &room), room >= n) {
		memcpy(at, line, n);
		cr_assert_eq(batch_take(&batch, n), 0);
	}
	cr_assert_eq(batch_lines(&batch).n, BATCH_MAX);
	assert_span(
	    batch_first_lines(&batch, 2), span_of("0123456\n0123456\n"));
	cr_assert_eq(batch_first_lines(&batch, 1 << 20).n, BATCH_MAX);
	batch_drop(&batch, n);
	cr_assert_eq(batch_lines(&batch).n, BATCH_MAX);
	batch_fini(&batch);
}

Test(pipecat_batch, knows_how_much_of_a_refused_one_was_published)
{
	uint64_t n = 77;

	cr_assert(batch_is_partly_taken(
	    "Event 1, after 0 that were published: no", &n));
	cr_assert_eq(n, 0);
	cr_assert(batch_is_partly_taken(
	    "Event 2, after 1 that was published: no", &n));
	cr_assert_eq(n, 1);
	cr_assert_not(batch_is_partly_taken(
	    "Event 3, after 1 that were published: no", &n));
	cr_assert_not(batch_is_partly_taken("Event 1 is wrong", &n));
	cr_assert_not(batch_is_partly_taken("", &n));
}
