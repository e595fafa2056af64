/* SPDX-License-Identifier: MIT */

#include "core/stream_reader.h"

#include "helpers.h"

/*
 * What a reader said of each line, as text: "." for a line that was taken,
 * "(type|data|id|comment|retry)" for an event with "-" for what is absent.
 */
static void
tell(struct bytes *told, const char *name, struct span value)
{
	struct byte_sink sink = bytes_sink(told);

	sink_text(sink, name);
	if (value.bytes)
		sink_span(sink, value);
	else
		sink_text(sink, "-");
}

static void
tell_event(struct bytes *told, const struct event *event)
{
	char number[32];

	tell(told, "(", event->type);
	tell(told, "|", event->data);
	tell(told, "|", event->id);
	tell(told, "|", event->comment);
	snprintf(number, sizeof(number), "|%lld)", (long long)event->retry_ms);
	bytes_put(told, number, strlen(number));
}

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

static void
check(struct span text, struct span wanted)
{
	check_capped(100, text, wanted);
}

Test(stream_reader, empty_line_dispatches_what_data_lines_made)
{
	check(LITERAL("data: a\n\n"), LITERAL(".(|a|-|-|-1)"));
	check(LITERAL("data: a\ndata: b\n\n"), LITERAL("..(|a\nb|-|-|-1)"));
}

Test(stream_reader, one_space_after_the_colon_is_not_the_values)
{
	check(LITERAL("data:a\n\n"), LITERAL(".(|a|-|-|-1)"));
	check(LITERAL("data:  a\n\n"), LITERAL(".(| a|-|-|-1)"));
	check(LITERAL("data:\ta\n\n"), LITERAL(".(|\ta|-|-|-1)"));
	check(LITERAL("data: :a:\n\n"), LITERAL(".(|:a:|-|-|-1)"));
	check(LITERAL("data: a \n\n"), LITERAL(".(|a |-|-|-1)"));
}

Test(stream_reader, field_without_colon_has_an_empty_value)
{
	check(LITERAL("data\n\n"), LITERAL(".(||-|-|-1)"));
	check(LITERAL("data:\n\n"), LITERAL(".(||-|-|-1)"));
	check(LITERAL("data: \n\n"), LITERAL(".(||-|-|-1)"));
	check(LITERAL("data\ndata\n\n"), LITERAL("..(|\n|-|-|-1)"));
	check(
	    LITERAL("data\ndata\ndata: a\n\n"), LITERAL("...(|\n\na|-|-|-1)"));
	check(LITERAL("id\ndata\n\n"), LITERAL("..(|||-|-1)"));
	check(LITERAL("event\ndata\n\n"), LITERAL("..(||-|-|-1)"));
	check(LITERAL("retry\n\n"), LITERAL(".."));
}

Test(stream_reader, trailing_empty_data_line_is_kept)
{
	check(LITERAL("data: a\ndata:\n\n"), LITERAL("..(|a\n|-|-|-1)"));
}

Test(stream_reader, field_names_are_literal)
{
	check(LITERAL(" data: a\n\n"), LITERAL(".."));
	check(LITERAL("data : a\n\n"), LITERAL(".."));
	check(LITERAL("Data: a\n\n"), LITERAL(".."));
	check(LITERAL("DATA\n\n"), LITERAL(".."));
	check(LITERAL("dat: a\n\n"), LITERAL(".."));
	check(LITERAL("data2: a\n\n"), LITERAL(".."));
	check(LITERAL("\0data: a\n\n"), LITERAL(".."));
	check(LITERAL("data\0: a\n\n"), LITERAL(".."));
	check(LITERAL("ID: a\ndata: x\n\n"), LITERAL("..(|x|-|-|-1)"));
	check(LITERAL("Retry: 5\n\n"), LITERAL(".."));
}

Test(stream_reader, capital_event_of_2006_is_told)
{
	check(LITERAL("Event: a\ndata: b\n\n"), LITERAL("<Event>.(|b|-|-|-1)"));
	check(LITERAL("EVENT: a\n\n"), LITERAL(".."));
}

