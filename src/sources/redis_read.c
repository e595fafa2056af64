/* SPDX-License-Identifier: MIT */

/*
 * One XREAD after another, over the keys of all sources that want more.  Before
 * it go the checks of sources that may have missed something: their verdict
 * comes before the entries.
 */

#include "sources/redis_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How long Redis waits for entries; it is woken if the keys change. */
enum { REDIS_BLOCK_MS = 10000 };

/* The same, if we may not wake it. */
enum { REDIS_SHORT_BLOCK_MS = 500 };

/* Until Redis is asked again after an answer without a meaning. */
enum { REDIS_USELESS_MS = 100 };

/*
 * After so long, entries may have come and been trimmed unseen, while Redis or
 * pipecast stood still.  Many keys are checked less often.
 */
enum { REDIS_STALL_MS = 100, REDIS_STALL_KEY_MS = 5 };

/* Entries of each key in one reply; fewer if they are large. */
enum { REDIS_COUNT_FIRST = 64, REDIS_COUNT_MAX = 1024 };

/* Replies larger, or smaller, than that change it. */
enum { REDIS_LARGE_REPLY = 1 << 20, REDIS_SMALL_REPLY = 256 << 10 };

static struct redis_source *
redis_member_of(struct link *link)
{
	return link ? LIST_MEMBER(link, struct redis_source, link) : NULL;
}

/* Who takes part. */

static bool
redis_reading_wants(const struct redis_source *member)
{
	return member->state == REDIS_FOLLOWING && !member->source->paused &&
	    !member->is_stopping;
}

static int
redis_reading_add(struct redis_reading *reading, struct redis_source *member)
{
	if (reading->n_set == reading->max_set) {
		size_t n = reading->max_set > 0 ? 2 * reading->max_set : 16;
		struct redis_source **longer =
		    realloc(reading->set, n * sizeof(struct redis_source *));

		if (!longer)
			return -ENOMEM;
		reading->set = longer;
		reading->max_set = n;
	}
	reading->set[reading->n_set++] = member;
	member->n_got = 0;
	member->is_dropping = false;
	return 0;
}

static int
redis_reading_choose(struct redis_hub *hub)
{
	struct redis_reading *reading = &hub->reading;
	int rc = 0;

	reading->n_set = 0;
	for (struct link *at = list_first(&hub->sources); rc == 0 && at;
	     at = list_next(&hub->sources, at))
		if (redis_reading_wants(redis_member_of(at)))
			rc = redis_reading_add(reading, redis_member_of(at));
	return rc;
}

static void
redis_reading_check(struct redis_hub *hub)
{
	struct redis_reading *reading = &hub->reading;

	for (size_t i = 0; i < reading->n_set; i++) {
		struct redis_source *member = reading->set[i];

		if ((member->is_in_doubt || reading->trust == REDIS_DOUBTED) &&
		    !member->check.is_out)
			redis_check_ask(member);
	}
}

/* The reply. */

static void
redis_reading_on_entry(void *ctx, const struct redis_entry *entry)
{
	struct redis_hub *hub = ctx;
	struct redis_source *member = hub->reading.current;

	hub->reading.n_bytes += entry->n_bytes;
	hub->reading.brings_any = true;
	if (!member)
		return;
	member->n_got++;
	if (redis_id_compare(entry->id, member->place) > 0)
		hub->reading.brings_news = true;
	redis_source_take(member, entry);
}

static void
redis_reading_on_bad_entry(void *ctx, const struct redis_id *id)
{
	struct redis_hub *hub = ctx;
	struct redis_source *member = hub->reading.current;

	hub->reading.brings_any = true;
	if (!member || !id)
		return;
	member->n_got++;
	if (redis_id_compare(*id, member->place) <= 0)
		return;
	hub->reading.brings_news = true;
	redis_source_skip(member, *id);
}

/* The keys of a reply come in the order in which they were asked for. */
static void
redis_reading_find(struct redis_reading *reading, struct span key)
{
	reading->current = NULL;
	for (; reading->at < reading->n_set; reading->at++) {
		struct redis_source *member = reading->set[reading->at];

		if (!member || !span_is(key, member->source->spec->argument))
			continue;
		reading->current = member;
		reading->at++;
		return;
	}
}

