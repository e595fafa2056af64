/* SPDX-License-Identifier: MIT */

/*
 * json: one object a line with data (a string, or any JSON value, which is
 * sent compact), event, id and retry, or with other members in their place.
 * Further members are ignored.
 */

#include "core/event_id.h"

#include "core/owned.h"
#include "formats/input_format.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char not_json[] = "skipped a line that is not JSON";
static const char not_object[] = "skipped a JSON value that is not an object";
static const char no_data[] = "skipped a JSON object without \"data\"";
static const char no_mapped_data[] =
    "skipped a JSON object without the member that --json names for data";

static struct span
string_span(const json_t *string)
{
	return (struct span){
	    json_string_value(string), json_string_length(string)};
}

/*
 * The value as compact text with as few digits as bring every number back.
 * Returns memory for free(), or NULL.
 */
static char *
format_json_dump_compact(const json_t *value)
{
	char *text = NULL;
	bool exact = false;

	for (size_t digits = 15; !exact && digits <= 17; digits++) {
		json_t *back;

		free(text);
		text = json_dumps(value,
		    JSON_COMPACT | JSON_ENCODE_ANY |
			JSON_REAL_PRECISION(digits));
		if (!text)
			return NULL;
		back = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		exact = back && json_equal(back, (json_t *)value);
		json_decref(back);
	}
	return text;
}

/* Enough for any number that is taken, with the NUL. */
enum { NUMBER_SIZE = 24 };

/* An event made from an object, with the memory that its spans need. */
struct json_event {
	struct event event;
	char id[NUMBER_SIZE]; /* given as a number */
	char type[NUMBER_SIZE];
	char *dumped; /* data given as another value than a string */
};

static const char *
format_json_read_data(struct json_event *made, const json_t *data)
{
	if (json_is_string(data)) {
		made->event.data = string_span(data);
		return NULL;
	}
	made->dumped = format_json_dump_compact(data);
	made->event.data = span_of(made->dumped);
	return made->dumped ? NULL
			    : "skipped a JSON value that cannot be written";
}

/*
 * An integer, or a real number without a fraction: on a line with a number too
 * large for an integer, jansson reads every number as real.
 */
static bool
format_json_whole_number(const json_t *value, json_int_t *number)
{
	static const double exact = 9007199254740992.0; /* 2 to the 53 */
	double real = json_number_value(value);

	if (json_is_integer(value)) {
		*number = json_integer_value(value);
		return true;
	}
	if (!json_is_real(value) || real < -exact || real > exact)
		return false;
	*number = (json_int_t)real;
	return (double)*number == real;
}

/* A string, or a whole number, written into memory; else absent. */
static struct span
format_json_string_or_number(const json_t *value, char memory[NUMBER_SIZE])
{
	json_int_t number;

	if (!format_json_whole_number(value, &number))
		return json_is_string(value) ? string_span(value)
					     : (struct span){NULL, 0};
	snprintf(memory, NUMBER_SIZE, "%" JSON_INTEGER_FORMAT, number);
	return span_of(memory);
}

static const char *
format_json_read_id(
    struct input_format *format, struct json_event *made, const json_t *id)
{
	struct span value = format_json_string_or_number(id, made->id);

	if (!value.bytes)
		return "skipped a JSON object whose id is neither a string nor "
		       "a whole number";
	if (event_id_is_acceptable(value))
		made->event.id = value;
	else
		input_format_ignore(format,
		    "ignored an id with CR, LF or NUL or over 1024 bytes");
	return NULL;
}

static const char *
format_json_read_type(
    struct input_format *format, struct json_event *made, const json_t *type)
{
	struct span value = format_json_string_or_number(type, made->type);

	if (!value.bytes)
		return "skipped a JSON object whose event type is neither a "
		       "string nor a whole number";
	if (!span_has_line_break_or_nul(value))
		made->event.type = value;
	else
		input_format_ignore(
		    format, "ignored an event type with CR, LF or NUL");
	return NULL;
}

static const char *
format_json_read_retry(struct json_event *made, const json_t *retry)
{
	json_int_t number;

	if (!format_json_whole_number(retry, &number) || number < 0)
		return "skipped a JSON object whose \"retry\" is not a number "
		       "of milliseconds";
	made->event.retry_ms = number;
	return NULL;
}

