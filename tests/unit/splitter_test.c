/* SPDX-License-Identifier: MIT */

#include "formats/splitter.h"

#include "helpers.h"

/*
 * What a splitter said, as text: "(abc)" for a record, "<9>" for one over the
 * cap.  Each is followed by the position if positions are wanted.
 */
struct told {
	struct bytes text;
	bool positions;
};

static void
tell(struct told *told, const struct splitter *splitter, enum split what,
    struct span record)
{
	struct byte_sink sink = bytes_sink(&told->text);
	char number[32];

	if (what == SPLIT_RECORD) {
		cr_assert_not_null(record.bytes);
		sink_text(sink, "(");
		sink_span(sink, record);
		sink_text(sink, ")");
	} else {
		snprintf(number, sizeof(number), "<%zu>", record.n);
		sink_text(sink, number);
	}
	if (told->positions) {
		snprintf(number, sizeof(number), "%llu",
		    (unsigned long long)splitter->position);
		sink_text(sink, number);
	}
}

static void
feed(struct splitter *splitter, struct span piece, struct told *told)
{
	char *copy = copy_of(piece);
	struct span input = {copy, piece.n}, record;
	enum split what;

	while ((what = splitter_next(splitter, &input, &record)) != SPLIT_MORE)
		tell(told, splitter, what, record);
	cr_assert_eq(input.n, 0);
	free(copy);
}

static void
finish(struct splitter *splitter, struct told *told)
{
	struct span record;
	enum split what;

	while ((what = splitter_finish(splitter, &record)) != SPLIT_MORE)
		tell(told, splitter, what, record);
}

static struct bytes
split_in_pieces(struct span input, enum split_by by, size_t cap, unsigned cuts,
    bool positions)
{
	struct told told = {.positions = positions};
	struct splitter splitter;
	size_t from = 0;

	splitter_init(&splitter, by, cap, 0, false);
	for (size_t at = 1; at <= input.n; at++) {
		if (at < input.n && !(cuts >> (at - 1) & 1))
			continue;
		feed(&splitter, (struct span){input.bytes + from, at - from},
		    &told);
		from = at;
	}
	cr_assert_eq(splitter.position, input.n);
	finish(&splitter, &told);
	splitter_fini(&splitter);
	return told.text;
}

static void
check(struct span input, enum split_by by, size_t cap, struct span wanted)
{
	unsigned ways = input.n ? 1u << (input.n - 1) : 1;

	cr_assert_leq(input.n, 12);
	for (unsigned cuts = 0; cuts < ways; cuts++) {
		struct bytes text =
		    split_in_pieces(input, by, cap, cuts, false);

		assert_span(bytes_span(&text), wanted);
		bytes_free(&text);
	}
}

Test(splitter, lines_end_with_lf_cr_or_crlf)
{
	check(LITERAL("ab\nc\n"), SPLIT_BY_LINE, 9, LITERAL("(ab)(c)"));
	check(LITERAL("ab\rc\r"), SPLIT_BY_LINE, 9, LITERAL("(ab)(c)"));
	check(LITERAL("ab\r\nc\r\n"), SPLIT_BY_LINE, 9, LITERAL("(ab)(c)"));
	check(
	    LITERAL("a\rb\nc\r\nd"), SPLIT_BY_LINE, 9, LITERAL("(a)(b)(c)(d)"));
}

Test(splitter, empty_lines_are_records)
{
	check(LITERAL("\n\n"), SPLIT_BY_LINE, 9, LITERAL("()()"));
	check(LITERAL("\r\r"), SPLIT_BY_LINE, 9, LITERAL("()()"));
	check(LITERAL("\r\n\r\n"), SPLIT_BY_LINE, 9, LITERAL("()()"));
	check(LITERAL("\n\r\n\r"), SPLIT_BY_LINE, 9, LITERAL("()()()"));
	check(LITERAL("a\r\n\na"), SPLIT_BY_LINE, 9, LITERAL("(a)()(a)"));
}

