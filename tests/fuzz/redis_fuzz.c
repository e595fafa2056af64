/* SPDX-License-Identifier: MIT */

/* Replies of a server: any bytes, in any pieces, make whole entries or none. */

#include "sources/redis_entries.h"

#include "fuzz.h"

enum { MAX_EVENT = 64, MAX_STRING = 4096 };

static void
on_entry(void *ctx, const struct redis_entry *entry)
{
	char memory[REDIS_ID_SIZE];
	struct buffer json = {0};
	struct redis_id id;
	struct event event;
	bool dropped;

	(void)ctx;
	REQUIRE(redis_id_parse(&id, redis_id_write(memory, entry->id)));
	REQUIRE(redis_id_compare(id, entry->id) == 0);
	if (redis_entry_event(entry, &event, &json, MAX_EVENT, &dropped) == 0) {
		REQUIRE(event.data.bytes && event.data.n <= MAX_EVENT);
		REQUIRE(!event.type.bytes ||
		    !span_has_line_break_or_nul(event.type));
	}
	buffer_fini(&json);
}

static void
on_bad_entry(void *ctx, const struct redis_id *id)
{
	(void)ctx;
	(void)id;
}

static void
on_token(void *ctx, const struct redis_token *token)
{
	struct redis_entries *entries = ctx;

	if (token->depth == entries->depth)
		redis_entries_begin(entries);
	else if (token->depth > entries->depth)
		redis_entries_take(entries, token);
}

static bool
on_reply(void *ctx)
{
	(void)ctx;
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	size_t piece = 1 + take_number(&input, 63);
	struct redis_entries entries;
	struct redis_wire *wire;
	struct redis_id id;
	struct span rest;

	redis_entries_init(&entries, take_number(&input, 1) * 2, MAX_EVENT);
	entries.on_entry = on_entry;
	entries.on_bad_entry = on_bad_entry;
	wire = redis_wire_create(
	    &(struct redis_wire_sink){on_token, on_reply, &entries},
	    MAX_STRING);
	REQUIRE(wire);
	rest = (struct span){(const char *)input.at, input.n};
	while (rest.n > 0) {
		struct span part = span_take(&rest, piece);

		if (redis_wire_feed(wire, part.bytes, part.n) < 0)
			break;
	}
	redis_entries_unfinished(&entries, &id);
	redis_wire_free(wire);
	redis_entries_fini(&entries);
	return 0;
}
