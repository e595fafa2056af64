/* SPDX-License-Identifier: MIT */

/*
 * The stream writer in both dialects: whatever an event holds, what comes out
 * is valid UTF-8 and has exactly the lines that the event is made of.
 */

#include "core/stream_writer.h"

#include "fuzz.h"

/* Lines of an event by their beginning. */
struct lines {
	size_t n_id, n_comment, n_type, n_retry, n_data, n_empty, n_other;
};

static bool
begins_with(struct span line, const char *text)
{
	size_t n = strlen(text);

	return line.n >= n && memcmp(line.bytes, text, n) == 0;
}

static void
count_line(struct lines *lines, bool dom, struct span line)
{
	if (line.n == 0)
		lines->n_empty++;
	else if (begins_with(line, "data:"))
		lines->n_data++;
	else if (begins_with(line, dom ? "Event: " : "event: "))
		lines->n_type++;
	else if (begins_with(line, dom ? ";" : ":"))
		lines->n_comment++;
	else if (!dom && begins_with(line, "id:"))
		lines->n_id++;
	else if (!dom && begins_with(line, "retry: "))
		lines->n_retry++;
	else
		lines->n_other++;
}

static size_t
lines_of_data(struct span data)
{
	size_t n = data.bytes != NULL;

	for (size_t i = 0; i < data.n; i++)
		if (data.bytes[i] == '\n' ||
		    (data.bytes[i] == '\r' &&
			(i + 1 == data.n || data.bytes[i + 1] != '\n')))
			n++;
	return n;
}

static void
check(enum dialect dialect, const struct event *event)
{
	bool dom = dialect == DIALECT_DOM_EVENT_STREAM;
	bool has_data = event->data.bytes != NULL;
	struct lines lines = {0};
	struct bytes out = {0}, decoded = {0};
	size_t from = 0;

	stream_write_event(dialect, event, bytes_sink(&out));
	REQUIRE(stream_event_size(dialect, event) == out.n);
	decode_by_the_book(bytes_span(&out), &decoded);
	REQUIRE(span_equal(bytes_span(&out), bytes_span(&decoded)));
	for (size_t i = 0; i < out.n; i++) {
		REQUIRE(out.at[i] != '\r');
		if (out.at[i] != '\n')
			continue;
		count_line(&lines, dom, (struct span){out.at + from, i - from});
		REQUIRE(lines.n_empty == 0 || i + 1 == out.n);
		from = i + 1;
	}
	REQUIRE(from == out.n);
	REQUIRE(lines.n_other == 0);
	REQUIRE(lines.n_data == lines_of_data(event->data));
	REQUIRE(lines.n_comment == (event->comment.bytes != NULL));
	REQUIRE(lines.n_type == (has_data && event->type.n > 0));
	REQUIRE(lines.n_id == (!dom && event->id.bytes != NULL));
	REQUIRE(lines.n_retry == (!dom && event->retry_ms >= 0));
	REQUIRE(
	    lines.n_empty == (has_data || lines.n_id > 0 || lines.n_retry > 0));
	bytes_free(&out);
	bytes_free(&decoded);
}

/* A field of one line: what a caller has to see to. */
static struct span
take_line(struct input *input, bool present)
{
	struct span line = take_string(input);

	return present && !span_has_line_break_or_nul(line)
	    ? line
	    : (struct span){NULL, 0};
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	unsigned present = take_byte(&input);
	struct event event = EVENT_NONE;

	if (present & 1)
		event.retry_ms = (int64_t)take_number(&input, 65535);
	event.type = take_line(&input, present & 2);
	event.id = take_line(&input, present & 4);
	event.comment = take_line(&input, present & 8);
	if (present & 16)
		event.data = (struct span){
		    input.n ? (const char *)input.at : "", input.n};
	check(DIALECT_EVENT_STREAM, &event);
	check(DIALECT_DOM_EVENT_STREAM, &event);
	return 0;
}