Test(stream_reader, last_type_of_a_block_wins_and_holds_for_it_alone)
{
	check(LITERAL("event: a\nevent: b\ndata: x\n\ndata: y\n\n"),
	    LITERAL("...(b|x|-|-|-1).(|y|-|-|-1)"));
	check(LITERAL("event: a\nevent:\ndata: x\n\n"),
	    LITERAL("...(|x|-|-|-1)"));
	check(LITERAL("event: a\n\ndata: x\n\n"), LITERAL("...(|x|-|-|-1)"));
}

Test(stream_reader, block_without_data_fires_nothing)
{
	check(LITERAL("\n\n\n"), LITERAL("..."));
	check(LITERAL("event: a\n\n"), LITERAL(".."));
	check(LITERAL("unknown: a\n\n"), LITERAL(".."));
}

Test(stream_reader, block_of_an_id_alone_moves_the_cursor)
{
	check(LITERAL("id: 7\n\n"), LITERAL(".(-|-|7|-|-1)"));
	check(LITERAL("id: 7\nevent: a\n\n"), LITERAL("..(-|-|7|-|-1)"));
}

Test(stream_reader, id_goes_with_every_event_from_then_on)
{
	check(LITERAL("data: a\n\nid: 1\ndata: b\n\ndata: c\n\n"),
	    LITERAL(".(|a|-|-|-1)..(|b|1|-|-1).(|c|1|-|-1)"));
	check(LITERAL("id: 1\n\ndata: c\n\n\n"),
	    LITERAL(".(-|-|1|-|-1).(|c|1|-|-1)."));
}

Test(stream_reader, last_id_of_a_block_wins)
{
	check(LITERAL("id: 1\nid: 2\ndata: a\n\n"), LITERAL("...(|a|2|-|-1)"));
}

Test(stream_reader, empty_id_resets)
{
	check(LITERAL("id: 1\ndata: a\n\nid\ndata: b\n\ndata: c\n\n"),
	    LITERAL("..(|a|1|-|-1)..(|b||-|-1).(|c||-|-1)"));
}

Test(stream_reader, id_with_nul_is_ignored)
{
	check(LITERAL("id: 1\nid: 2\0\ndata: a\n\n"),
	    LITERAL(".<bad id>.(|a|1|-|-1)"));
	check(
	    LITERAL("id: \0\n\ndata: a\n\n"), LITERAL("<bad id>..(|a|-|-|-1)"));
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
	check(LITERAL("event: a\nevent: \0b\ndata: x\n\n"),
	    LITERAL(".<bad type>.(a|x|-|-|-1)"));
}

Test(stream_reader, nul_in_data_is_data)
{
	check(LITERAL("data: \0a\0\n\n"), LITERAL(".(|\0a\0|-|-|-1)"));
}

Test(stream_reader, comment_is_an_event_of_its_own)
{
	check(LITERAL(":\n"), LITERAL("(-|-|-||-1)"));
	check(LITERAL(": hi\n"), LITERAL("(-|-|-|hi|-1)"));
	check(LITERAL(":  hi: \n"), LITERAL("(-|-|-| hi: |-1)"));
}

Test(stream_reader, comment_does_not_disturb_its_block)
{
	check(LITERAL("data: a\n: c\nid: 1\ndata: b\n\n"),
	    LITERAL(".(-|-|-|c|-1)..(|a\nb|1|-|-1)"));
}

Test(stream_reader, retry_applies_at_once)
{
	check(LITERAL("data: a\nretry: 1500\ndata: b\n\n"),
	    LITERAL(".(-|-|-|-|1500).(|a\nb|-|-|-1)"));
	check(LITERAL("retry:0\n"), LITERAL("(-|-|-|-|0)"));
	check(LITERAL("retry: 007\n"), LITERAL("(-|-|-|-|7)"));
}

Test(stream_reader, retry_is_of_ascii_digits_only)
{
	check(LITERAL("retry: 1x\nretry: -1\nretry: +1\nretry: 1.5\n"
		      "retry:  1\nretry: 1 \nretry: 0x1\nretry: :\n"
		      "retry: /\nretry:\n"),
	    LITERAL(".........."));
}

Test(stream_reader, retry_too_large_for_any_number_stays_large)
{
	check(LITERAL("retry: 9223372036854775799\n"),
	    LITERAL("(-|-|-|-|9223372036854775799)"));
	check(LITERAL("retry: 99999999999999999999999999999\n"),
	    LITERAL("(-|-|-|-|9223372036854775799)"));
}

