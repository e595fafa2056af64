/* SPDX-License-Identifier: MIT */

/*
 * Whether anything is missing after a source's place: whether Redis still has
 * the entry of that place, or that is the last one it ever had.
 */

#include "sources/redis_state.h"

#include <string.h>

static void
redis_check_on_broken(void *ctx)
{
	struct redis_source *member = ctx;

	member->check.is_out = false;
}

bool
redis_check_is_missing(const char *error)
{
	return error && strncmp(error, "ERR no such key", 15) == 0;
}

/* XINFO STREAM gives names and values in turn. */
void
redis_check_take_info(
    struct redis_check *check, const struct redis_token *token)
{
	if (token->depth != 1)
		return;
	if (check->is_last_next)
		redis_id_parse(&check->last, token->text);
	check->is_last_next =
	    token->index % 2 == 0 && span_is(token->text, "last-generated-id");
}

static void
redis_check_on_info(void *ctx, const struct redis_token *token)
{
	struct redis_source *member = ctx;

	redis_check_take_info(&member->check, token);
}

/* Returns whether the error is one. */
static bool
redis_check_fails(struct redis_source *member, const char *error)
{
	const char *what;

	if (!error || redis_check_is_missing(error))
		return false;
	member->check.is_out = false;
	if (!redis_hub_takes_error(member->hub, error, &what))
		redis_source_refuse(member, error, what);
	return true;
}

static void
redis_check_on_info_end(void *ctx, const char *error)
{
	redis_check_fails(ctx, error);
}

static const struct redis_reply_kind redis_check_info = {
    redis_check_on_info, redis_check_on_info_end, redis_check_on_broken};

/* The entry of the place, if it is there. */

static void
redis_check_on_range(void *ctx, const struct redis_token *token)
{
	struct redis_source *member = ctx;
	struct redis_id id;

	if (token->depth == 2 && token->index == 0 &&
	    redis_id_parse(&id, token->text) &&
	    redis_id_compare(id, member->place) == 0)
		member->check.is_found = true;
}

/* A server that lost data goes on with what it has, and so do we. */
static void
redis_check_decide(struct redis_source *member)
{
	const struct redis_check *check = &member->check;

	member->source->trouble = NULL;
	if (redis_id_compare(check->last, check->known) < 0) {
		member->place = check->last;
		member->acked = (struct redis_id){0, 0};
		redis_source_lose(member);
		redis_reading_change(member->hub);
	} else if (!check->is_found && member->is_entry &&
	    redis_id_compare(check->last, member->place) != 0) {
		redis_source_lose(member);
	}
	member->is_promised = false;
}

static void
redis_check_on_range_end(void *ctx, const char *error)
{
	struct redis_source *member = ctx;

	if (member->check.is_out && !redis_check_fails(member, error))
		redis_check_decide(member);
	member->check.is_out = false;
	redis_reading_on_checked(member->hub);
}

static const struct redis_reply_kind redis_check_range = {
    redis_check_on_range, redis_check_on_range_end, redis_check_on_broken};

void
redis_check_ask(struct redis_source *member)
{
	struct redis_connection *reader = &member->hub->reader;
	const char *key = member->source->spec->argument;
	struct redis_command_writer *writer;
	char memory[REDIS_ID_SIZE];
	struct span id = redis_id_write(memory, member->place);

	member->check = (struct redis_check){
	    .is_out = true,
	    .known = redis_id_compare(member->acked, member->place) > 0
		? member->acked
		: member->place,
	};
	member->is_in_doubt = false;
	writer = redis_connection_begin(reader, 3);
	redis_command_text(writer, "XINFO");
	redis_command_text(writer, "STREAM");
	redis_command_text(writer, key);
	redis_connection_end(reader, &redis_check_info, member);
	writer = redis_connection_begin(reader, 6);
	redis_command_text(writer, "XRANGE");
	redis_command_text(writer, key);
	redis_command_word(writer, id);
	redis_command_word(writer, id);
	redis_command_text(writer, "COUNT");
	redis_command_text(writer, "1");
	redis_connection_end(reader, &redis_check_range, member);
}
