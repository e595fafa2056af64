/* SPDX-License-Identifier: MIT */

/*
 * What journalctl --output=json writes, an entry a line.  An entry becomes an
 * object of time, unit, priority, identifier, pid and message, as far as it has
 * them, and its cursor becomes the id.  Not for users to choose.
 */

#include "core/owned.h"
#include "formats/input_format.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * Fields that are no text are arrays of bytes, each of up to five characters.
 */
enum { JOURNAL_EXPANSION = 6, JOURNAL_OVERHEAD = 65536 };

static const char journal_not_entry[] =
    "skipped a line of journalctl that is no entry";

/* An entry, and memory for a message that is no text. */
struct journal_entry {
	const json_t *fields;
	struct buffer bytes;
	char time[40];
};

/* The first of the fields that there is; of several values the first. */
static const json_t *
journal_field(
    const struct journal_entry *entry, const char *name, const char *other)
{
	const json_t *value = json_object_get(entry->fields, name);

	if (!value && other)
		value = json_object_get(entry->fields, other);
	if (json_is_array(value) && !json_is_integer(json_array_get(value, 0)))
		value = json_array_get(value, 0);
	return value;
}

static struct span
journal_text(const json_t *value)
{
	return json_is_string(value)
	    ? (struct span){json_string_value(value), json_string_length(value)}
	    : (struct span){NULL, 0};
}

static bool
journal_is_number(struct span text)
{
	size_t n = 0;

	while (n < text.n && text.bytes[n] >= '0' && text.bytes[n] <= '9')
		n++;
	return n > 0 && n == text.n && n <= 18 &&
	    (n == 1 || text.bytes[0] != '0');
}

/* A message of bytes; the object's writer makes them valid UTF-8. */
static int
journal_read_bytes(struct journal_entry *entry, const json_t *array)
{
	const json_t *value;
	size_t i;

	json_array_foreach(array, i, value)
	{
		char c = (char)json_integer_value(value);

		if (buffer_append(
			&entry->bytes, (struct span){&c, 1}, SIZE_MAX) < 0)
			return -1;
	}
	return 0;
}

static void
journal_read_time(struct journal_entry *entry)
{
	struct span text =
	    journal_text(journal_field(entry, "__REALTIME_TIMESTAMP", NULL));
	const char *at = text.bytes;
	char date[32];
	uint64_t us;
	struct tm tm;
	time_t s;

	if (!at || !text_take_number(&at, &us))
		return;
	s = (time_t)(us / 1000000);
	if (gmtime_r(&s, &tm) &&
	    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm) > 0)
		snprintf(entry->time, sizeof(entry->time), "%s.%06" PRIu64 "Z",
		    date, us % 1000000);
}

/* Writing the object. */

static void
journal_put(struct byte_sink sink, const char *name, struct span value)
{
	if (!value.bytes)
		return;
	sink_text(sink, "\"");
	sink_text(sink, name);
	sink_text(sink, "\":");
	if (strcmp(name, "pid") != 0 && strcmp(name, "priority") != 0)
		sink_json_string(sink, value);
	else if (journal_is_number(value))
		sink_span(sink, value);
	else
		sink_text(sink, "null");
	sink_text(sink, ",");
}

static void
journal_write(const void *what, struct byte_sink sink)
{
	const struct journal_entry *entry = what;
	const json_t *message = journal_field(entry, "MESSAGE", NULL);

	sink_text(sink, "{");
	if (entry->time[0])
		journal_put(sink, "time", span_of(entry->time));
	journal_put(sink, "unit",
	    journal_text(journal_field(entry, "UNIT", "_SYSTEMD_UNIT")));
	journal_put(sink, "priority",
	    journal_text(journal_field(entry, "PRIORITY", NULL)));
	journal_put(sink, "identifier",
	    journal_text(journal_field(entry, "SYSLOG_IDENTIFIER", "_COMM")));
	journal_put(sink, "pid",
	    journal_text(journal_field(entry, "_PID", "SYSLOG_PID")));
	sink_text(sink, "\"message\":");
	if (json_is_array(message))
		sink_json_string(sink, buffer_span(&entry->bytes));
	else if (json_is_string(message))
		sink_json_string(sink, journal_text(message));
	else
		sink_text(sink, "null");
	sink_text(sink, "}");
}

static bool
journal_emit(struct input_format *format, struct journal_entry *entry,
    struct span cursor, size_t size)
{
	struct owned data = owned_written(journal_write, entry);
	struct event event = EVENT_NONE;
	bool goes_on = true;

	event.data = owned_span(&data);
	event.id = cursor;
	if (!data.bytes)
		input_format_skip(
		    format, "skipped an entry: out of memory", NULL, size);
	else if (data.n > format->max_event)
		input_format_skip(format, input_format_too_long, NULL, data.n);
	else
		goes_on = input_format_emit(format, &event);
	owned_free(&data);
	return goes_on;
}

static bool
on_record(struct input_format *format, struct span record)
{
	json_t *fields = json_loadb(
	    record.bytes, record.n, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
	struct journal_entry entry = {.fields = fields};
	struct span cursor = journal_text(json_object_get(fields, "__CURSOR"));
	const json_t *message = journal_field(&entry, "MESSAGE", NULL);
	bool goes_on = true;

	if (!cursor.bytes)
		input_format_skip(format, journal_not_entry, NULL, record.n);
	else if (json_is_array(message) &&
	    journal_read_bytes(&entry, message) < 0)
		input_format_skip(
		    format, "skipped an entry: out of memory", NULL, record.n);
	else {
		journal_read_time(&entry);
		goes_on = journal_emit(format, &entry, cursor, record.n);
	}
	buffer_fini(&entry.bytes);
	json_decref(fields);
	return goes_on;
}

const struct input_format_kind format_journal = {
    .name = "journal",
    .complete = true,
    .expansion = JOURNAL_EXPANSION,
    .overhead = JOURNAL_OVERHEAD,
    .on_record = on_record,
};
