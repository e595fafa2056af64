/* SPDX-License-Identifier: MIT */

#include "helpers.h"

#define R "\xef\xbf\xbd" /* U+FFFD */

Test(span, of_null_is_absent)
{
	assert_span(span_of(NULL), ABSENT);
}

Test(span, of_a_string_is_without_its_nul)
{
	assert_span(span_of(""), LITERAL(""));
	assert_span(span_of("ab"), LITERAL("ab"));
}

Test(plural, is_of_all_numbers_but_one)
{
	cr_assert_str_eq(text_plural(0), "s");
	cr_assert_str_eq(text_plural(1), "");
	cr_assert_str_eq(text_plural(2), "s");
	cr_assert_str_eq(text_plural(UINT64_MAX), "s");
}

Test(span, is_equal_by_its_bytes)
{
	cr_assert(span_equal(LITERAL("a\0b"), LITERAL("a\0b")));
	cr_assert_not(span_equal(LITERAL("a\0b"), LITERAL("a\0c")));
	cr_assert_not(span_equal(LITERAL("ab"), LITERAL("abc")));
	cr_assert_not(span_equal(LITERAL("abc"), LITERAL("ab")));
	cr_assert(span_equal(LITERAL(""), ABSENT));
}

Test(span, that_is_absent_is_no_string)
{
	cr_assert(span_is(LITERAL(""), ""));
	cr_assert_not(span_is(ABSENT, ""));
	cr_assert(span_is(LITERAL("GET"), "GET"));
	cr_assert_not(span_is(LITERAL("GE"), "GET"));
	cr_assert_not(span_is(LITERAL("GET\0"), "GET"));
}

Test(span, tells_cr_lf_and_nul_at_any_place)
{
	static const char breaks[] = {'\r', '\n', '\0'};

	cr_assert_not(span_has_line_break_or_nul(ABSENT));
	cr_assert_not(span_has_line_break_or_nul(LITERAL("a\v\f\x85 b")));
	for (size_t i = 0; i < 3; i++) {
		for (size_t at = 0; at < 3; at++) {
			char text[] = {'a', 'b', 'c'};

			text[at] = breaks[i];
			cr_assert(
			    span_has_line_break_or_nul((struct span){text, 3}));
		}
	}
}

static void
never_put(void *ctx, const char *bytes, size_t n)
{
	(void)ctx;
	(void)bytes;
	cr_assert_fail("put of %zu bytes", n);
}

Test(sink, is_not_called_for_nothing)
{
	struct byte_sink sink = {never_put, NULL};

	sink_span(sink, ABSENT);
	sink_span(sink, LITERAL(""));
	sink_text(sink, "");
	sink_text(sink, NULL);
	sink_utf8(sink, ABSENT);
}

Test(sink, counts)
{
	size_t n = 2;

	sink_text(counting_sink(&n), "abc");
	sink_span(counting_sink(&n), LITERAL("\0\0"));
	cr_assert_eq(n, 7);
}

Test(sink, of_fixed_memory_keeps_what_fits_and_counts_the_rest)
{
	char memory[6] = "......";
	struct text_buffer buffer = {.bytes = memory, .cap = 5};

	sink_text(text_buffer_sink(&buffer), "abc");
	assert_span(((struct span){memory, 6}), LITERAL("abc..."));
	cr_assert_eq(buffer.n, 3);
	sink_text(text_buffer_sink(&buffer), "def");
	sink_text(text_buffer_sink(&buffer), "ghi");
	assert_span(((struct span){memory, 6}), LITERAL("abcde."));
	cr_assert_eq(buffer.n, 9);
}

