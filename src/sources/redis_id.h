/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_REDIS_ID_H
#define PIPECAST_SOURCES_REDIS_ID_H

/*
 * The id of an entry of a Redis stream: "MS-SEQ", two decimal numbers.  Ids of
 * one stream grow from entry to entry, on all machines alike.  A viewer gets it
 * as the id of the event.  Pure.
 */

#include "core/text.h"

#include <stdint.h>

enum { REDIS_ID_SIZE = 44 };

/* 0-0 is before the first entry. */
struct redis_id {
	uint64_t ms;
	uint64_t seq;
};

#define REDIS_ID_MAX ((struct redis_id){UINT64_MAX, UINT64_MAX})

/* Returns whether the text is an id as Redis writes it; *id receives it. */
bool redis_id_parse(struct redis_id *id, struct span text);

/* Writes the id into out.  Returns it as a span, with a NUL behind it. */
struct span redis_id_write(char out[REDIS_ID_SIZE], struct redis_id id);

/* Less than 0, 0, or more, as a is before, equal to, or after b. */
int redis_id_compare(struct redis_id a, struct redis_id b);

/* The ids right after and right before; those of the ends are themselves. */
struct redis_id redis_id_next(struct redis_id id);
struct redis_id redis_id_previous(struct redis_id id);

#endif
