/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_REDIS_WIRE_H
#define PIPECAST_SOURCES_REDIS_WIRE_H

/*
 * The protocol of Redis (RESP2) without I/O: commands become bytes, and bytes
 * become the tokens of replies.  A reply is handed on token by token as it
 * arrives, so a reply of any size takes the memory of its longest string.
 *
 * Only this module knows hiredis, of which it uses the reader.  (The rest of
 * hiredis looks up names and connects by itself, keeps whole replies in memory,
 * and ends the process at a reply that nothing has asked for.)
 */

#include "core/buffer.h"

enum redis_token_type {
	REDIS_TOKEN_ARRAY, /* number: of its elements, which follow */
	REDIS_TOKEN_STRING,
	REDIS_TOKEN_INTEGER,
	REDIS_TOKEN_NIL,
	REDIS_TOKEN_STATUS, /* a short text, as "OK" */
	REDIS_TOKEN_ERROR,  /* a text */
};

struct redis_token {
	enum redis_token_type type;
	unsigned depth; /* of arrays that it is in */
	size_t index;   /* in the innermost of those */
	int64_t number;
	struct span text; /* borrowed */
};

/* The receiver; neither call may free the wire. */
struct redis_wire_sink {
	void (*on_token)(void *ctx, const struct redis_token *token);
	/* The reply is whole.  Returns whether to continue. */
	bool (*on_reply)(void *ctx);
	void *ctx;
};

struct redis_wire;

/*
 * Strings of more than max bytes are an error.  NULL: no memory.  Frees:
 * accepts NULL.
 */
struct redis_wire *redis_wire_create(
    const struct redis_wire_sink *sink, size_t max);
void redis_wire_free(struct redis_wire *wire);

/*
 * Takes bytes in any pieces.  Returns 0; -EPROTO if they are no replies,
 * -EMSGSIZE if a string is too long, or -ENOMEM, and the same ever after;
 * -ECANCELED if on_reply did not want more.
 */
int redis_wire_feed(struct redis_wire *wire, const char *bytes, size_t n);

/* What an error of it means, for people (static). */
const char *redis_wire_why(int rc);

/*
 * Commands are appended to a buffer: first the number of words, then each.
 * Without memory rc becomes -ENOMEM, and the buffer is to be dropped.
 */
struct redis_command_writer {
	struct buffer *out;
	int rc;
};

void redis_command_begin(struct redis_command_writer *writer, size_t n_words);
void redis_command_word(struct redis_command_writer *writer, struct span word);

/* A word of a NUL-terminated string, and one of a number. */
void redis_command_text(struct redis_command_writer *writer, const char *text);
void redis_command_number(struct redis_command_writer *writer, uint64_t number);

#endif