/* By hand, as the WHATWG decoder has it: one R for each maximal subpart. */
static const struct {
	struct span in, out;
} utf8_cases[] = {
    {LITERAL(""), LITERAL("")},
    {LITERAL("plain"), LITERAL("plain")},
    {LITERAL("\0\x7f"), LITERAL("\0\x7f")},
    /* the first and the last of each length, both sides of surrogates */
    {LITERAL("\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80"),
	LITERAL("\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80")},
    {LITERAL("\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"),
	LITERAL("\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf")},
    {LITERAL("a\xc3\xa4z\xe2\x82\xacz\xf0\x9f\x98\x80z"),
	LITERAL("a\xc3\xa4z\xe2\x82\xacz\xf0\x9f\x98\x80z")},
    /* a byte order mark is a character like any other */
    {LITERAL("\xef\xbb\xbf"), LITERAL("\xef\xbb\xbf")},
    /* cut short, before another character and at the end */
    {LITERAL("\xf0\x9f\x41\xe2\x82\xe2\x82\xac\xf4\x8f\xbf"),
	LITERAL(R "A" R "\xe2\x82\xac" R)},
    /* Unicode 15, tables 3-8 to 3-11 */
    {LITERAL("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41"),
	LITERAL(R R R R R R R R "A")},
    {LITERAL("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41"),
	LITERAL(R R R R R R R R "A")},
    {LITERAL("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42"),
	LITERAL(R R R R R "A" R R "B")},
    {LITERAL("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41"), LITERAL(R R R R "A")},
};

/* The text between runs of ASCII, since those are skipped eight at a time. */
static struct bytes
padded(size_t before, struct span text, size_t after)
{
	struct bytes bytes = {0};

	for (size_t i = 0; i < before; i++)
		bytes_put(&bytes, "x", 1);
	sink_span(bytes_sink(&bytes), text);
	for (size_t i = 0; i < after; i++)
		bytes_put(&bytes, "y", 1);
	return bytes;
}

Test(utf8, ill_formed_sequences_are_replaced_as_browsers_do)
{
	for (size_t i = 0; i < LENGTH(utf8_cases); i++) {
		for (size_t pad = 0; pad < 64; pad++) {
			struct bytes in, wanted, out = {0};

			in = padded(pad / 4, utf8_cases[i].in, pad % 4 * 3);
			wanted =
			    padded(pad / 4, utf8_cases[i].out, pad % 4 * 3);
			sink_utf8(bytes_sink(&out), bytes_span(&in));
			assert_span(bytes_span(&out), bytes_span(&wanted));
			bytes_free(&in);
			bytes_free(&wanted);
			bytes_free(&out);
		}
	}
}

Test(utf8, valid_prefix_ends_before_the_ill_formed_sequence)
{
	size_t bad = 99;

	cr_assert_eq(utf8_valid_prefix("", 0, &bad), 0);
	cr_assert_eq(bad, 0);
	cr_assert_eq(utf8_valid_prefix("ab\xc3\xa4", 4, &bad), 4);
	cr_assert_eq(bad, 0);
	cr_assert_eq(utf8_valid_prefix("12345678\xe2\x82zz", 12, &bad), 8);
	cr_assert_eq(bad, 2);
	cr_assert_eq(utf8_valid_prefix("a\xe2\x82\xac", 3, &bad), 1);
	cr_assert_eq(bad, 2);
	cr_assert_eq(utf8_valid_prefix("\xf0\x9f\x98", 3, &bad), 0);
	cr_assert_eq(bad, 3);
}

Test(utf8, every_run_of_four_edge_bytes_is_decoded_by_the_book)
{
	static const unsigned char edges[] = {0x41, 0x7f, 0x80, 0x8f, 0x90,
	    0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef,
	    0xf0, 0xf1, 0xf4, 0xf5, 0xfe, 0xff};
	size_t n = LENGTH(edges), runs = n * n * n * n;

	for (size_t run = 0; run < runs; run++) {
		struct bytes wanted = {0};
		char in[4], memory[12];
		struct text_buffer out = {.bytes = memory, .cap = 12};
		size_t rest = run;

		for (size_t i = 0; i < 4; i++) {
			in[i] = (char)edges[rest % n];
			rest /= n;
		}
		decode_by_the_book((struct span){in, 4}, &wanted);
		sink_utf8(text_buffer_sink(&out), (struct span){in, 4});
		assert_span(
		    ((struct span){memory, out.n}), bytes_span(&wanted));
		bytes_free(&wanted);
	}
}

static void
check_json(struct span in, struct span wanted)
{
	struct bytes out = {0};

	sink_json_string(bytes_sink(&out), in);
	assert_span(bytes_span(&out), wanted);
	bytes_free(&out);
}

#define CHECK_JSON(IN, WANTED) check_json(LITERAL(IN), LITERAL(WANTED))

Test(json_string, is_quoted)
{
	check_json(ABSENT, LITERAL("\"\""));
	CHECK_JSON("a b", "\"a b\"");
}

