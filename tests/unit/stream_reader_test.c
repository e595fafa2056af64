/* SPDX-License-Identifier: MIT */

#include "core/stream_reader.h"

#include "event_text.h"

/*
 * What a reader said of each line: "." for a line that was taken, or an event.
 */
static void
take_line(struct stream_reader *reader, struct span line, struct bytes *told)
{
	char *copy = copy_of(line), number[32];
	struct event event;

	switch (
	    stream_reader_line(reader, (struct span){copy, line.n}, &event)) {
	case STREAM_LINE_TAKEN:
		bytes_put(told, ".", 1);
		break;
	case STREAM_LINE_EVENT:
		tell_event(told, &event);
		break;
	case STREAM_LINE_TOO_LONG:
		snprintf(number, sizeof(number), "<%llu>",
		    (unsigned long long)reader->skipped);
		bytes_put(told, number, strlen(number));
		break;
	case STREAM_LINE_BAD_ID:
		bytes_put(told, "<bad id>", 8);
		break;
	case STREAM_LINE_BAD_TYPE:
		bytes_put(told, "<bad type>", 10);
		break;
	case STREAM_LINE_CAPITAL:
		bytes_put(told, "<Event>", 7);
		break;
	}
	free(copy);
}

/* Takes the lines of a text, each of which ends with LF. */
static void
take(struct stream_reader *reader, struct span text, struct bytes *told)
{
	for (size_t from = 0, at = 0; at < text.n; at++) {
		if (text.bytes[at] != '\n')
			continue;
		take_line(
		    reader, (struct span){text.bytes + from, at - from}, told);
		from = at + 1;
	}
}

/* Up to the cap of 10 bytes, with a line of 1000 skipped where text ends. */
static void
check_skipping(const char *text, const char *more, const char *wanted)
{
	struct stream_reader reader;
	struct bytes told = {0};

	stream_reader_init(&reader, 10);
	take(&reader, span_of(text), &told);
	stream_reader_skip(&reader, 1000);
	take(&reader, span_of(more), &told);
	assert_span(bytes_span(&told), span_of(wanted));
	bytes_free(&told);
	stream_reader_fini(&reader);
}

static void
check_capped(size_t cap, struct span text, struct span wanted)
{
	struct stream_reader reader;
	struct bytes told = {0};

	stream_reader_init(&reader, cap);
	take(&reader, text, &told);
	assert_span(bytes_span(&told), wanted);
	bytes_free(&told);
	stream_reader_fini(&reader);
}

#define CHECK(TEXT, WANTED) CHECK_CAPPED(100, TEXT, WANTED)
#define CHECK_CAPPED(CAP, TEXT, WANTED) \
	check_capped(CAP, LITERAL(TEXT), LITERAL(WANTED))

Test(stream_reader, empty_line_dispatches_what_data_lines_made)
{
	CHECK("data: a\n\n", ".(a)");
	CHECK("data: a\ndata: b\n\n", "..(a\nb)");
}

Test(stream_reader, one_space_after_the_colon_is_not_the_values)
{
	CHECK("data:a\n\n", ".(a)");
	CHECK("data:  a\n\n", ".( a)");
	CHECK("data:\ta\n\n", ".(\ta)");
	CHECK("data: :a:\n\n", ".(:a:)");
	CHECK("data: a \n\n", ".(a )");
}

Test(stream_reader, field_without_colon_has_an_empty_value)
{
	CHECK("data\n\n", ".()");
	CHECK("data:\n\n", ".()");
	CHECK("data: \n\n", ".()");
	CHECK("data\ndata\n\n", "..(\n)");
	CHECK("data\ndata\ndata: a\n\n", "...(\n\na)");
	CHECK("id\ndata\n\n", "..(|||-|-1)");
	CHECK("event\ndata\n\n", "..()");
	CHECK("retry\n\n", "..");
}

Test(stream_reader, trailing_empty_data_line_is_kept)
{
	CHECK("data: a\ndata:\n\n", "..(a\n)");
}

