/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_REDIS_CONNECTION_H
#define PIPECAST_SOURCES_REDIS_CONNECTION_H

/*
 * One connection to Redis: commands go out together at the end of the turn, and
 * each gets its reply, in their order, or is told that none will come.
 *
 *   state       holds                     next
 *   CLOSED      nothing                   CONNECTING
 *   CONNECTING  wire, lookup or descriptor  OPEN, BREAKING
 *   OPEN        the same, commands        BREAKING
 *   BREAKING    until the turn ends       CLOSED, after on_broken of all
 */

#include "core/list.h"
#include "loop/lookup.h"
#include "sources/redis_url.h"
#include "sources/redis_wire.h"

/* What the sender of a command is told; no call may free the connection. */
struct redis_reply_kind {
	/* A part of the reply; may be NULL. */
	void (*on_token)(void *ctx, const struct redis_token *token);
	/* The reply is whole.  The error is that of Redis, or NULL. */
	void (*on_end)(void *ctx, const char *error);
	/* No reply will come.  The command may have been carried out. */
	void (*on_broken)(void *ctx);
};

enum redis_connection_state {
	REDIS_CLOSED,
	REDIS_CONNECTING,
	REDIS_OPEN,
	REDIS_BREAKING,
};

enum { REDIS_ERROR_SIZE = 256 };

struct redis_connection {
	struct loop *loop;
	const struct redis_url *url;
	size_t max_string;
	/* Upward: it can be used; and it can no more, for that reason. */
	void (*on_open)(void *ctx);
	void (*on_broken)(void *ctx, const char *why);
	void *ctx;

	enum redis_connection_state state;
	struct lookup lookup; /* of its host */
	int fd;
	unsigned n_attempts;
	struct redis_wire *wire;
	struct buffer out;
	size_t n_sent; /* of those bytes */
	struct redis_command_writer writer;
	struct link commands;         /* that await their reply */
	char error[REDIS_ERROR_SIZE]; /* of the reply that arrives, or "" */
	const char *why;              /* it breaks; static */
	bool is_overfull;             /* the reason is too long a string */
	struct watch readable, writable;
	struct timer deadline;
	struct deferral flush, ending;
};

/*
 * loop, url, max_string, and the calls are set; the rest is made here.  Returns
 * 0 or -ENOMEM.
 */
int redis_connection_init(struct redis_connection *connection);

/*
 * Closes it; commands are told, on_broken is not called.  Idempotent.  Not from
 * within a call.
 */
void redis_connection_fini(struct redis_connection *connection);

/*
 * Begins to connect, if it is closed; on_open or on_broken follows.
 */
void redis_connection_open(struct redis_connection *connection);

/*
 * Begins a command of so many words, for the caller to write, and ends it.  The
 * receiver is told of the reply, until it is forgotten.  The connection must be
 * open; if memory fails it breaks, which the receiver is told later.
 */
struct redis_command_writer *redis_connection_begin(
    struct redis_connection *connection, size_t n_words);
void redis_connection_end(struct redis_connection *connection,
    const struct redis_reply_kind *kind, void *ctx);

/* Commands of that receiver go on without it. */
void redis_connection_forget(struct redis_connection *connection, void *ctx);

/* Breaks it at the end of the turn, for that reason (static). */
void redis_connection_break(
    struct redis_connection *connection, const char *why);

/* Bytes that were not sent yet. */
size_t redis_connection_backlog(const struct redis_connection *connection);

#endif