Test(json_string, escapes_what_json_demands_and_nothing_else)
{
	CHECK_JSON("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
	CHECK_JSON("\"\"", "\"\\\"\\\"\"");
	CHECK_JSON("\n\r\t\x1f\x7f ", "\"\\u000a\\u000d\\u0009\\u001f\x7f \"");
	CHECK_JSON("x\0y", "\"x\\u0000y\"");
}

Test(json_string, is_valid_utf8)
{
	check_json(
	    LITERAL("\xc3\xa4\"\xff\\"), LITERAL("\"\xc3\xa4\\\"" R "\\\\\""));
	CHECK_JSON("\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"");
}

Test(span_words, are_equal_whatever_the_case_of_their_letters)
{
	cr_assert(span_is_word(LITERAL("Content-TYPE@["), "content-type@["));
	cr_assert_not(span_is_word(LITERAL("a@"), "A`"));
	cr_assert_not(span_is_word(LITERAL("a"), "ab"));
	cr_assert_not(span_is_word(LITERAL("ab"), "a"));
	cr_assert_not(span_is_word(LITERAL("\xc4"), "\xe4"));
	cr_assert_not(span_is_word(LITERAL("a\0"), "a"));
	cr_assert(span_is_word(LITERAL(""), ""));
	cr_assert_not(span_is_word(ABSENT, ""));
	cr_assert(span_equal_words(LITERAL("a\0B"), LITERAL("A\0b")));
	cr_assert_not(span_equal_words(LITERAL("a\0B"), LITERAL("A\0c")));
}

Test(span_trim, removes_blanks_at_the_ends_only)
{
	assert_span(span_trim(LITERAL(" \t a b\t ")), LITERAL("a b"));
	assert_span(span_trim(LITERAL("\na\r")), LITERAL("\na\r"));
	assert_span(span_trim(LITERAL(" \t")), LITERAL(""));
	assert_span(span_trim(ABSENT), ABSENT);
}

Test(span_take_line, cuts_lines_off_whatever_ends_them)
{
	static const char text[] = "a\nbc\r\n\rd\n\r";
	static const char *const lines[] = {"a", "bc", "", "d", "", ""};
	struct span rest = LITERAL(text), line;

	for (size_t i = 0; i < 6; i++) {
		cr_assert_eq(span_take_line(&rest, &line), i < 5);
		assert_span(line, span_of(lines[i]));
	}
	cr_assert_eq(rest.n, 0);
	rest = ABSENT;
	cr_assert_not(span_take_line(&rest, &line));
	cr_assert_eq(line.n, 0);
}

Test(span_take, cuts_off_what_there_is)
{
	struct span rest = LITERAL("abcd"), nothing = ABSENT;

	assert_span(span_take(&rest, 1), LITERAL("a"));
	assert_span(span_take(&rest, 0), LITERAL(""));
	assert_span(span_take(&rest, 2), LITERAL("bc"));
	assert_span(span_take(&rest, 9), LITERAL("d"));
	assert_span(rest, LITERAL(""));
	assert_span(span_take(&nothing, 1), ABSENT);
}

Test(text_skip_word, leads_behind_the_word_in_any_case)
{
	cr_assert_str_eq(text_skip_word("HTTP://a", "http://"), "a");
	cr_assert_str_eq(text_skip_word("a", "A"), "");
	cr_assert_str_eq(text_skip_word("a", ""), "a");
	cr_assert_null(text_skip_word("http:/", "http://"));
	cr_assert_null(text_skip_word("", "a"));
}

Test(text_decode_byte, is_the_byte_of_two_hexadecimal_digits)
{
	cr_assert_eq(text_decode_byte(LITERAL("%41b")), 'A');
	cr_assert_eq(text_decode_byte(LITERAL("%fF")), 255);
	cr_assert_eq(text_decode_byte(LITERAL("%00")), 0);
	cr_assert_eq(text_decode_byte(LITERAL("%4")), -1);
	cr_assert_eq(text_decode_byte(LITERAL("%4g")), -1);
	cr_assert_eq(text_decode_byte(LITERAL("%g4")), -1);
	cr_assert_eq(text_decode_byte(LITERAL("a41")), -1);
	cr_assert_eq(text_decode_byte(ABSENT), -1);
}

static size_t n_choices;

static const char *
choice(size_t i)
{
	static const char *const all[] = {"one", "two", "three"};

	return i < n_choices ? all[i] : NULL;
}

static void
assert_choices(size_t n, size_t cap, const char *wanted)
{
	char out[32];

	n_choices = n;
	memset(out, 'x', sizeof(out));
	cr_assert_eq(text_choices(out, cap, choice), out);
	cr_assert_str_eq(out, wanted);
	cr_assert_eq(out[cap], 'x');
}

Test(text_choices, are_listed_as_in_a_sentence)
{
	assert_choices(0, 20, "");
	assert_choices(1, 20, "one");
	assert_choices(2, 20, "one or two");
	assert_choices(3, 20, "one, two or three");
	assert_choices(3, 18, "one, two or three");
	assert_choices(3, 17, "one, two or thre");
	assert_choices(3, 1, "");
}

Test(text_escape, shows_everything_but_printable_ascii_as_hex)
{
	char out[100];

	text_escape(out, sizeof(out), LITERAL("a ~\\\x7f\x1f\0\n\xc3\xa4"));
	cr_assert_str_eq(out, "a ~\\x5c\\x7f\\x1f\\x00\\x0a\\xc3\\xa4");
	cr_assert_eq(text_escape(out, sizeof(out), ABSENT), out);
	cr_assert_str_eq(out, "");
}

Test(text_escape, ends_with_dots_what_does_not_fit)
{
	static const struct {
		size_t cap;
		struct span in;
		const char *out;
	} cases[] = {
	    {4, LITERAL("abc"), "abc"},
	    {4, LITERAL("abcd"), "..."},
	    {5, LITERAL("abcd"), "abcd"},
	    {5, LITERAL("abcde"), "a..."},
	    {6, LITERAL("abcde"), "abcde"},
	    {6, LITERAL("abcdef"), "ab..."},
	    {4, LITERAL("\n"), "..."},
	    {5, LITERAL("\n"), "\\x0a"},
	    {5, LITERAL("a\n"), "a..."},
	    {6, LITERAL("a\n"), "a\\x0a"},
	    {8, LITERAL("\n\n"), "\\x0a..."},
	    {9, LITERAL("\n\n"), "\\x0a\\x0a"},
	    {7, LITERAL("\n\n"), "..."},
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		char *out = malloc(cases[i].cap);

		text_escape(out, cases[i].cap, cases[i].in);
		cr_assert_str_eq(out, cases[i].out, "case %zu: %s", i, out);
		free(out);
	}
}

static void
check_form(struct span in, struct span wanted)
{
	char *copy = copy_of(in), *out = malloc(wanted.n + 1);
	struct span given = {copy, in.n};

	cr_assert_eq(text_decode_form(out, wanted.n, given), (long)wanted.n);
	assert_span(((struct span){out, wanted.n}), wanted);
	if (wanted.n > 0)
		cr_assert_eq(text_decode_form(out, wanted.n - 1, given), -1);
	free(out);
	free(copy);
}

#define CHECK_FORM(IN, WANTED) check_form(LITERAL(IN), LITERAL(WANTED))

Test(decode_form, knows_plus_and_hexadecimal)
{
	CHECK_FORM("", "");
	CHECK_FORM("a+b", "a b");
	CHECK_FORM("%41%7e%C3%a4%2B%25", "A~\xc3\xa4+%");
	CHECK_FORM("%00%0d%0A", "\0\r\n");
	CHECK_FORM("%aF%Fa%09%90", "\xaf\xfa\x09\x90");
}

Test(decode_form, keeps_a_malformed_escape)
{
	CHECK_FORM("%", "%");
	CHECK_FORM("%4", "%4");
	CHECK_FORM("a%4", "a%4");
	CHECK_FORM("%4g%g4%:0%0/%G0%0`", "%4g%g4%:0%0/%G0%0`");
	CHECK_FORM("%%41", "%A");
	CHECK_FORM("%2541", "%41");
}

static void
check_number(const char *text, bool is_one, uint64_t wanted, const char *rest)
{
	uint64_t number = 7;

	cr_assert_eq(text_take_number(&text, &number), is_one);
	cr_assert_eq(number, wanted);
	cr_assert_str_eq(text, rest);
}

Test(take_number, takes_as_many_digits_as_fit)
{
	check_number("", false, 0, "");
	check_number("-1", false, 0, "-1");
	check_number("007:", true, 7, ":");
	check_number("123456789012345678901", true, 123456789012345678, "901");
}
