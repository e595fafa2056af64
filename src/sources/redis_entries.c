/* SPDX-License-Identifier: MIT */

#include "sources/redis_entries.h"

#include "core/event_id.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Names and values of an entry; one of more is too long. */
enum { REDIS_WORDS_MAX = 65536 };

void
redis_entries_init(struct redis_entries *entries, unsigned depth, size_t max)
{
	*entries = (struct redis_entries){.depth = depth, .max = max};
}

void
redis_entries_fini(struct redis_entries *entries)
{
	buffer_fini(&entries->bytes);
	free(entries->ends);
	entries->ends = NULL;
	entries->n_ends = entries->max_ends = 0;
}

void
redis_entries_begin(struct redis_entries *entries)
{
	entries->state = REDIS_ENTRIES_BETWEEN;
	entries->has_id = false;
}

bool
redis_entries_unfinished(
    const struct redis_entries *entries, struct redis_id *id)
{
	*id = entries->entry.id;
	return entries->has_id && entries->state != REDIS_ENTRIES_BETWEEN;
}

static void
redis_entries_reject(struct redis_entries *entries)
{
	bool has_id = entries->has_id;

	entries->state = REDIS_ENTRIES_SKIP;
	entries->has_id = false;
	entries->on_bad_entry(entries->ctx, has_id ? &entries->entry.id : NULL);
}

static void
redis_entries_finish(struct redis_entries *entries)
{
	entries->state = REDIS_ENTRIES_BETWEEN;
	entries->has_id = false;
	entries->entry.fields = entries;
	entries->on_entry(entries->ctx, &entries->entry);
}

static bool
redis_entries_grow_ends(struct redis_entries *entries)
{
	size_t n = entries->max_ends > 0 ? 2 * entries->max_ends : 16;
	size_t *longer = realloc(entries->ends, n * sizeof(*longer));

	if (!longer)
		return false;
	entries->ends = longer;
	entries->max_ends = n;
	return true;
}

/* A word that there is no room for makes the entry too long. */
static void
redis_entries_keep(struct redis_entries *entries, struct span word)
{
	struct redis_entry *entry = &entries->entry;

	entry->n_bytes += word.n;
	if (entry->is_too_long)
		return;
	if (entries->n_ends == REDIS_WORDS_MAX ||
	    (entries->n_ends == entries->max_ends &&
		!redis_entries_grow_ends(entries)) ||
	    buffer_append(&entries->bytes, word, entries->max) < 0) {
		entry->is_too_long = true;
		return;
	}
	entries->ends[entries->n_ends++] = entries->bytes.n;
}

static void
redis_entries_begin_entry(
    struct redis_entries *entries, const struct redis_token *token)
{
	entries->entry = (struct redis_entry){.n_bytes = 0};
	entries->has_id = false;
	entries->n_ends = 0;
	entries->bytes.n = 0;
	if (token->type == REDIS_TOKEN_ARRAY && token->number == 2)
		entries->state = REDIS_ENTRIES_ID;
	else
		redis_entries_reject(entries);
}

static void
redis_entries_take_id(
    struct redis_entries *entries, const struct redis_token *token)
{
	entries->has_id = token->type == REDIS_TOKEN_STRING &&
	    redis_id_parse(&entries->entry.id, token->text);
	if (entries->has_id)
		entries->state = REDIS_ENTRIES_FIELDS;
	else
		redis_entries_reject(entries);
}

static void
redis_entries_take_fields(
    struct redis_entries *entries, const struct redis_token *token)
{
	if (token->type != REDIS_TOKEN_ARRAY || token->number <= 0 ||
	    token->number % 2 != 0) {
		redis_entries_reject(entries);
		return;
	}
	entries->state = REDIS_ENTRIES_IN_FIELDS;
	entries->n_left = (size_t)token->number;
}

static void
redis_entries_take_word(
    struct redis_entries *entries, const struct redis_token *token)
{
	if (token->type != REDIS_TOKEN_STRING) {
		redis_entries_reject(entries);
		return;
	}
	redis_entries_keep(entries, token->text);
	if (--entries->n_left == 0)
		redis_entries_finish(entries);
}

void
redis_entries_take(
    struct redis_entries *entries, const struct redis_token *token)
{
	unsigned depth = token->depth - entries->depth;

	if (depth == 1)
		redis_entries_begin_entry(entries, token);
	else if (entries->state == REDIS_ENTRIES_ID && depth == 2)
		redis_entries_take_id(entries, token);
	else if (entries->state == REDIS_ENTRIES_FIELDS && depth == 2)
		redis_entries_take_fields(entries, token);
	else if (entries->state == REDIS_ENTRIES_IN_FIELDS && depth == 3)
		redis_entries_take_word(entries, token);
	else if (entries->state != REDIS_ENTRIES_SKIP)
		redis_entries_reject(entries);
}

/* Events. */

static struct span
redis_entry_word(const struct redis_entry *entry, size_t i)
{
	const struct redis_entries *fields = entry->fields;
	size_t from = i > 0 ? fields->ends[i - 1] : 0;
	struct span bytes = buffer_span(&fields->bytes);

	return (struct span){bytes.bytes + from, fields->ends[i] - from};
}

/* The value of the field; absent if there is none. */
static struct span
redis_entry_field(const struct redis_entry *entry, const char *name)
{
	for (size_t i = 0; i + 1 < entry->fields->n_ends; i += 2)
		if (span_is(redis_entry_word(entry, i), name))
			return redis_entry_word(entry, i + 1);
	return (struct span){NULL, 0};
}

static void
redis_entry_write_json(const struct redis_entry *entry, struct byte_sink sink)
{
	sink_text(sink, "{");
	for (size_t i = 0; i + 1 < entry->fields->n_ends; i += 2) {
		sink_text(sink, i > 0 ? "," : "");
		sink_json_string(sink, redis_entry_word(entry, i));
		sink_text(sink, ":");
		sink_json_string(sink, redis_entry_word(entry, i + 1));
	}
	sink_text(sink, "}");
}

struct redis_json {
	struct buffer *out;
	size_t max;
	int rc;
};

static void
redis_json_put(void *ctx, const char *bytes, size_t n)
{
	struct redis_json *json = ctx;

	if (json->rc == 0)
		json->rc = buffer_append(
		    json->out, (struct span){bytes, n}, json->max);
}

static int
redis_entry_json(const struct redis_entry *entry, struct event *event,
    struct buffer *out, size_t max)
{
	struct redis_json json = {out, max, 0};

	out->n = 0;
	redis_entry_write_json(
	    entry, (struct byte_sink){redis_json_put, &json});
	event->data = buffer_span(out);
	return json.rc;
}

int
redis_entry_event(const struct redis_entry *entry, struct event *event,
    struct buffer *json, size_t max, bool *dropped)
{
	*event = EVENT_NONE;
	*dropped = false;
	if (entry->is_too_long)
		return -EMSGSIZE;
	event->data = redis_entry_field(entry, "data");
	if (!event->data.bytes)
		return redis_entry_json(entry, event, json, max);
	event->type = redis_entry_field(entry, "event");
	*dropped = event->type.bytes && !event_id_is_acceptable(event->type);
	if (*dropped)
		event->type = (struct span){NULL, 0};
	return event->data.n > max ? -EMSGSIZE : 0;
}