static void
redis_reading_on_token(void *ctx, const struct redis_token *token)
{
	struct redis_hub *hub = ctx;
	struct redis_reading *reading = &hub->reading;

	if (token->depth == 1)
		reading->current = NULL;
	else if (token->depth == 2 && token->index == 0)
		redis_reading_find(reading, token->text);
	else if (token->depth == 2)
		redis_entries_begin(&reading->entries);
	else if (token->depth > 2 && reading->current)
		redis_entries_take(&reading->entries, token);
}

static void
redis_reading_adapt(struct redis_reading *reading, bool is_full, bool is_early)
{
	if (is_early || reading->n_bytes > REDIS_LARGE_REPLY)
		reading->count = reading->count > 1 ? reading->count / 2 : 1;
	else if (is_full && reading->n_bytes < REDIS_SMALL_REPLY &&
	    reading->count < REDIS_COUNT_MAX)
		reading->count *= 2;
}

/* Redis answers with nothing when the time is over, and not before. */
static bool
redis_reading_was_stalled(const struct redis_reading *reading)
{
	uint64_t ms = loop_now_ms() - reading->asked_ms;
	uint64_t block_ms = reading->brings_any ? 0 : reading->block_ms;

	return ms >= block_ms + REDIS_STALL_MS &&
	    ms >= block_ms + REDIS_STALL_KEY_MS * reading->n_set;
}

/* Those that were not given as many as they asked for are at their end. */
static void
redis_reading_settle(struct redis_reading *reading)
{
	bool is_full = false, is_early = false;
	bool was_stalled = redis_reading_was_stalled(reading);

	for (size_t i = 0; i < reading->n_set; i++) {
		struct redis_source *member = reading->set[i];

		if (!member)
			continue;
		if (member->source->paused || member->is_dropping) {
			member->is_in_doubt = true;
			is_early |= member->is_dropping;
		} else if (member->n_got >= reading->count) {
			/* It may be trimmed before it is read on. */
			member->is_in_doubt = is_full = true;
		} else {
			member->is_in_doubt |= was_stalled;
			redis_source_rest(member);
		}
	}
	redis_reading_adapt(reading, is_full, is_early);
}

static void
redis_reading_fail(struct redis_hub *hub, const char *error)
{
	struct redis_reading *reading = &hub->reading;
	const char *what;

	if (redis_hub_takes_error(hub, error, &what))
		return;
	if (reading->trust == REDIS_CHECKED)
		redis_hub_break(hub, what);
	reading->trust = REDIS_DOUBTED;
}

static void
redis_reading_on_end(void *ctx, const char *error)
{
	struct redis_hub *hub = ctx;
	struct redis_reading *reading = &hub->reading;
	bool is_useless = !reading->brings_news && !reading->has_changed &&
	    loop_now_ms() - reading->asked_ms < REDIS_USELESS_MS;

	reading->is_out = false;
	if (error) {
		redis_reading_fail(hub, error);
	} else {
		reading->trust = REDIS_TRUSTED;
		redis_reading_settle(reading);
	}
	if (is_useless)
		timer_start(&reading->again, REDIS_USELESS_MS);
	else
		loop_defer(hub->context->loop, &reading->advance);
}

/* An entry that was too large for the connection is left out. */
static void
redis_reading_on_broken(void *ctx)
{
	struct redis_hub *hub = ctx;
	struct redis_reading *reading = &hub->reading;
	struct redis_id id;

	reading->is_out = false;
	if (reading->current && hub->reader.is_overfull &&
	    redis_entries_unfinished(&reading->entries, &id))
		redis_source_skip(reading->current, id);
	reading->current = NULL;
}

static const struct redis_reply_kind redis_xread = {
    redis_reading_on_token, redis_reading_on_end, redis_reading_on_broken};

/* Asking. */