static const json_t *
format_json_member(const json_t *object, const char *name)
{
	return *name ? json_object_get(object, name) : NULL;
}

/* Makes the event from the object; returns why it cannot, or NULL. */
static const char *
format_json_read_object(
    struct input_format *format, struct json_event *made, const json_t *object)
{
	const struct json_members *names = format->json;
	const json_t *data = format_json_member(object, names->data);
	const json_t *type = format_json_member(object, names->event);
	const json_t *id = format_json_member(object, names->id);
	const json_t *retry = format_json_member(object, names->retry);
	const char *reason = NULL;

	if (!data)
		return names == &json_members_usual ? no_data : no_mapped_data;
	if (type)
		reason = format_json_read_type(format, made, type);
	if (!reason && id)
		reason = format_json_read_id(format, made, id);
	if (!reason && retry)
		reason = format_json_read_retry(made, retry);
	return reason ? reason : format_json_read_data(made, data);
}

/* An integer that is too large for jansson is read as a real number. */
static json_t *
format_json_parse_valid(struct span line)
{
	static const size_t flags = JSON_ALLOW_NUL | JSON_DECODE_ANY;
	json_error_t error = {0}; /* unset where memory is short */
	json_t *value = json_loadb(line.bytes, line.n, flags, &error);

	if (value || json_error_code(&error) != json_error_numeric_overflow)
		return value;
	return json_loadb(
	    line.bytes, line.n, flags | JSON_DECODE_INT_AS_REAL, NULL);
}

static void
format_json_write_utf8(const void *what, struct byte_sink sink)
{
	const struct span *line = what;

	sink_utf8(sink, *line);
}

/* Parses the line; ill-formed UTF-8 becomes U+FFFD as everywhere. */
static json_t *
format_json_parse(struct span line)
{
	struct owned written;
	size_t bad;
	json_t *value;

	utf8_valid_prefix(line.bytes, line.n, &bad);
	if (bad == 0)
		return format_json_parse_valid(line);
	written = owned_written(format_json_write_utf8, &line);
	if (!written.bytes)
		return NULL;
	value = format_json_parse_valid(owned_span(&written));
	owned_free(&written);
	return value;
}

/* Whether there is nothing but JSON's white space (RFC 8259, 2). */
static bool
format_json_is_blank(struct span line)
{
	size_t n = 0;

	while (n < line.n && strchr(" \t\r\n", line.bytes[n]) &&
	    line.bytes[n] != '\0')
		n++;
	return n == line.n;
}

/* A hint at the likely mistake, or NULL. */
static const char *
format_json_hint_for(const char *reason)
{
	if (reason == no_data)
		return "--json data=NAME takes another member for it; -f lines "
		       "sends lines as they are";
	if (reason == no_mapped_data)
		return "-f lines sends lines as they are";
	if (reason == not_json || reason == not_object)
		return "the json format expects a JSON object on each line; "
		       "-f lines sends lines as they are";
	return NULL;
}

static bool
on_record(struct input_format *format, struct span record)
{
	struct json_event made = {.event = EVENT_NONE};
	const char *reason = not_json;
	json_t *object;
	bool more = true;

	if (format_json_is_blank(record))
		return true;
	object = format_json_parse(record);
	if (json_is_object(object))
		reason = format_json_read_object(format, &made, object);
	else if (object)
		reason = not_object;
	if (!reason && made.event.data.n > format->max_event)
		reason = "skipped an event over --max-event";
	if (reason)
		input_format_skip(
		    format, reason, format_json_hint_for(reason), record.n);
	else
		more = input_format_emit(format, &made.event);
	free(made.dumped);
	json_decref(object);
	return more;
}

/* What is not known is left out. */
static const char *
write_object(const struct event *event, struct span user, struct byte_sink sink)
{
	sink_text(sink, "{");
	if (event->type.n > 0) {
		sink_text(sink, "\"event\":");
		sink_json_string(sink, event->type);
		sink_text(sink, ",");
	}
	sink_text(sink, "\"data\":");
	sink_json_string(sink, event->data);
	if (user.bytes) {
		sink_text(sink, ",\"user\":");
		sink_json_string(sink, user);
	}
	sink_text(sink, "}\n");
	return NULL;
}

const struct input_format_kind format_json = {
    .name = "json",
    .on_record = on_record,
    .write = write_object,
};