Test(splitter, last_line_needs_no_end)
{
	check(LITERAL(""), SPLIT_BY_LINE, 9, LITERAL(""));
	check(LITERAL("a"), SPLIT_BY_LINE, 9, LITERAL("(a)"));
	check(LITERAL("a\nb"), SPLIT_BY_LINE, 9, LITERAL("(a)(b)"));
	check(LITERAL("a\r"), SPLIT_BY_LINE, 9, LITERAL("(a)"));
}

Test(splitter, nul_is_a_byte_of_a_line)
{
	check(LITERAL("a\0b\nc\0"), SPLIT_BY_LINE, 9, LITERAL("(a\0b)(c\0)"));
}

Test(splitter, by_nul_line_ends_are_bytes_of_a_record)
{
	check(LITERAL("a\nb\r\0\r\nc\0"), SPLIT_BY_NUL, 9,
	    LITERAL("(a\nb\r)(\r\nc)"));
	check(LITERAL("\0\0a"), SPLIT_BY_NUL, 9, LITERAL("()()(a)"));
	check(LITERAL("\r\0\n\0"), SPLIT_BY_NUL, 9, LITERAL("(\r)(\n)"));
}

Test(splitter, record_of_exactly_the_cap_is_whole)
{
	check(LITERAL("abcd\nabcd\r\n"), SPLIT_BY_LINE, 4,
	    LITERAL("(abcd)(abcd)"));
	check(LITERAL("abcd"), SPLIT_BY_LINE, 4, LITERAL("(abcd)"));
	check(LITERAL("abcd\0"), SPLIT_BY_NUL, 4, LITERAL("(abcd)"));
}

Test(splitter, record_over_the_cap_is_told_by_its_size)
{
	check(LITERAL("abcde\nab\n"), SPLIT_BY_LINE, 4, LITERAL("<5>(ab)"));
	check(LITERAL("abcdefg\r\nab\n"), SPLIT_BY_LINE, 4, LITERAL("<7>(ab)"));
	check(LITERAL("a\nabcdefgh"), SPLIT_BY_LINE, 4, LITERAL("(a)<8>"));
	check(LITERAL("abcdef\0ab\0"), SPLIT_BY_NUL, 4, LITERAL("<6>(ab)"));
	check(LITERAL("abcde\rabcdef"), SPLIT_BY_LINE, 4, LITERAL("<5><6>"));
	check(LITERAL("a\n\nb"), SPLIT_BY_LINE, 0, LITERAL("<1>()<1>"));
}

/* The same by the definition, from whole input. */
static struct bytes
split_by_definition(struct span input, size_t cap)
{
	struct told told = {0};
	size_t from = 0, i = 0;

	while (i <= input.n) {
		struct span record = {input.bytes + from, i - from};
		bool end = i == input.n;

		if (!end && input.bytes[i] != '\r' && input.bytes[i] != '\n') {
			i++;
			continue;
		}
		if (!end || record.n > 0)
			tell(&told, NULL,
			    record.n > cap ? SPLIT_TOO_LONG : SPLIT_RECORD,
			    record);
		if (i + 1 < input.n && input.bytes[i] == '\r' &&
		    input.bytes[i + 1] == '\n')
			i++;
		from = ++i;
	}
	return told.text;
}

Test(splitter, every_short_input_in_all_ways_of_cutting_it)
{
	static const char alphabet[] = {'a', '\r', '\n'};

	for (unsigned number = 0; number < 3 * 3 * 3 * 3 * 3 * 3; number++) {
		for (size_t cap = 1; cap < 4; cap++) {
			char text[6];
			unsigned rest = number;
			struct bytes wanted;

			for (size_t i = 0; i < 6; i++) {
				text[i] = alphabet[rest % 3];
				rest /= 3;
			}
			wanted =
			    split_by_definition((struct span){text, 6}, cap);
			check((struct span){text, 6}, SPLIT_BY_LINE, cap,
			    bytes_span(&wanted));
			bytes_free(&wanted);
		}
	}
}

