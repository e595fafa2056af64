/* SPDX-License-Identifier: MIT */

#include "core/stream_writer.h"

#include "helpers.h"

#define R "\xef\xbf\xbd" /* U+FFFD */

static void
check(enum dialect dialect, const struct event *event, struct span wanted)
{
	struct bytes out = {0};

	stream_write_event(dialect, event, bytes_sink(&out));
	assert_span(bytes_span(&out), wanted);
	cr_assert_eq(stream_event_size(dialect, event), wanted.n);
	bytes_free(&out);
}

static void
check_today(struct event event, struct span wanted)
{
	check(DIALECT_EVENT_STREAM, &event, wanted);
}

static void
check_dom(struct event event, struct span wanted)
{
	check(DIALECT_DOM_EVENT_STREAM, &event, wanted);
}

static struct event
with_data(struct span data)
{
	struct event event = EVENT_NONE;

	event.data = data;
	return event;
}

#define CHECK(EVENT, WANTED) check_today(EVENT, LITERAL(WANTED))
#define CHECK_DOM(EVENT, WANTED) check_dom(EVENT, LITERAL(WANTED))
#define CHECK_DATA(DATA, WANTED) CHECK(with_data(LITERAL(DATA)), WANTED)

Test(stream_writer, knows_the_media_types)
{
	cr_assert_str_eq(
	    stream_media_type(DIALECT_EVENT_STREAM), "text/event-stream");
	cr_assert_str_eq(stream_media_type(DIALECT_DOM_EVENT_STREAM),
	    "application/x-dom-event-stream");
}

Test(stream_writer, heartbeat_is_a_single_comment_line)
{
	assert_span(stream_heartbeat(DIALECT_EVENT_STREAM), LITERAL(":\n"));
	assert_span(stream_heartbeat(DIALECT_DOM_EVENT_STREAM), LITERAL(";\n"));
}

Test(stream_writer, data_alone_is_an_event)
{
	CHECK_DATA("hello", "data: hello\n\n");
	check_dom(with_data(LITERAL("hello")), LITERAL("data: hello\n\n"));
}

Test(stream_writer, empty_data_is_an_event)
{
	CHECK_DATA("", "data:\n\n");
	check_dom(with_data(LITERAL("")), LITERAL("data:\n\n"));
}

Test(stream_writer, fields_come_in_a_fixed_order)
{
	struct event event = {
	    .type = LITERAL("tick"),
	    .data = LITERAL("a\nb"),
	    .id = LITERAL("7"),
	    .comment = LITERAL("note"),
	    .retry_ms = 1500,
	};

	CHECK(event,
	    "id: 7\n: note\nevent: tick\nretry: 1500\n"
	    "data: a\ndata: b\n\n");
	CHECK_DOM(event, "; note\nEvent: tick\ndata: a\ndata: b\n\n");
}

Test(stream_writer, every_line_end_in_data_begins_a_data_line)
{
	static const struct {
		struct span data, wanted;
	} cases[] = {
	    {LITERAL("a\nb"), LITERAL("data: a\ndata: b\n\n")},
	    {LITERAL("a\rb"), LITERAL("data: a\ndata: b\n\n")},
	    {LITERAL("a\r\nb"), LITERAL("data: a\ndata: b\n\n")},
	    {LITERAL("a\n\rb"), LITERAL("data: a\ndata:\ndata: b\n\n")},
	    {LITERAL("a\n\nb"), LITERAL("data: a\ndata:\ndata: b\n\n")},
	    {LITERAL("a\r\rb"), LITERAL("data: a\ndata:\ndata: b\n\n")},
	    {LITERAL("a\r\r\nb"), LITERAL("data: a\ndata:\ndata: b\n\n")},
	    {LITERAL("a\n"), LITERAL("data: a\ndata:\n\n")},
	    {LITERAL("a\r"), LITERAL("data: a\ndata:\n\n")},
	    {LITERAL("a\r\n"), LITERAL("data: a\ndata:\n\n")},
	    {LITERAL("\n"), LITERAL("data:\ndata:\n\n")},
	    {LITERAL("\r"), LITERAL("data:\ndata:\n\n")},
	    {LITERAL("\r\n"), LITERAL("data:\ndata:\n\n")},
	    {LITERAL("\n\n"), LITERAL("data:\ndata:\ndata:\n\n")},
	    {LITERAL("\ra"), LITERAL("data:\ndata: a\n\n")},
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		check_today(with_data(cases[i].data), cases[i].wanted);
		check_dom(with_data(cases[i].data), cases[i].wanted);
	}
}

