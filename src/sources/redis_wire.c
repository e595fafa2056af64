/* SPDX-License-Identifier: MIT */

#include "sources/redis_wire.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Of a line, or of what surrounds a string. */
enum { REDIS_WIRE_SLACK = 64 << 10 };

struct redis_wire {
	redisReader *reader;
	redisReplyObjectFunctions functions;
	struct redis_wire_sink sink;
	size_t max;
	int rc;
};

/* Tokens.  The reader wants an object for each; all are the wire. */

static void *
redis_wire_token(const redisReadTask *task, struct redis_token token)
{
	const struct redis_wire *wire = task->privdata;

	for (const redisReadTask *at = task->parent; at; at = at->parent)
		token.depth++;
	token.index = task->idx > 0 ? (size_t)task->idx : 0;
	wire->sink.on_token(wire->sink.ctx, &token);
	return task->privdata;
}

/* hiredis declares the text so. */
static void *
on_string(const redisReadTask *task, char *text, size_t n) /* NOLINT */
{
	enum redis_token_type type = REDIS_TOKEN_STRING;

	if (task->type == REDIS_REPLY_STATUS)
		type = REDIS_TOKEN_STATUS;
	else if (task->type == REDIS_REPLY_ERROR)
		type = REDIS_TOKEN_ERROR;
	return redis_wire_token(
	    task, (struct redis_token){.type = type, .text = {text, n}});
}

#if HIREDIS_MAJOR >= 1
typedef size_t redis_wire_length;
#else
typedef int redis_wire_length;
#endif

static void *
on_array(const redisReadTask *task, redis_wire_length n)
{
	return redis_wire_token(task,
	    (struct redis_token){
		.type = REDIS_TOKEN_ARRAY, .number = (int64_t)n});
}

static void *
on_integer(const redisReadTask *task, long long number)
{
	return redis_wire_token(task,
	    (struct redis_token){
		.type = REDIS_TOKEN_INTEGER, .number = number});
}

static void *
on_nil(const redisReadTask *task)
{
	return redis_wire_token(
	    task, (struct redis_token){.type = REDIS_TOKEN_NIL});
}

static void
on_free(void *object)
{
	(void)object;
}

struct redis_wire *
redis_wire_create(const struct redis_wire_sink *sink, size_t max)
{
	struct redis_wire *wire = calloc(1, sizeof(*wire));

	if (!wire)
		return NULL;
	wire->sink = *sink;
	wire->max = max;
	wire->functions = (redisReplyObjectFunctions){
	    .createString = on_string,
	    .createArray = on_array,
	    .createInteger = on_integer,
	    .createNil = on_nil,
	    .freeObject = on_free,
	};
	wire->reader = redisReaderCreateWithFunctions(&wire->functions);
	if (!wire->reader) {
		free(wire);
		return NULL;
	}
	wire->reader->privdata = wire;
	return wire;
}

void
redis_wire_free(struct redis_wire *wire)
{
	if (!wire)
		return;
	redisReaderFree(wire->reader);
	free(wire);
}

static int
redis_wire_error(const struct redis_wire *wire)
{
	return wire->reader->err == REDIS_ERR_OOM ? -ENOMEM : -EPROTO;
}

/* Hands on what is there.  Returns as redis_wire_feed. */
static int
redis_wire_read(struct redis_wire *wire)
{
	void *reply;

	for (;;) {
		if (redisReaderGetReply(wire->reader, &reply) != REDIS_OK)
			return redis_wire_error(wire);
		if (!reply)
			break;
		if (!wire->sink.on_reply(wire->sink.ctx))
			return -ECANCELED;
	}
	return wire->reader->len - wire->reader->pos >
		wire->max + REDIS_WIRE_SLACK
	    ? -EMSGSIZE
	    : 0;
}

int
redis_wire_feed(struct redis_wire *wire, const char *bytes, size_t n)
{
	if (wire->rc < 0)
		return wire->rc;
	wire->rc = redisReaderFeed(wire->reader, bytes, n) == REDIS_OK
	    ? redis_wire_read(wire)
	    : redis_wire_error(wire);
	return wire->rc;
}

const char *
redis_wire_why(int rc)
{
	switch (rc) {
	case -EMSGSIZE:
		return "an entry is too large";
	case -ENOMEM:
		return "out of memory";
	default:
		return "its replies are not those of Redis";
	}
}

/* Commands. */

static void
redis_command_put(struct redis_command_writer *writer, struct span span)
{
	if (writer->rc == 0)
		writer->rc = buffer_append(writer->out, span, SIZE_MAX);
}

static void
redis_command_length(struct redis_command_writer *writer, char mark, size_t n)
{
	char text[32];

	snprintf(text, sizeof(text), "%c%zu\r\n", mark, n);
	redis_command_put(writer, span_of(text));
}

void
redis_command_begin(struct redis_command_writer *writer, size_t n_words)
{
	redis_command_length(writer, '*', n_words);
}

void
redis_command_word(struct redis_command_writer *writer, struct span word)
{
	redis_command_length(writer, '$', word.n);
	redis_command_put(writer, word);
	redis_command_put(writer, span_of("\r\n"));
}

void
redis_command_text(struct redis_command_writer *writer, const char *text)
{
	redis_command_word(writer, span_of(text));
}

void
redis_command_number(struct redis_command_writer *writer, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	redis_command_text(writer, text);
}