static void
check_positions(
    struct span input, enum split_by by, unsigned cuts, struct span wanted)
{
	struct bytes text = split_in_pieces(input, by, 3, cuts, true);

	assert_span(bytes_span(&text), wanted);
	bytes_free(&text);
}

Test(splitter, position_is_right_after_the_record)
{
	check_positions(LITERAL("ab\nc\r\nd\re"), SPLIT_BY_LINE, 0,
	    LITERAL("(ab)3(c)6(d)8(e)9"));
	check_positions(LITERAL("ab\nc\r\nd\re"), SPLIT_BY_LINE,
	    1 << 1 | 1 << 6, LITERAL("(ab)3(c)6(d)8(e)9"));
	check_positions(
	    LITERAL("abcd\nefghi"), SPLIT_BY_LINE, 0, LITERAL("<4>5<5>10"));
	check_positions(
	    LITERAL("a\0bc\0"), SPLIT_BY_NUL, 0, LITERAL("(a)2(bc)5"));
}

Test(splitter, cr_ends_its_line_without_waiting_for_lf)
{
	check_positions(
	    LITERAL("a\r\nb\n"), SPLIT_BY_LINE, 1 << 1, LITERAL("(a)2(b)5"));
}

Test(splitter, counts_from_where_the_input_starts)
{
	struct told told = {.positions = true};
	struct splitter splitter;

	splitter_init(&splitter, SPLIT_BY_LINE, 9, 1000, false);
	feed(&splitter, LITERAL("\na\n"), &told);
	assert_span(bytes_span(&told.text), LITERAL("()1001(a)1003"));
	bytes_free(&told.text);
	splitter_fini(&splitter);
}

Test(splitter, that_starts_after_a_cr_takes_the_lf_of_that_line)
{
	static const struct {
		struct span input, wanted;
	} cases[] = {
	    {LITERAL("\na\n"), LITERAL("(a)")},
	    {LITERAL("\n\na\n"), LITERAL("()(a)")},
	    {LITERAL("a\n\n"), LITERAL("(a)()")},
	    {LITERAL("\r\n"), LITERAL("()")},
	    {LITERAL("\n"), LITERAL("")},
	    {LITERAL(""), LITERAL("")},
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct told told = {0};
		struct splitter splitter;

		splitter_init(&splitter, SPLIT_BY_LINE, 9, 5, true);
		feed(&splitter, LITERAL(""), &told);
		feed(&splitter, cases[i].input, &told);
		finish(&splitter, &told);
		cr_assert_eq(splitter.position, 5 + cases[i].input.n);
		assert_span(bytes_span(&told.text), cases[i].wanted);
		bytes_free(&told.text);
		splitter_fini(&splitter);
	}
}

Test(splitter, by_nul_no_cr_is_looked_back_at)
{
	struct told told = {0};
	struct splitter splitter;

	splitter_init(&splitter, SPLIT_BY_NUL, 9, 5, true);
	feed(&splitter, LITERAL("\na\0"), &told);
	assert_span(bytes_span(&told.text), LITERAL("(\na)"));
	bytes_free(&told.text);
	splitter_fini(&splitter);
}

/* Lines of a screen. */

Test(splitter, screen_lines_end_as_others_do)
{
	check(LITERAL("ab\nc\r\nd\re"), SPLIT_BY_SCREEN_LINE, 9,
	    LITERAL("(ab)(c)(d)(e)"));
	check(LITERAL("\n\r\n\na"), SPLIT_BY_SCREEN_LINE, 9,
	    LITERAL("()()()(a)"));
	check(
	    LITERAL("a\r\r\nb"), SPLIT_BY_SCREEN_LINE, 9, LITERAL("(a)()(b)"));
	check(
	    LITERAL("abcde\rfghi"), SPLIT_BY_SCREEN_LINE, 3, LITERAL("<5><4>"));
}

