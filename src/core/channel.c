/* SPDX-License-Identifier: MIT */

#include "core/channel.h"

#include "core/event_id.h"
#include "core/gap.h"
#include "core/prologue.h"

#include <assert.h>
#include <stdlib.h>

struct channel {
	struct channel_config config;
	struct ring *ring;
	struct channel_reader *readers;
	uint64_t n_lost; /* events not yet reported as lost */
	uint64_t ends_at;
};

struct channel *
channel_create(const struct channel_config *config)
{
	struct channel *channel = calloc(1, sizeof(*channel));

	if (!channel)
		return NULL;
	channel->config = *config;
	channel->ends_at = UINT64_MAX;
	channel->ring = ring_create(config->history, config->id_key);
	if (!channel->ring) {
		free(channel);
		return NULL;
	}
	return channel;
}

void
channel_destroy(struct channel *channel)
{
	if (!channel)
		return;
	assert(!channel->readers);
	ring_destroy(channel->ring);
	free(channel);
}

const struct channel_config *
channel_config(const struct channel *channel)
{
	return &channel->config;
}

const struct ring *
channel_ring(const struct channel *channel)
{
	return channel->ring;
}

/* Readers. */

void
channel_add_reader(struct channel *channel, struct channel_reader *reader)
{
	reader->next = channel->readers;
	channel->readers = reader;
}

void
channel_remove_reader(struct channel *channel, struct channel_reader *reader)
{
	struct channel_reader **at = &channel->readers;

	while (*at != reader)
		at = &(*at)->next;
	*at = reader->next;
}

static uint64_t
channel_needed_from(const struct channel *channel, uint64_t end)
{
	uint64_t from = UINT64_MAX;

	for (struct channel_reader *r = channel->readers; r; r = r->next) {
		uint64_t needed = r->kind->needs_from(r, end);

		if (needed < from)
			from = needed;
	}
	return from;
}

void
channel_end_past(struct channel *channel)
{
	ring_end_past(channel->ring);
}

bool
channel_has_room(const struct channel *channel)
{
	uint64_t end = ring_end(channel->ring);

	for (struct channel_reader *r = channel->readers; r; r = r->next)
		if (channel_is_full(
			&channel->config, end, r->kind->waits_from(r)))
			return false;
	return true;
}

void
channel_trim(struct channel *channel)
{
	uint64_t end = ring_end(channel->ring);
	uint64_t from = channel_needed_from(channel, end);

	/* Without viewers, the past is for the next one. */
	if (from != UINT64_MAX)
		ring_trim(channel->ring, from);
}

/* Publishing. */

/*
 * The id as a viewer sends it back: as it was written, without what is no
 * UTF-8.
 */
static struct span
channel_id_sent(struct span id, char memory[EVENT_ID_MAX])
{
	struct text_buffer text = {.cap = EVENT_ID_MAX};
	size_t bad;

	text.bytes = memory;
	utf8_valid_prefix(id.bytes, id.n, &bad);
	if (bad == 0)
		return id;
	sink_utf8(text_buffer_sink(&text), id);
	assert(text.n <= text.cap);
	return (struct span){memory, text.n};
}

static int
channel_append(struct channel *channel, const struct event *event,
    struct span own_id, bool is_event)
{
	enum dialect dialect = channel->config.dialect;
	size_t n = stream_event_size(dialect, event);
	bool has_id = own_id.n > 0 && dialect == DIALECT_EVENT_STREAM;
	char memory[EVENT_ID_MAX];
	struct span id = {NULL, 0};
	int rc;

	if (n == 0)
		return 0;
	rc = ring_reserve(channel->ring, n, has_id,
	    channel_needed_from(channel, ring_end(channel->ring) + n));
	if (rc < 0)
		return rc;
	stream_write_event(dialect, event, ring_sink(channel->ring));
	if (has_id)
		id = channel_id_sent(own_id, memory);
	ring_commit(channel->ring, is_event, id);
	for (struct channel_reader *r = channel->readers; r; r = r->next)
		r->kind->on_append(r);
	return 0;
}

static int
channel_append_gap(
    struct channel *channel, struct span last_event_id, uint64_t n)
{
	const struct span no_id = {"", 0};
	char data[GAP_DATA_SIZE];
	struct event event =
	    gap_event(data, channel->config.gap_event, last_event_id, n);

	if (event.type.n == 0)
		return 0;
	return channel_append(channel, &event, no_id, false);
}

int
channel_tell_gap(struct channel *channel, struct span last_event_id)
{
	return channel_append_gap(channel, last_event_id, GAP_UNKNOWN);
}

int
channel_tell_losses(struct channel *channel)
{
	const struct span nothing = {"", 0};
	int rc;

	if (channel->n_lost == 0)
		return 0;
	rc = channel_append_gap(channel, nothing, channel->n_lost);
	if (rc == 0)
		channel->n_lost = 0;
	return rc;
}

int
channel_publish(struct channel *channel, const struct event *event)
{
	struct event complete = *event;
	bool is_event = event->data.bytes != NULL;
	char id[EVENT_ID_SIZE];
	int rc = channel_tell_losses(channel);

	if (!event->id.bytes && is_event)
		complete.id = event_id_of_sequence(
		    id, channel->config.identity, ring_seq(channel->ring) + 1);
	if (rc == 0)
		rc = channel_append(channel, &complete, event->id, is_event);
	if (rc < 0 && is_event)
		channel_lose(channel, 1);
	return rc;
}

void
channel_lose(struct channel *channel, uint64_t n)
{
	/* GAP_UNKNOWN is the most there is. */
	if (n > GAP_UNKNOWN - channel->n_lost)
		n = GAP_UNKNOWN - channel->n_lost;
	channel->n_lost += n;
	for (struct channel_reader *r = channel->readers; r; r = r->next)
		r->kind->on_append(r);
}

bool
channel_has_losses(const struct channel *channel)
{
	return channel->n_lost > 0;
}

void
channel_end(struct channel *channel, struct span data)
{
	struct event end = EVENT_NONE;

	end.type = span_of(channel->config.end_event);
	end.id = span_of(EVENT_ID_END);
	end.data = data;
	channel_tell_losses(channel);
	channel->ends_at = ring_end(channel->ring);
	if (end.type.n > 0)
		channel_append(channel, &end, end.id, true);
	for (struct channel_reader *r = channel->readers; r; r = r->next)
		r->kind->on_end(r);
}

uint64_t
channel_ends_at(const struct channel *channel)
{
	return channel->ends_at;
}

bool
channel_can_resume(const struct channel *channel, struct span last_event_id)
{
	struct channel_resume resume = {.last_event_id = last_event_id};

	return !prologue_find(&channel->config, channel->ring, &resume).has_gap;
}