Test(stream_reader, field_names_are_literal)
{
	CHECK(" data: a\n\n", "..");
	CHECK("data : a\n\n", "..");
	CHECK("Data: a\n\n", "..");
	CHECK("DATA\n\n", "..");
	CHECK("dat: a\n\n", "..");
	CHECK("data2: a\n\n", "..");
	CHECK("\0data: a\n\n", "..");
	CHECK("data\0: a\n\n", "..");
	CHECK("ID: a\ndata: x\n\n", "..(x)");
	CHECK("Retry: 5\n\n", "..");
}

Test(stream_reader, capital_event_of_2006_is_told)
{
	CHECK("Event: a\ndata: b\n\n", "<Event>.(b)");
	CHECK("EVENT: a\n\n", "..");
}

Test(stream_reader, last_type_of_a_block_wins_and_holds_for_it_alone)
{
	CHECK("event: a\nevent: b\ndata: x\n\ndata: y\n\n",
	    "...(b|x|-|-|-1).(y)");
	CHECK("event: a\nevent:\ndata: x\n\n", "...(x)");
	CHECK("event: a\n\ndata: x\n\n", "...(x)");
}

Test(stream_reader, block_without_data_fires_nothing)
{
	CHECK("\n\n\n", "...");
	CHECK("event: a\n\n", "..");
	CHECK("unknown: a\n\n", "..");
}

Test(stream_reader, block_of_an_id_alone_moves_the_cursor)
{
	CHECK("id: 7\n\n", ".(-|-|7|-|-1)");
	CHECK("id: 7\nevent: a\n\n", "..(-|-|7|-|-1)");
}

Test(stream_reader, id_goes_with_every_event_from_then_on)
{
	CHECK("data: a\n\nid: 1\ndata: b\n\ndata: c\n\n",
	    ".(a)..(|b|1|-|-1).(|c|1|-|-1)");
	CHECK("id: 1\n\ndata: c\n\n\n", ".(-|-|1|-|-1).(|c|1|-|-1).");
}

Test(stream_reader, last_id_of_a_block_wins)
{
	CHECK("id: 1\nid: 2\ndata: a\n\n", "...(|a|2|-|-1)");
}

Test(stream_reader, empty_id_resets)
{
	CHECK("id: 1\ndata: a\n\nid\ndata: b\n\ndata: c\n\n",
	    "..(|a|1|-|-1)..(|b||-|-1).(|c||-|-1)");
}

Test(stream_reader, id_with_nul_is_ignored)
{
	CHECK("id: 1\nid: 2\0\ndata: a\n\n", ".<bad id>.(|a|1|-|-1)");
	CHECK("id: \0\n\ndata: a\n\n", "<bad id>..(a)");
}

Test(stream_reader, id_that_could_not_come_back_is_ignored)
{
	struct bytes text = {0};

	sink_text(bytes_sink(&text), "id: 1\nid: ");
	for (unsigned i = 0; i < 1025; i++)
		bytes_put(&text, "x", 1);
	sink_text(bytes_sink(&text), "\ndata: a\n\n");
	check_capped(2000, bytes_span(&text), LITERAL(".<bad id>.(|a|1|-|-1)"));
	bytes_free(&text);
}

Test(stream_reader, type_with_nul_is_ignored)
{
	CHECK("event: a\nevent: \0b\ndata: x\n\n", ".<bad type>.(a|x|-|-|-1)");
}

Test(stream_reader, nul_in_data_is_data)
{
	CHECK("data: \0a\0\n\n", ".(\0a\0)");
}

Test(stream_reader, comment_is_an_event_of_its_own)
{
	CHECK(":\n", "(-|-|-||-1)");
	CHECK(": hi\n", "(-|-|-|hi|-1)");
	CHECK(":  hi: \n", "(-|-|-| hi: |-1)");
}

Test(stream_reader, comment_does_not_disturb_its_block)
{
	CHECK("data: a\n: c\nid: 1\ndata: b\n\n",
	    ".(-|-|-|c|-1)..(|a\nb|1|-|-1)");
}

Test(stream_reader, retry_applies_at_once)
{
	CHECK("data: a\nretry: 1500\ndata: b\n\n", ".(-|-|-|-|1500).(a\nb)");
	CHECK("retry:0\n", "(-|-|-|-|0)");
	CHECK("retry: 007\n", "(-|-|-|-|7)");
}

