/* SPDX-License-Identifier: MIT */

/* Ends an XREAD that waits, because other keys are to be read. */

#include "sources/redis_state.h"

/* Until Redis is woken again. */
enum { REDIS_AGAIN_MS = 10 };

static void
redis_reading_on_unblocked(void *ctx, const char *error)
{
	struct redis_hub *hub = ctx;

	hub->reading.is_unblocking = false;
	if (error)
		hub->client_id = 0;
	/* It may not have begun to wait yet. */
	else if (hub->reading.is_out && hub->reading.has_changed)
		timer_start(&hub->reading.again, REDIS_AGAIN_MS);
}

static void
redis_reading_on_not_unblocked(void *ctx)
{
	struct redis_hub *hub = ctx;

	hub->reading.is_unblocking = false;
}

static const struct redis_reply_kind redis_unblock = {
    .on_end = redis_reading_on_unblocked,
    .on_broken = redis_reading_on_not_unblocked,
};

void
redis_reading_unblock(struct redis_hub *hub)
{
	struct redis_command_writer *writer;

	if (hub->client_id == 0 || hub->reading.is_unblocking)
		return;
	writer = redis_connection_begin(&hub->writer, 3);
	redis_command_text(writer, "CLIENT");
	redis_command_text(writer, "UNBLOCK");
	redis_command_number(writer, hub->client_id);
	hub->reading.is_unblocking = true;
	redis_connection_end(&hub->writer, &redis_unblock, hub);
}
