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

#define CHECK_LINES(CAP, INPUT, WANTED) \
	check(LITERAL(INPUT), SPLIT_BY_LINE, CAP, LITERAL(WANTED))
#define CHECK_SCREEN(CAP, INPUT, WANTED) \
	check(LITERAL(INPUT), SPLIT_BY_SCREEN_LINE, CAP, LITERAL(WANTED))
#define CHECK_NUL(CAP, INPUT, WANTED) \
	check(LITERAL(INPUT), SPLIT_BY_NUL, CAP, LITERAL(WANTED))

Test(splitter, lines_end_with_lf_cr_or_crlf)
{
	CHECK_LINES(9, "ab\nc\n", "(ab)(c)");
	CHECK_LINES(9, "ab\rc\r", "(ab)(c)");
	CHECK_LINES(9, "ab\r\nc\r\n", "(ab)(c)");
	CHECK_LINES(9, "a\rb\nc\r\nd", "(a)(b)(c)(d)");
}

Test(splitter, nul_is_a_byte_of_a_line)
{
	CHECK_LINES(9, "a\0b\nc\0", "(a\0b)(c\0)");
}

Test(splitter, by_nul_line_ends_are_bytes_of_a_record)
{
	CHECK_NUL(9, "a\nb\r\0\r\nc\0", "(a\nb\r)(\r\nc)");
	CHECK_NUL(9, "\0\0a", "()()(a)");
	CHECK_NUL(9, "\r\0\n\0", "(\r)(\n)");
	CHECK_NUL(4, "abcd\0abcde\0a", "(abcd)<5>(a)");
}

/* The same by the definition, from whole input. */
static void
check_by_definition(struct span input, size_t cap)
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
	check(input, SPLIT_BY_LINE, cap, bytes_span(&told.text));
	bytes_free(&told.text);
}

Test(splitter, every_short_input_in_all_ways_of_cutting_it)
{
	static const char alphabet[] = {'a', '\r', '\n'};

	for (unsigned number = 0; number < 3 * 3 * 3 * 3 * 3 * 3; number++) {
		unsigned rest = number;
		char text[6];

		for (size_t i = 0; i < 6; i++) {
			text[i] = alphabet[rest % 3];
			rest /= 3;
		}
		for (size_t n = 0; n <= 6; n++)
			for (size_t cap = 0; cap < 4; cap++)
				check_by_definition(
				    (struct span){text, n}, cap);
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

Test(splitter, that_starts_after_a_cr_takes_the_lf_of_that_line)
{
	static const struct {
		struct span input, wanted;
		enum split_by by;
	} cases[] = {
	    {LITERAL("\na\n"), LITERAL("(a)8"), SPLIT_BY_LINE},
	    {LITERAL("\n\na\n"), LITERAL("()7(a)9"), SPLIT_BY_LINE},
	    {LITERAL("a\n\n"), LITERAL("(a)7()8"), SPLIT_BY_LINE},
	    {LITERAL("\r\n"), LITERAL("()7"), SPLIT_BY_LINE},
	    {LITERAL("\n"), LITERAL(""), SPLIT_BY_LINE},
	    {LITERAL(""), LITERAL(""), SPLIT_BY_LINE},
	    {LITERAL("\na\0"), LITERAL("(\na)8"), SPLIT_BY_NUL},
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct told told = {.positions = true};
		struct splitter splitter;

		splitter_init(&splitter, cases[i].by, 9, 5, true);
		feed(&splitter, LITERAL(""), &told);
		feed(&splitter, cases[i].input, &told);
		finish(&splitter, &told);
		cr_assert_eq(splitter.position, 5 + cases[i].input.n);
		assert_span(bytes_span(&told.text), cases[i].wanted);
		bytes_free(&told.text);
		splitter_fini(&splitter);
	}
}

/* Lines of a screen. */

Test(splitter, screen_lines_end_as_others_do)
{
	CHECK_SCREEN(9, "ab\nc\r\nd\re", "(ab)(c)(d)(e)");
	CHECK_SCREEN(9, "\n\r\n\na", "()()()(a)");
	CHECK_SCREEN(9, "a\r\r\nb", "(a)()(b)");
	CHECK_SCREEN(3, "abcde\rfghi", "<5><4>");
}

Test(splitter, cr_where_a_line_of_a_screen_begins_ends_none)
{
	CHECK_SCREEN(9, "\r1%\r2%\n", "(1%)(2%)");
	CHECK_SCREEN(9, "a\n\rb\r", "(a)(b)");
	CHECK_SCREEN(9, "a\r\r\rb", "(a)(b)");
	CHECK_SCREEN(9, "\r\r", "");
}

Test(splitter, blanks_over_a_line_of_a_screen_are_none)
{
	CHECK_SCREEN(9, "\ra\r  \rb\n", "(a)(b)");
	CHECK_SCREEN(9, "a\r \t\nb", "(a)(b)");
	CHECK_SCREEN(9, "a\r  ", "(a)");
	CHECK_SCREEN(9, "a\n  \n", "(a)(  )");
	CHECK_SCREEN(9, "a\r\n  \r", "(a)(  )");
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

#define PAUSE_AFTER(PIECE, WANTED) \
	feed_and_pause(&splitter, LITERAL(PIECE), LITERAL(WANTED))

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

	PAUSE_AFTER("\r1%", "pause(1%)");
	PAUSE_AFTER("\r2%", "pause(2%)");
	PAUSE_AFTER("\r", "");
	PAUSE_AFTER("3%\r4%", "(3%)pause(4%)");
	PAUSE_AFTER("\n", "");
	PAUSE_AFTER("\n", "()");
	PAUSE_AFTER("5%\r6%", "(5%)pause(6%)");
	PAUSE_AFTER("\r\n7%", "");
	PAUSE_AFTER("\r\n\r8", "(7%)pause(8)");
	PAUSE_AFTER("0%", "pause(0%)");
	PAUSE_AFTER("\r", "");
	PAUSE_AFTER("\n", "");
	splitter_fini(&splitter);
}

Test(splitter, other_lines_are_not_cut_in_a_pause)
{
	struct splitter splitter = screen_lines();

	PAUSE_AFTER("a", "");
	PAUSE_AFTER("b\nc", "(ab)");
	PAUSE_AFTER("\r", "(c)");
	PAUSE_AFTER("\nd", "");
	PAUSE_AFTER("\r  ", "(d)");
	PAUSE_AFTER("e", "pause(  e)");
	PAUSE_AFTER("\r123456789", "pause(123456789)");
	PAUSE_AFTER("\r1234567890", "");
	splitter_fini(&splitter);
	splitter_init(&splitter, SPLIT_BY_LINE, 9, 0, true);
	PAUSE_AFTER("\ra", "()");
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
