/* SPDX-License-Identifier: MIT */

/*
 * What a source asks by itself: where its past begins, going backwards from the
 * newest entry; or the entries after a viewer's place, until it is level with
 * the source that reads the same key for all.
 */

#include "sources/redis_state.h"

/* Entries that are asked for at once. */
enum { REDIS_SEEK_COUNT = 128 };

/* What an entry takes in the ring besides its fields, about. */
enum { REDIS_ENTRY_OVERHEAD = 48 };

/* Until a viewer that has everything is level with the others. */
enum { REDIS_LEVEL_MS = 50 };

/* XRANGE or XREVRANGE from one id towards an end. */
static void
redis_seek_ask(struct redis_source *member, const char *command,
    struct redis_id from, const char *to, const struct redis_reply_kind *kind)
{
	struct redis_connection *connection = &member->hub->writer;
	struct redis_command_writer *writer =
	    redis_connection_begin(connection, 6);
	char memory[REDIS_ID_SIZE];

	redis_command_text(writer, command);
	redis_command_text(writer, member->source->spec->argument);
	redis_command_word(writer, redis_id_write(memory, from));
	redis_command_text(writer, to);
	redis_command_text(writer, "COUNT");
	redis_command_number(writer, member->count);
	member->is_asked = true;
	member->is_dropping = false;
	member->n_replied = 0;
	redis_connection_end(connection, kind, member);
}

static void
redis_seek_on_token(void *ctx, const struct redis_token *token)
{
	struct redis_source *member = ctx;

	if (token->depth == 0)
		redis_entries_begin(&member->entries);
	else
		redis_entries_take(&member->entries, token);
}

/* Returns whether there is no error. */
static bool
redis_seek_is_answered(struct redis_source *member, const char *error)
{
	const char *what;

	member->is_asked = false;
	if (!error) {
		member->source->trouble = NULL;
		return true;
	}
	if (!redis_hub_takes_error(member->hub, error, &what))
		redis_source_refuse(member, error, what);
	return false;
}

/* Seeking. */

static void
redis_seek_on_past(void *ctx, const struct redis_entry *entry)
{
	struct redis_source *member = ctx;

	member->n_replied++;
	if (member->n_past == 0)
		member->newest = entry->id;
	if (member->has_past)
		return;
	member->oldest = entry->id;
	member->n_past++;
	member->n_past_bytes += entry->n_bytes + REDIS_ENTRY_OVERHEAD;
	member->has_past = member->n_past >= member->replay ||
	    member->n_past_bytes >= member->source->context->history;
}

static void
redis_seek_on_bad_entry(void *ctx, const struct redis_id *id)
{
	struct redis_source *member = ctx;

	(void)id;
	member->n_replied++;
}

/* The place is found. */
static void
redis_seek_finish(struct redis_source *member)
{
	if (member->n_past == 0) {
		member->place = (struct redis_id){0, 0};
	} else if (member->replay == 0) {
		member->place = member->newest;
		member->is_entry = true;
	} else {
		member->place = redis_id_previous(member->oldest);
	}
	member->state = REDIS_FOLLOWING;
	redis_entries_fini(&member->entries);
	/* Nothing of it is to be read, and the next entry is live. */
	if (redis_id_compare(member->place, member->newest) >= 0)
		redis_source_rest(member);
	redis_reading_change(member->hub);
}

static void redis_seek_further(struct redis_source *member);

static void
redis_seek_on_end(void *ctx, const char *error)
{
	struct redis_source *member = ctx;

	if (!redis_seek_is_answered(member, error))
		return;
	if (member->has_past || member->n_replied < member->count)
		redis_seek_finish(member);
	else
		redis_seek_further(member);
}

/* What is older than an entry that is too large is left out. */
static void
redis_seek_on_broken(void *ctx)
{
	struct redis_source *member = ctx;
	struct redis_id id;

	member->is_asked = false;
	if (!member->hub->writer.is_overfull ||
	    !redis_entries_unfinished(&member->entries, &id))
		return;
	if (member->n_past++ == 0)
		member->oldest = member->newest = redis_id_next(id);
	redis_seek_finish(member);
}

static const struct redis_reply_kind redis_seek_reply = {
    redis_seek_on_token, redis_seek_on_end, redis_seek_on_broken};

static void
redis_seek_further(struct redis_source *member)
{
	redis_seek_ask(member, "XREVRANGE",
	    member->n_past > 0 ? redis_id_previous(member->oldest)
			       : REDIS_ID_MAX,
	    "-", &redis_seek_reply);
}

static void
redis_seek_init_entries(struct redis_source *member)
{
	redis_entries_init(
	    &member->entries, 0, 2 * member->source->context->max_event);
	member->entries.ctx = member;
}