Test(stream_reader, retry_is_of_ascii_digits_only)
{
	CHECK("retry: 1x\nretry: -1\nretry: +1\nretry: 1.5\n"
	      "retry:  1\nretry: 1 \nretry: 0x1\nretry: :\nretry: /\nretry:\n",
	    "..........");
}

Test(stream_reader, retry_too_large_for_any_number_stays_large)
{
	CHECK("retry: 9223372036854775799\n", "(-|-|-|-|9223372036854775799)");
	CHECK("retry: 99999999999999999999999999999\n",
	    "(-|-|-|-|9223372036854775799)");
}

Test(stream_reader, byte_order_mark_is_for_the_caller)
{
	CHECK("\xef\xbb\xbf"
	      "data: a\n\n",
	    "..");
}

Test(stream_reader, data_of_exactly_the_cap_is_an_event)
{
	CHECK_CAPPED(4, "data: abcd\n\n", ".(abcd)");
	CHECK_CAPPED(4, "data: a\ndata: bc\n\n", "..(a\nbc)");
	CHECK_CAPPED(4, "data: abc\ndata:\n\n", "..(abc\n)");
	CHECK_CAPPED(0, "data\n\n", ".()");
}

Test(stream_reader, data_over_the_cap_is_skipped_by_its_size)
{
	CHECK_CAPPED(4, "data: abcde\n\n", ".<6>");
	CHECK_CAPPED(4, "data: abcd\ndata:\n\n", "..<6>");
	CHECK_CAPPED(4, "data: ab\ndata: cd\n\n", "..<6>");
	CHECK_CAPPED(4, "data: abc\ndata: d\ndata: ef\n\n", "...<9>");
	CHECK_CAPPED(0, "data\ndata\n\n", "..<2>");
}

Test(stream_reader, goes_on_after_an_event_over_the_cap)
{
	CHECK_CAPPED(4, "data: abcde\n\ndata: x\n\n", ".<6>.(x)");
	CHECK_CAPPED(4, "event: t\ndata: abcde\n\ndata: x\n\n", "..<6>.(x)");
}

Test(stream_reader, rest_of_an_event_over_the_cap_is_not_an_event)
{
	CHECK_CAPPED(4, "data: abcde\ndata: x\nid: 1\n\ndata: y\n\n",
	    "...<8>.(|y|1|-|-1)");
}

Test(stream_reader, type_or_id_over_the_cap_skips_its_event)
{
	CHECK_CAPPED(4, "event: abcde\ndata: a\n\ndata: b\n\n", "..<8>.(b)");
	CHECK_CAPPED(
	    4, "id: abcd\nevent: abcd\ndata: a\n\n", "...(abcd|a|abcd|-|-1)");
}

Test(stream_reader, event_with_a_skipped_line_is_skipped)
{
	check_skipping("data: abc\n", "data: d\n\ndata: e\n\n", "..<1007>.(e)");
	check_skipping(
	    "data: a\n\n", "data: b\n\ndata: c\n\n", ".(a).<1003>.(c)");
	check_skipping("", "a\n\n", ".<1001>");
}

Test(stream_reader, comment_and_retry_in_a_skipped_event_count)
{
	CHECK_CAPPED(
	    4, "data: abcde\n: c\nretry: 1\n\n", ".(-|-|-|c|-1)(-|-|-|-|1)<6>");
}

Test(stream_reader, says_how_much_is_not_an_event_yet)
{
	struct stream_reader reader;
	struct bytes told = {0};

	stream_reader_init(&reader, 4);
	cr_assert_eq(stream_reader_unfinished(&reader), 0);
	take(&reader, span_of("data: ab\n"), &told);
	cr_assert_eq(stream_reader_unfinished(&reader), 3);
	take(&reader, span_of("data: cde\n"), &told);
	cr_assert_eq(stream_reader_unfinished(&reader), 7);
	take(&reader, span_of("\n"), &told);
	cr_assert_eq(stream_reader_unfinished(&reader), 0);
	bytes_free(&told);
	stream_reader_fini(&reader);
}
