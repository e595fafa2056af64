/* SPDX-License-Identifier: MIT */

/*
 * redis - the least that can be done with a Redis stream: adds each line of
 * standard input to it, or writes what is added, a line each.
 */

#include <err.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 65536, AWAITED_MAX = 4096 };

static redisReply *
checked(redisContext *context, redisReply *reply)
{
	if (!reply || reply->type == REDIS_REPLY_ERROR)
		errx(1, "Redis: %s", reply ? reply->str : context->errstr);
	return reply;
}

/* Reads replies until no more than so many are awaited. */
static void
await_replies(redisContext *context, size_t *n_awaited, size_t most)
{
	for (; *n_awaited > most; --*n_awaited) {
		void *reply = NULL;

		redisGetReply(context, &reply);
		freeReplyObject(checked(context, reply));
	}
}

/* What has been read at once is sent at once. */
static void
add(redisContext *context, const char *key)
{
	static char bytes[PIECE];
	size_t n_kept = 0, n_awaited = 0;
	ssize_t n;

	while ((n = read(STDIN_FILENO, bytes + n_kept, PIECE - n_kept)) > 0) {
		char *at = bytes, *last = bytes + n_kept + n, *end;
		int is_sent = 0;

		for (; (end = memchr(at, '\n', (size_t)(last - at)));
		     at = end + 1, n_awaited++)
			redisAppendCommand(context, "XADD %s * data %b", key,
			    at, (size_t)(end - at));
		n_kept = (size_t)(last - at);
		memmove(bytes, at, n_kept);
		while (
		    !is_sent && redisBufferWrite(context, &is_sent) == REDIS_OK)
			continue;
		await_replies(context, &n_awaited, AWAITED_MAX);
	}
	await_replies(context, &n_awaited, 0);
}

static void
print(const redisReply *stream, char id[64])
{
	const redisReply *entries = stream->element[1];

	for (size_t i = 0; i < entries->elements; i++) {
		const redisReply *entry = entries->element[i];

		snprintf(id, 64, "%s", entry->element[0]->str);
		puts(entry->element[1]->element[1]->str);
	}
	fflush(stdout);
}

static void
follow(redisContext *context, const char *key)
{
	char id[64] = "0";

	for (;;) {
		redisReply *reply = checked(context,
		    redisCommand(context,
			"XREAD COUNT 1024 BLOCK 0 STREAMS %s %s", key, id));

		print(reply->element[0], id);
		freeReplyObject(reply);
	}
}

int
main(int argc, char **argv)
{
	redisContext *context;

	if (argc != 4)
		errx(2, "usage: redis add|follow SOCKET KEY");
	context = redisConnectUnix(argv[2]);
	if (!context || context->err)
		errx(1, "%s: no Redis there", argv[2]);
	if (strcmp(argv[1], "add") == 0)
		add(context, argv[3]);
	else
		follow(context, argv[3]);
	redisFree(context);
	return 0;
}