void
redis_seek(struct redis_source *member)
{
	if (member->is_asked || member->hub->state != REDIS_THERE)
		return;
	redis_entries_fini(&member->entries);
	redis_seek_init_entries(member);
	/* Their sizes are all that counts. */
	member->entries.max = 0;
	member->entries.on_entry = redis_seek_on_past;
	member->entries.on_bad_entry = redis_seek_on_bad_entry;
	member->n_past = member->n_past_bytes = 0;
	member->newest = (struct redis_id){0, 0};
	member->has_past = false;
	member->count = member->replay == 0 ? 1 : REDIS_SEEK_COUNT;
	redis_seek_further(member);
}

/* Catching up. */

static void
redis_catch_up_on_id(struct redis_source *member, struct redis_id id)
{
	bool is_doubtful = member->is_promised || member->is_in_doubt;

	member->n_replied++;
	if (is_doubtful && redis_id_compare(id, member->place) != 0)
		redis_source_lose(member);
	member->is_promised = member->is_in_doubt = false;
}

static void
redis_catch_up_on_entry(void *ctx, const struct redis_entry *entry)
{
	struct redis_source *member = ctx;

	redis_catch_up_on_id(member, entry->id);
	redis_source_take(member, entry);
}

static void
redis_catch_up_on_bad_entry(void *ctx, const struct redis_id *id)
{
	struct redis_source *member = ctx;

	if (!id)
		return;
	redis_catch_up_on_id(member, *id);
	redis_source_skip(member, *id);
}

/* Nothing at or after the place is there: was it ever? */

static void
redis_catch_up_on_info(void *ctx, const struct redis_token *token)
{
	struct redis_source *member = ctx;

	redis_check_take_info(&member->check, token);
}

static void
redis_catch_up_on_info_end(void *ctx, const char *error)
{
	struct redis_source *member = ctx;

	if (redis_check_is_missing(error))
		error = NULL;
	if (!redis_seek_is_answered(member, error))
		return;
	if (redis_id_compare(member->check.last, member->place) != 0) {
		member->place = member->check.last;
		redis_source_lose(member);
	}
	member->is_promised = member->is_in_doubt = false;
	redis_source_rest(member);
	timer_start(&member->again, REDIS_LEVEL_MS);
}

static void
redis_catch_up_on_broken(void *ctx)
{
	struct redis_source *member = ctx;
	struct redis_id id;

	member->is_asked = false;
	if (member->hub->writer.is_overfull &&
	    redis_entries_unfinished(&member->entries, &id)) {
		redis_catch_up_on_id(member, id);
		redis_source_skip(member, id);
	}
}

static const struct redis_reply_kind redis_catch_up_info = {
    redis_catch_up_on_info, redis_catch_up_on_info_end,
    redis_catch_up_on_broken};

static void
redis_catch_up_ask_info(struct redis_source *member)
{
	struct redis_connection *connection = &member->hub->writer;
	struct redis_command_writer *writer =
	    redis_connection_begin(connection, 3);

	redis_command_text(writer, "XINFO");
	redis_command_text(writer, "STREAM");
	redis_command_text(writer, member->source->spec->argument);
	member->check = (struct redis_check){.is_out = false};
	member->is_asked = true;
	redis_connection_end(connection, &redis_catch_up_info, member);
}

/* What is dropped is asked for again. */
static void
redis_catch_up_adapt(struct redis_source *member)
{
	if (member->is_dropping && member->count > 2)
		member->count /= 2;
	else if (!member->is_dropping && member->count < REDIS_SEEK_COUNT)
		member->count *= 2;
}

static void
redis_catch_up_on_end(void *ctx, const char *error)
{
	struct redis_source *member = ctx;

	if (!redis_seek_is_answered(member, error))
		return;
	if (member->is_promised || member->is_in_doubt) {
		redis_catch_up_ask_info(member);
	} else if (!member->source->paused && !member->is_dropping &&
	    member->n_replied < member->count) {
		redis_source_rest(member);
		timer_start(&member->again, REDIS_LEVEL_MS);
	} else {
		redis_catch_up_adapt(member);
		member->is_in_doubt = true;
		redis_catch_up(member);
	}
}

static const struct redis_reply_kind redis_catch_up_reply = {
    redis_seek_on_token, redis_catch_up_on_end, redis_catch_up_on_broken};

void
redis_catch_up(struct redis_source *member)
{
	bool is_doubtful = member->is_promised || member->is_in_doubt;

	if (member->is_asked || member->hub->state != REDIS_THERE ||
	    member->source->paused)
		return;
	if (!member->entries.ctx)
		redis_seek_init_entries(member);
	member->entries.on_entry = redis_catch_up_on_entry;
	member->entries.on_bad_entry = redis_catch_up_on_bad_entry;
	if (member->count == 0)
		member->count = REDIS_SEEK_COUNT;
	redis_seek_ask(member, "XRANGE",
	    is_doubtful ? member->place : redis_id_next(member->place), "+",
	    &redis_catch_up_reply);
}