Test(splitter, cr_where_a_line_of_a_screen_begins_ends_none)
{
	check(LITERAL("\r1%\r2%\n"), SPLIT_BY_SCREEN_LINE, 9,
	    LITERAL("(1%)(2%)"));
	check(LITERAL("a\n\rb\r"), SPLIT_BY_SCREEN_LINE, 9, LITERAL("(a)(b)"));
	check(LITERAL("a\r\r\rb"), SPLIT_BY_SCREEN_LINE, 9, LITERAL("(a)(b)"));
	check(LITERAL("\r\r"), SPLIT_BY_SCREEN_LINE, 9, LITERAL(""));
}

Test(splitter, blanks_over_a_line_of_a_screen_are_none)
{
	check(LITERAL("\ra\r  \rb\n"), SPLIT_BY_SCREEN_LINE, 9,
	    LITERAL("(a)(b)"));
	check(LITERAL("a\r \t\nb"), SPLIT_BY_SCREEN_LINE, 9, LITERAL("(a)(b)"));
	check(LITERAL("a\r  "), SPLIT_BY_SCREEN_LINE, 9, LITERAL("(a)"));
	check(LITERAL("a\n  \n"), SPLIT_BY_SCREEN_LINE, 9, LITERAL("(a)(  )"));
	check(
	    LITERAL("a\r\n  \r"), SPLIT_BY_SCREEN_LINE, 9, LITERAL("(a)(  )"));
}

/* As feed, with a pause after it that hands out wanted, "" for nothing. */
static void
feed_and_pause(struct splitter *splitter, struct span piece, struct span wanted)
{
	struct told told = {0};
	struct span record;
	bool awaited;

	feed(splitter, piece, &told);
	awaited = splitter_awaits_pause(splitter);
	if (splitter_pause(splitter, &record) == SPLIT_RECORD) {
		cr_assert(awaited);
		sink_text(bytes_sink(&told.text), "pause");
		tell(&told, splitter, SPLIT_RECORD, record);
	} else {
		cr_assert_not(awaited);
	}
	cr_assert_eq(splitter_pause(splitter, &record), SPLIT_MORE);
	assert_span(bytes_span(&told.text), wanted);
	bytes_free(&told.text);
}

static struct splitter
screen_lines(void)
{
	struct splitter splitter;

	splitter_init(&splitter, SPLIT_BY_SCREEN_LINE, 9, 0, false);
	return splitter;
}

Test(splitter, line_over_another_is_handed_out_in_a_pause_and_not_again)
{
	struct splitter splitter = screen_lines();

	feed_and_pause(&splitter, LITERAL("\r1%"), LITERAL("pause(1%)"));
	feed_and_pause(&splitter, LITERAL("\r2%"), LITERAL("pause(2%)"));
	feed_and_pause(&splitter, LITERAL("\r"), LITERAL(""));
	feed_and_pause(&splitter, LITERAL("3%\r4%"), LITERAL("(3%)pause(4%)"));
	feed_and_pause(&splitter, LITERAL("\n"), LITERAL(""));
	feed_and_pause(&splitter, LITERAL("\n"), LITERAL("()"));
	feed_and_pause(&splitter, LITERAL("5%\r6%"), LITERAL("(5%)pause(6%)"));
	feed_and_pause(&splitter, LITERAL("\r\n7%"), LITERAL(""));
	feed_and_pause(&splitter, LITERAL("\r\n\r8"), LITERAL("(7%)pause(8)"));
	feed_and_pause(&splitter, LITERAL("0%"), LITERAL("pause(0%)"));
	feed_and_pause(&splitter, LITERAL("\r"), LITERAL(""));
	feed_and_pause(&splitter, LITERAL("\n"), LITERAL(""));
	splitter_fini(&splitter);
}

