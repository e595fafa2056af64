/* SPDX-License-Identifier: MIT */

#include "program/catchup.h"

#include "core/event_id.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How much may be read and not yet sent: as much as a pipe holds. */
enum { CATCHUP_HISTORY = 65536 };

/* It stalls only itself, but must not occupy its place for ever. */
enum { CATCHUP_PATIENCE_MS = 30000 };

struct catchup {
	struct catchup_config config;
	struct subscriber *subscriber;
	struct channel *channel;
	struct fan_out *fan_out;
	struct source source;
	char place[EVENT_ID_SIZE]; /* id of the newest event, "" for none */
};

static bool
on_event(void *ctx, const struct event *event, struct span position)
{
	struct catchup *catchup = ctx;
	struct event complete = *event;

	catchup->place[0] = '\0';
	if (!event->id.bytes && event->data.bytes) {
		complete.id = position;
		memcpy(catchup->place, position.bytes, position.n);
		catchup->place[position.n] = '\0';
	}
	channel_publish(catchup->channel, &complete);
	return channel_has_room(catchup->channel);
}

/* Only between two events can it join the others. */
static void
on_loss(void *ctx, uint64_t n)
{
	struct catchup *catchup = ctx;

	catchup->place[0] = '\0';
	channel_lose(catchup->channel, n);
}

/* A followed file has no end, and nothing to be stopped. */
static void
on_end(void *ctx, const struct source_ending *ending)
{
	(void)ctx;
	(void)ending;
}

static void
on_stopped(void *ctx)
{
	(void)ctx;
}

static int
start_source(struct catchup *catchup, struct span last_event_id)
{
	const struct source_listener listener = {
	    on_event, on_loss, on_end, on_stopped, catchup};
	const struct source_begin begin = {
	    .last_event_id = last_event_id, .only_at_id = true};

	int rc = source_start(&catchup->source, catchup->config.spec,
	    catchup->config.context, &listener, &begin);

	if (rc < 0 && rc != -ENOENT)
		source_log_failure(&catchup->source, rc);
	return rc;
}

static int
attach(struct catchup *catchup, struct span head, uint64_t now_ms)
{
	const struct channel_resume all = {.replay = UINT64_MAX};

	return fan_out_attach(
	    catchup->fan_out, catchup->subscriber, head, &all, now_ms);
}

static bool
open_channel(struct catchup *catchup)
{
	struct channel_config config = *channel_config(catchup->config.channel);
	struct fan_out_config fan_out = *catchup->config.fan_out;

	config.history = CATCHUP_HISTORY;
	config.forget = true;
	fan_out.patience_ms = CATCHUP_PATIENCE_MS;
	catchup->channel = channel_create(&config);
	if (catchup->channel)
		catchup->fan_out = fan_out_create(catchup->channel, &fan_out);
	return catchup->fan_out;
}

int
catchup_start(struct catchup **made, const struct catchup_config *config,
    struct subscriber *subscriber, struct span head, struct span last_event_id,
    uint64_t now_ms)
{
	struct catchup *catchup = calloc(1, sizeof(*catchup));
	int rc = -ENOMEM;

	if (!catchup)
		return rc;
	catchup->config = *config;
	catchup->subscriber = subscriber;
	if (open_channel(catchup))
		rc = start_source(catchup, last_event_id);
	if (rc == 0)
		rc = attach(catchup, head, now_ms);
	if (rc < 0)
		catchup_destroy(catchup);
	else
		*made = catchup;
	return rc;
}

bool
catchup_flush(struct catchup *catchup, uint64_t now_ms, uint64_t *next_ms)
{
	*next_ms = fan_out_flush(catchup->fan_out, now_ms);
	if (fan_out_n_subscribers(catchup->fan_out) == 0)
		return true;
	if (channel_has_room(catchup->channel))
		source_resume(&catchup->source);
	return catchup->place[0] &&
	    fan_out_move(catchup->subscriber, catchup->config.shared,
		span_of(catchup->place));
}

void
catchup_drain(struct catchup *catchup)
{
	fan_out_drain(catchup->fan_out);
}

void
catchup_destroy(struct catchup *catchup)
{
	source_fini(&catchup->source);
	fan_out_destroy(catchup->fan_out);
	channel_destroy(catchup->channel);
	free(catchup);
}
