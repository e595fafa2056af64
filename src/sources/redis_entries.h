/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_REDIS_ENTRIES_H
#define PIPECAST_SOURCES_REDIS_ENTRIES_H

/*
 * The entries in a reply of XRANGE, XREVRANGE or XREAD, and the events they
 * are.  Tokens come in, one entry goes out at a time.  An array that is no
 * entry is reported and skipped.  Pure.
 */

#include "core/event.h"
#include "sources/redis_id.h"
#include "sources/redis_wire.h"

struct redis_entry {
	struct redis_id id;
	size_t n_bytes;   /* of all names and values */
	bool is_too_long; /* its fields were dropped */
	const struct redis_entries *fields;
};

struct redis_entries {
	unsigned depth; /* of the array of entries */
	size_t max;     /* bytes of fields that are kept */
	/* One of these for each entry.  Neither may feed or free it. */
	void (*on_entry)(void *ctx, const struct redis_entry *entry);
	/* *id is its id, if it had one; else NULL. */
	void (*on_bad_entry)(void *ctx, const struct redis_id *id);
	void *ctx;

	enum redis_entries_state {
		REDIS_ENTRIES_BETWEEN,
		REDIS_ENTRIES_ID,
		REDIS_ENTRIES_FIELDS, /* are to come */
		REDIS_ENTRIES_IN_FIELDS,
		REDIS_ENTRIES_SKIP, /* the rest of a bad one */
	} state;
	struct redis_entry entry;
	bool has_id;
	size_t n_left; /* names and values */
	struct buffer bytes;
	size_t *ends; /* of each name and value in them */
	size_t n_ends, max_ends;
};

/* The array of entries is so deep.  Without memory until the first. */
void redis_entries_init(
    struct redis_entries *entries, unsigned depth, size_t max);
void redis_entries_fini(struct redis_entries *entries);

/* A reply begins: an entry that was not whole is forgotten. */
void redis_entries_begin(struct redis_entries *entries);

/* Takes a token that is deeper than the array of entries. */
void redis_entries_take(
    struct redis_entries *entries, const struct redis_token *token);

/* The id of an entry that is not whole yet; false if there is none. */
bool redis_entries_unfinished(
    const struct redis_entries *entries, struct redis_id *id);

/*
 * The event that the entry is: its fields "data" and "event", or, without
 * "data", all of its fields as a JSON object, which is written into json.  The
 * event borrows from both.  *dropped receives whether the type could not be
 * one.  Returns 0, -EMSGSIZE if the data has more than max bytes, or -ENOMEM.
 */
int redis_entry_event(const struct redis_entry *entry, struct event *event,
    struct buffer *json, size_t max, bool *dropped);

#endif