Test(splitter, other_lines_are_not_cut_in_a_pause)
{
	struct splitter splitter = screen_lines();

	feed_and_pause(&splitter, LITERAL("a"), LITERAL(""));
	feed_and_pause(&splitter, LITERAL("b\nc"), LITERAL("(ab)"));
	feed_and_pause(&splitter, LITERAL("\r"), LITERAL("(c)"));
	feed_and_pause(&splitter, LITERAL("\nd"), LITERAL(""));
	feed_and_pause(&splitter, LITERAL("\r  "), LITERAL("(d)"));
	feed_and_pause(&splitter, LITERAL("e"), LITERAL("pause(  e)"));
	feed_and_pause(
	    &splitter, LITERAL("\r123456789"), LITERAL("pause(123456789)"));
	feed_and_pause(&splitter, LITERAL("\r1234567890"), LITERAL(""));
	splitter_fini(&splitter);
	splitter_init(&splitter, SPLIT_BY_LINE, 9, 0, true);
	feed_and_pause(&splitter, LITERAL("\ra"), LITERAL("()"));
	splitter_fini(&splitter);
}

Test(splitter, inside_a_line_that_was_handed_out_its_end_is_no_line)
{
	static const struct {
		struct span input, wanted;
	} cases[] = {
	    {LITERAL("\n\na\n"), LITERAL("()(a)")},
	    {LITERAL("\na\n"), LITERAL("(a)")},
	    {LITERAL("\ra\n"), LITERAL("(a)")},
	    {LITERAL("\r\na\n"), LITERAL("(a)")},
	    {LITERAL("rest\n"), LITERAL("(rest)")},
	    {LITERAL("rest"), LITERAL("pause(rest)")},
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct splitter splitter = screen_lines();

		splitter_begin_inside_line(&splitter);
		feed_and_pause(&splitter, cases[i].input, cases[i].wanted);
		splitter_fini(&splitter);
	}
}

Test(splitter, does_not_copy_a_record_that_lies_whole_in_its_input)
{
	struct splitter splitter;
	char text[] = "ab\ncd\n";
	struct span input = {text, 6}, record;

	splitter_init(&splitter, SPLIT_BY_LINE, 9, 0, false);
	cr_assert_eq(splitter_next(&splitter, &input, &record), SPLIT_RECORD);
	cr_assert_eq(record.bytes, text);
	cr_assert_eq(input.bytes, text + 3);
	cr_assert_eq(splitter_next(&splitter, &input, &record), SPLIT_RECORD);
	cr_assert_eq(record.bytes, text + 3);
	cr_assert_null(splitter.held.bytes);
	splitter_fini(&splitter);
}

Test(splitter, record_stays_readable_until_the_next_call)
{
	struct splitter splitter;
	struct span input = LITERAL("ab"), record;

	splitter_init(&splitter, SPLIT_BY_LINE, 9, 0, false);
	cr_assert_eq(splitter_next(&splitter, &input, &record), SPLIT_MORE);
	input = LITERAL("c\nd");
	cr_assert_eq(splitter_next(&splitter, &input, &record), SPLIT_RECORD);
	assert_span(record, LITERAL("abc"));
	cr_assert_eq(splitter_next(&splitter, &input, &record), SPLIT_MORE);
	cr_assert_eq(splitter_finish(&splitter, &record), SPLIT_RECORD);
	assert_span(record, LITERAL("d"));
	cr_assert_eq(splitter_finish(&splitter, &record), SPLIT_MORE);
	splitter_fini(&splitter);
}

Test(splitter, holds_no_more_than_the_cap_of_an_endless_record)
{
	static const char block[4096] = {'x'};
	struct told told = {0};
	struct splitter splitter;

	splitter_init(&splitter, SPLIT_BY_LINE, 10000, 0, false);
	for (unsigned i = 0; i < 1000; i++)
		feed(&splitter, (struct span){block, 4096}, &told);
	cr_assert_leq(splitter.held.allocated, 10000);
	feed(&splitter, LITERAL("\nab\n"), &told);
	assert_span(bytes_span(&told.text), LITERAL("<4096000>(ab)"));
	bytes_free(&told.text);
	splitter_fini(&splitter);
}
