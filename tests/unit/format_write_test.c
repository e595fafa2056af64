/* SPDX-License-Identifier: MIT */

/* Events, written for programs that read the format. */

#include "formats/input_format.h"

#include "helpers.h"

static void
check_write(const char *format, struct event event, const char *user,
    struct span wanted)
{
	struct bytes got = {0};
	const char *why = input_format_write(
	    input_format_find(format), &event, span_of(user), bytes_sink(&got));

	cr_assert_eq(why == NULL, wanted.bytes != NULL, "%s", why);
	assert_span(bytes_span(&got), wanted.bytes ? wanted : LITERAL(""));
	bytes_free(&got);
}

#define EVENT(TYPE, DATA) \
	((struct event){ \
	    .type = span_of(TYPE), .data = LITERAL(DATA), .retry_ms = -1})
#define WRITES(FORMAT, TYPE, DATA, WANTED) \
	check_write(FORMAT, EVENT(TYPE, DATA), "al", LITERAL(WANTED))
#define REFUSES(FORMAT, TYPE, DATA) \
	check_write(FORMAT, EVENT(TYPE, DATA), "al", ABSENT)

Test(format_write, line_is_one_line)
{
	WRITES("lines", NULL, "", "\n");
	WRITES("lines", "", " a\0\xff", " a\0\xef\xbf\xbd\n");
	REFUSES("lines", NULL, "a\nb");
	REFUSES("lines", NULL, "a\n");
	REFUSES("lines", NULL, "a\rb");
	REFUSES("lines", "x", "a");
}

Test(format_write, block_ends_with_an_empty_line_and_has_none)
{
	WRITES("blocks", NULL, "a", "a\n\n");
	WRITES("blocks", NULL, "a\r\nb\rc", "a\nb\nc\n\n");
	REFUSES("blocks", NULL, "");
	REFUSES("blocks", NULL, "\na");
	REFUSES("blocks", NULL, "a\r\rb");
	REFUSES("blocks", NULL, "a\n");
	REFUSES("blocks", "x", "a");
}

Test(format_write, string_ends_with_nul)
{
	WRITES("nul", NULL, "", "\0");
	WRITES("nul", NULL, "a\r\nb\xff", "a\r\nb\xef\xbf\xbd\0");
	REFUSES("nul", NULL, "a\0");
	REFUSES("nul", "x", "a");
}

Test(format_write, event_stream_has_type_and_data)
{
	WRITES("sse", NULL, "", "data:\n\n");
	WRITES("sse", "x", "a\n:b", "event: x\ndata: a\ndata: :b\n\n");
}

Test(format_write, object_has_what_is_known)
{
	WRITES("json", "x\"", "a\n\xff",
	    "{\"event\":\"x\\\"\",\"data\":\"a\\u000a\xef\xbf\xbd\","
	    "\"user\":\"al\"}\n");
	check_write(
	    "json", EVENT(NULL, ""), NULL, LITERAL("{\"data\":\"\"}\n"));
}
