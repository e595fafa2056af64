/* SPDX-License-Identifier: MIT */

/*
 * json: one object a line with data (a string, or any JSON value, which is
 * sent compact), event, id and retry.  Other members are ignored.
 */

#include "core/event_id.h"
#include "core/input_format.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char not_json[] = "line that is not JSON skipped";
static const char not_object[] = "JSON value that is not an object skipped";
static const char no_data[] = "JSON object without \"data\" skipped";

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
dump_compact(const json_t *value)
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

/* An event made from an object, with the memory that its spans need. */
struct json_event {
	struct event event;
	char number[24]; /* an id given as a number */
	char *dumped;    /* data given as another value than a string */
};

static const char *
read_data(struct json_event *made, const json_t *data)
{
	if (json_is_string(data)) {
		made->event.data = string_span(data);
		return NULL;
	}
	made->dumped = dump_compact(data);
	made->event.data = span_of(made->dumped);
	return made->dumped ? NULL
			    : "JSON value that cannot be written skipped";
}

/* Beside a number too large for an integer every number is a real one. */
static bool
whole_number(const json_t *value, json_int_t *number)
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

static const char *
read_id(struct input_format *format, struct json_event *made, const json_t *id)
{
	struct span value = string_span(id);
	json_int_t number;

	if (whole_number(id, &number)) {
		snprintf(made->number, sizeof(made->number),
		    "%" JSON_INTEGER_FORMAT, number);
		value = span_of(made->number);
	} else if (!json_is_string(id)) {
		return "JSON object whose \"id\" is not a string skipped";
	}
	if (event_id_is_acceptable(value))
		made->event.id = value;
	else
		input_format_ignore(
		    format, "id with CR, LF, NUL or over 1024 bytes ignored");
	return NULL;
}

static const char *
read_type(
    struct input_format *format, struct json_event *made, const json_t *type)
{
	if (!json_is_string(type))
		return "JSON object whose \"event\" is not a string skipped";
	if (!span_has_line_break_or_nul(string_span(type)))
		made->event.type = string_span(type);
	else
		input_format_ignore(
		    format, "event type with CR, LF or NUL ignored");
	return NULL;
}

static const char *
read_retry(struct json_event *made, const json_t *retry)
{
	json_int_t number;

	if (!whole_number(retry, &number) || number < 0)
		return "JSON object whose \"retry\" is not a number of "
		       "milliseconds skipped";
	made->event.retry_ms = number;
	return NULL;
}

/* Makes the event from the object; returns why it cannot, or NULL. */
static const char *
read_object(
    struct input_format *format, struct json_event *made, const json_t *object)
{
	const json_t *data = json_object_get(object, "data");
	const json_t *type = json_object_get(object, "event");
	const json_t *id = json_object_get(object, "id");
	const json_t *retry = json_object_get(object, "retry");
	const char *reason = NULL;

	if (!data)
		return no_data;
	if (type)
		reason = read_type(format, made, type);
	if (!reason && id)
		reason = read_id(format, made, id);
	if (!reason && retry)
		reason = read_retry(made, retry);
	return reason ? reason : read_data(made, data);
}

/* An integer that is too large for jansson is read as a real number. */
static json_t *
parse_valid(struct span line)
{
	static const size_t flags = JSON_ALLOW_NUL | JSON_DECODE_ANY;
	json_error_t error = {0}; /* unset where memory is short */
	json_t *value = json_loadb(line.bytes, line.n, flags, &error);

	if (value || json_error_code(&error) != json_error_numeric_overflow)
		return value;
	return json_loadb(
	    line.bytes, line.n, flags | JSON_DECODE_INT_AS_REAL, NULL);
}

/* Parses the line; ill-formed UTF-8 becomes U+FFFD as everywhere. */
static json_t *
parse(struct span line)
{
	size_t bad, n = 0;
	struct text_buffer text;
	json_t *value;

	utf8_valid_prefix(line.bytes, line.n, &bad);
	if (bad == 0)
		return parse_valid(line);
	sink_utf8(counting_sink(&n), line);
	text = (struct text_buffer){.bytes = malloc(n), .cap = n};
	if (!text.bytes)
		return NULL;
	sink_utf8(text_buffer_sink(&text), line);
	value = parse_valid((struct span){text.bytes, n});
	free(text.bytes);
	return value;
}

/* Whether there is nothing but JSON's white space (RFC 8259, 2). */
static bool
is_blank(struct span line)
{
	size_t n = 0;

	while (n < line.n && strchr(" \t\r\n", line.bytes[n]) &&
	    line.bytes[n] != '\0')
		n++;
	return n == line.n;
}

/* What the format expects, and how to send lines as they are. */
static const char *
hint_for(const char *reason)
{
	if (reason != not_json && reason != not_object && reason != no_data)
		return NULL;
	return "the json format expects an object with a member \"data\" on "
	       "each line; -f lines sends lines as they are";
}

static bool
on_record(struct input_format *format, struct span record)
{
	struct json_event made = {.event = EVENT_NONE};
	const char *reason = not_json;
	json_t *object;
	bool more = true;

	if (is_blank(record))
		return true;
	object = parse(record);
	if (json_is_object(object))
		reason = read_object(format, &made, object);
	else if (object)
		reason = not_object;
	if (!reason && made.event.data.n > format->max_event)
		reason = "event over --max-event skipped";
	if (reason)
		input_format_skip(format, reason, hint_for(reason), record.n);
	else
		more = input_format_emit(format, &made.event);
	free(made.dumped);
	json_decref(object);
	return more;
}

const struct input_format_kind format_json = {
    .name = "json",
    .on_record = on_record,
};