static void
redis_reading_write(struct redis_hub *hub)
{
	struct redis_reading *reading = &hub->reading;
	struct redis_command_writer *writer =
	    redis_connection_begin(&hub->reader, 6 + 2 * reading->n_set);
	char id[REDIS_ID_SIZE];

	reading->block_ms =
	    hub->client_id ? REDIS_BLOCK_MS : REDIS_SHORT_BLOCK_MS;
	redis_command_text(writer, "XREAD");
	redis_command_text(writer, "COUNT");
	redis_command_number(writer, reading->count);
	redis_command_text(writer, "BLOCK");
	redis_command_number(writer, reading->block_ms);
	redis_command_text(writer, "STREAMS");
	for (size_t i = 0; i < reading->n_set; i++)
		redis_command_text(
		    writer, reading->set[i]->source->spec->argument);
	for (size_t i = 0; i < reading->n_set; i++)
		redis_command_word(
		    writer, redis_id_write(id, reading->set[i]->place));
}

static void
redis_reading_ask(struct redis_hub *hub)
{
	struct redis_reading *reading = &hub->reading;

	redis_reading_write(hub);
	reading->at = 0;
	reading->current = NULL;
	reading->n_bytes = 0;
	reading->brings_any = reading->brings_news = false;
	reading->has_changed = false;
	reading->is_out = true;
	reading->asked_ms = loop_now_ms();
	redis_connection_end(&hub->reader, &redis_xread, hub);
}

/* Does what is next. */
static void
redis_reading_advance(void *ctx)
{
	struct redis_hub *hub = ctx;
	struct redis_reading *reading = &hub->reading;

	if (hub->state != REDIS_THERE)
		return;
	if (reading->is_out) {
		if (reading->has_changed)
			redis_reading_unblock(hub);
		return;
	}
	if (redis_reading_choose(hub) < 0) {
		redis_hub_break(hub, "out of memory");
		return;
	}
	redis_reading_check(hub);
	if (reading->n_set > 0 && reading->trust != REDIS_DOUBTED)
		redis_reading_ask(hub);
}

void
redis_reading_on_checked(struct redis_hub *hub)
{
	struct redis_reading *reading = &hub->reading;

	if (reading->trust != REDIS_DOUBTED)
		return;
	for (size_t i = 0; i < reading->n_set; i++)
		if (reading->set[i] && reading->set[i]->check.is_out)
			return;
	reading->trust = REDIS_CHECKED;
	loop_defer(hub->context->loop, &reading->advance);
}

void
redis_reading_change(struct redis_hub *hub)
{
	hub->reading.has_changed = true;
	loop_defer(hub->context->loop, &hub->reading.advance);
}

void
redis_reading_remove(struct redis_hub *hub, struct redis_source *member)
{
	struct redis_reading *reading = &hub->reading;

	if (reading->current == member)
		reading->current = NULL;
	for (size_t i = 0; i < reading->n_set; i++)
		if (reading->set[i] == member)
			reading->set[i] = NULL;
}

void
redis_reading_end(struct redis_hub *hub)
{
	timer_stop(&hub->reading.again);
	hub->reading.trust = REDIS_TRUSTED;
}

void
redis_reading_begin(struct redis_hub *hub)
{
	loop_defer(hub->context->loop, &hub->reading.advance);
}

int
redis_reading_init(struct redis_hub *hub)
{
	struct redis_reading *reading = &hub->reading;

	reading->count = REDIS_COUNT_FIRST;
	redis_entries_init(&reading->entries, 2, 2 * hub->context->max_event);
	reading->entries.on_entry = redis_reading_on_entry;
	reading->entries.on_bad_entry = redis_reading_on_bad_entry;
	reading->entries.ctx = hub;
	reading->advance =
	    (struct deferral){.callback = redis_reading_advance, .ctx = hub};
	return timer_init(
	    &reading->again, hub->context->loop, redis_reading_advance, hub);
}

void
redis_reading_fini(struct redis_hub *hub)
{
	struct redis_reading *reading = &hub->reading;

	loop_forget(hub->context->loop, &reading->advance);
	timer_fini(&reading->again);
	redis_entries_fini(&reading->entries);
	free(reading->set);
}