Test(stream_reader, byte_order_mark_is_for_the_caller)
{
	check(LITERAL("\xef\xbb\xbf"
		      "data: a\n\n"),
	    LITERAL(".."));
}

Test(stream_reader, data_of_exactly_the_cap_is_an_event)
{
	check_capped(4, LITERAL("data: abcd\n\n"), LITERAL(".(|abcd|-|-|-1)"));
	check_capped(
	    4, LITERAL("data: a\ndata: bc\n\n"), LITERAL("..(|a\nbc|-|-|-1)"));
	check_capped(
	    4, LITERAL("data: abc\ndata:\n\n"), LITERAL("..(|abc\n|-|-|-1)"));
	check_capped(0, LITERAL("data\n\n"), LITERAL(".(||-|-|-1)"));
}

Test(stream_reader, data_over_the_cap_is_skipped_by_its_size)
{
	check_capped(4, LITERAL("data: abcde\n\n"), LITERAL(".<6>"));
	check_capped(4, LITERAL("data: abcd\ndata:\n\n"), LITERAL("..<6>"));
	check_capped(4, LITERAL("data: ab\ndata: cd\n\n"), LITERAL("..<6>"));
	check_capped(
	    4, LITERAL("data: abc\ndata: d\ndata: ef\n\n"), LITERAL("...<9>"));
	check_capped(0, LITERAL("data\ndata\n\n"), LITERAL("..<2>"));
}

Test(stream_reader, goes_on_after_an_event_over_the_cap)
{
	check_capped(4, LITERAL("data: abcde\n\ndata: x\n\n"),
	    LITERAL(".<6>.(|x|-|-|-1)"));
	check_capped(4, LITERAL("event: t\ndata: abcde\n\ndata: x\n\n"),
	    LITERAL("..<6>.(|x|-|-|-1)"));
}

Test(stream_reader, rest_of_an_event_over_the_cap_is_not_an_event)
{
	check_capped(4, LITERAL("data: abcde\ndata: x\nid: 1\n\ndata: y\n\n"),
	    LITERAL("...<8>.(|y|1|-|-1)"));
}

Test(stream_reader, type_or_id_over_the_cap_skips_its_event)
{
	check_capped(4, LITERAL("event: abcde\ndata: a\n\ndata: b\n\n"),
	    LITERAL("..<8>.(|b|-|-|-1)"));
	check_capped(4, LITERAL("id: abcd\nevent: abcd\ndata: a\n\n"),
	    LITERAL("...(abcd|a|abcd|-|-1)"));
}

Test(stream_reader, event_with_a_skipped_line_is_skipped)
{
	struct stream_reader reader;
	struct bytes told = {0};

	stream_reader_init(&reader, 10);
	take(&reader, LITERAL("data: abc\n"), &told);
	stream_reader_skip(&reader, 1000);
	take(&reader, LITERAL("data: d\n\ndata: e\n\n"), &told);
	assert_span(bytes_span(&told), LITERAL("..<1007>.(|e|-|-|-1)"));
	bytes_free(&told);
	stream_reader_fini(&reader);
}

Test(stream_reader, comment_and_retry_in_a_skipped_event_count)
{
	check_capped(4, LITERAL("data: abcde\n: c\nretry: 1\n\n"),
	    LITERAL(".(-|-|-|c|-1)(-|-|-|-|1)<6>"));
}

Test(stream_reader, block_may_begin_with_a_skipped_line)
{
	struct stream_reader reader;
	struct bytes told = {0};

	stream_reader_init(&reader, 10);
	take(&reader, LITERAL("data: a\n\n"), &told);
	stream_reader_skip(&reader, 1000);
	take(&reader, LITERAL("data: b\n\ndata: c\n\n"), &told);
	assert_span(
	    bytes_span(&told), LITERAL(".(|a|-|-|-1).<1003>.(|c|-|-|-1)"));
	bytes_free(&told);
	stream_reader_fini(&reader);
}

Test(stream_reader, skipped_line_counts_as_the_first)
{
	struct stream_reader reader;
	struct bytes told = {0};

	stream_reader_init(&reader, 10);
	stream_reader_skip(&reader, 1000);
	take(&reader, LITERAL("a\n\n"), &told);
	assert_span(bytes_span(&told), LITERAL(".<1001>"));
	bytes_free(&told);
	stream_reader_fini(&reader);
}