Test(stream_writer, looks_no_further_than_its_data)
{
	check_today(with_data((struct span){"a\r\nb", 2}),
	    LITERAL("data: a\ndata:\n\n"));
	check_today(with_data((struct span){"\xe2\x82\xac", 2}),
	    LITERAL("data: " R "\n\n"));
	check_today(
	    with_data((struct span){"a\nb", 1}), LITERAL("data: a\n\n"));
}

Test(stream_writer, data_cannot_inject_a_field_or_an_event)
{
	CHECK_DATA("a\rid: 1\r\rdata: b",
	    "data: a\ndata: id: 1\ndata:\ndata: data: b\n\n");
	CHECK_DATA("\n\nevent: x\n\n",
	    "data:\ndata:\ndata: event: x\ndata:\ndata:\n\n");
	check_dom(with_data(LITERAL("\n;\nEvent: x\r\r")),
	    LITERAL("data:\ndata: ;\ndata: Event: x\ndata:\ndata:\n\n"));
}

Test(stream_writer, leading_spaces_and_colons_survive)
{
	CHECK_DATA(" a", "data:  a\n\n");
	CHECK_DATA("  ", "data:   \n\n");
	CHECK_DATA(":a", "data: :a\n\n");
	CHECK_DATA("\ta", "data: \ta\n\n");
}

Test(stream_writer, other_line_separators_are_plain_characters)
{
	CHECK_DATA("a\v\f\xc2\x85\xe2\x80\xa8"
		   "b",
	    "data: a\v\f\xc2\x85\xe2\x80\xa8"
	    "b\n\n");
}

Test(stream_writer, nul_in_data_is_data)
{
	CHECK_DATA("a\0b\0", "data: a\0b\0\n\n");
}

Test(stream_writer, ill_formed_utf8_is_replaced_everywhere)
{
	struct event event = {
	    .type = LITERAL("t\xff"),
	    .data = LITERAL("\xe2\x82\n\xac"),
	    .id = LITERAL("i\xc0"),
	    .comment = LITERAL("\xed\xa0\x80"),
	    .retry_ms = -1,
	};

	check_today(event,
	    LITERAL("id: i" R "\n: " R R R "\nevent: t" R "\n"
		    "data: " R "\ndata: " R "\n\n"));
}

Test(stream_writer, empty_id_is_written_since_it_resets)
{
	struct event event = with_data(LITERAL("a"));

	event.id = LITERAL("");
	CHECK(event, "id:\ndata: a\n\n");
	CHECK_DOM(event, "data: a\n\n");
}

Test(stream_writer, empty_type_is_the_default_and_not_written)
{
	struct event event = with_data(LITERAL("a"));

	event.type = LITERAL("");
	CHECK(event, "data: a\n\n");
	CHECK_DOM(event, "data: a\n\n");
}

Test(stream_writer, id_without_data_moves_the_cursor_only)
{
	struct event event = EVENT_NONE;

	event.id = LITERAL("7");
	CHECK(event, "id: 7\n\n");
	event.type = LITERAL("never fired");
	CHECK(event, "id: 7\n\n");
	CHECK_DOM(event, "");
}

Test(stream_writer, retry_without_data_sets_the_time_only)
{
	struct event event = EVENT_NONE;

	event.retry_ms = 0;
	CHECK(event, "retry: 0\n\n");
	event.retry_ms = INT64_MAX;
	CHECK(event, "retry: 9223372036854775807\n\n");
	CHECK_DOM(event, "");
}

Test(stream_writer, comment_alone_has_no_empty_line)
{
	struct event event = EVENT_NONE;

	event.comment = LITERAL("hi");
	CHECK(event, ": hi\n");
	CHECK_DOM(event, "; hi\n");
	event.comment = LITERAL("");
	CHECK(event, ":\n");
	CHECK_DOM(event, ";\n");
	event.comment = LITERAL(" x");
	CHECK(event, ":  x\n");
}

Test(stream_writer, comment_with_a_retry_is_a_block)
{
	struct event event = EVENT_NONE;

	event.comment = LITERAL("hi");
	event.retry_ms = 2000;
	CHECK(event, ": hi\nretry: 2000\n\n");
	CHECK_DOM(event, "; hi\n");
}

Test(stream_writer, event_with_nothing_is_nothing)
{
	CHECK(EVENT_NONE, "");
	CHECK_DOM(EVENT_NONE, "");
}
