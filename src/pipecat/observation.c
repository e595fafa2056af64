/* SPDX-License-Identifier: MIT */

#include "pipecat/observation.h"

#include "pipecat/printer.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Three ticks of pipecast's. */
enum { HELD_MS = 750 };

/* From the first tick of a probe to the last, at most; it takes 2.25 s. */
enum { PROBE_LENGTH_MAX = 60000 };

void
observation_begin(struct observation *observation, uint64_t now_ms)
{
	*observation =
	    (struct observation){.asked_ms = now_ms, .last_ms = now_ms};
}

/* The head. */

void
observation_begin_head(struct observation *observation)
{
	observation->head = (struct observation_head){0};
}

static const struct {
	const char *name;
	size_t offset;
} fields[] = {
    {"Content-Encoding", offsetof(struct observation_head, encoding)},
    {"Server", offsetof(struct observation_head, server)},
    {"Via", offsetof(struct observation_head, via)},
    {"Cache-Control", offsetof(struct observation_head, cache_control)},
    {"Transfer-Encoding", offsetof(struct observation_head, transfer_encoding)},
    {"Content-Length", offsetof(struct observation_head, length)},
    {"X-Accel-Buffering", offsetof(struct observation_head, accel_buffering)},
};

void
observation_take_field(
    struct observation *observation, struct span name, struct span value)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (span_is_word(name, fields[i].name))
			text_escape(
			    (char *)&observation->head + fields[i].offset,
			    OBSERVATION_TEXT, value);
}

/* Ticks. */

static void
observation_copy(char out[OBSERVATION_TEXT], const json_t *text)
{
	text_escape(out, OBSERVATION_TEXT,
	    (struct span){json_string_value(text), json_string_length(text)});
}

static void
observation_take_way(struct observation *observation, const json_t *request)
{
	struct observation_way *way = &observation->way;

	if (!json_is_object(request))
		return;
	observation_copy(way->gateway, json_object_get(request, "gateway"));
	observation_copy(way->server, json_object_get(request, "server"));
	way->is_gzip = json_is_true(json_object_get(request, "gzip"));
}

/* Not before the first tick, nor long after it. */
static bool
observation_can_be_sent(const struct observation *observation, int64_t sent_ms)
{
	int64_t first_ms = observation->ticks[0].sent_ms;

	return sent_ms >= 0 && sent_ms >= first_ms &&
	    sent_ms - first_ms <= PROBE_LENGTH_MAX;
}

static bool
observation_take_tick(
    struct observation *observation, const json_t *tick, uint64_t now_ms)
{
	const json_t *n = json_object_get(tick, "n");
	const json_t *of = json_object_get(tick, "of");
	const json_t *ms = json_object_get(tick, "ms");
	struct observation_tick *next =
	    &observation->ticks[observation->n_ticks];

	if (json_integer_value(n) != observation->n_ticks + 1 ||
	    json_integer_value(of) < json_integer_value(n) ||
	    json_integer_value(of) > OBSERVATION_TICKS || !json_is_integer(ms))
		return false;
	*next =
	    (struct observation_tick){json_integer_value(ms), (int64_t)now_ms};
	if (!observation_can_be_sent(observation, next->sent_ms)) {
		observation->n_ticks = 0;
		return false;
	}
	observation->n_ticks++;
	observation->n_ticks_of = (unsigned)json_integer_value(of);
	observation_take_way(observation, json_object_get(tick, "request"));
	return true;
}

static bool
observation_take_data(
    struct observation *observation, const struct event *event, uint64_t now_ms)
{
	json_t *tick = NULL;
	bool is_tick;

	if (span_is(event->type, "probe"))
		tick = json_loadb(event->data.bytes, event->data.n, 0, NULL);
	is_tick = tick && observation_take_tick(observation, tick, now_ms);
	json_decref(tick);
	return is_tick;
}

/* Events. */

static void
observation_take_comment(struct observation *observation, struct span comment)
{
	static const char later[] = "come back later";
	char text[64];
	const char *at;

	snprintf(text, sizeof(text), "%.*s", (int)comment.n, comment.bytes);
	at = text_skip_word(text, "pipecast, heartbeat ");
	if (at)
		text_take_number(&at, &observation->heartbeat_ms);
	if (strstr(text, later))
		observation->is_refused = true;
}

void
observation_take_event(
    struct observation *observation, const struct event *event, uint64_t now_ms)
{
	if (event->comment.bytes)
		observation_take_comment(observation, event->comment);
	observation->is_let_go = event->retry_ms >= 0 && !event->data.bytes &&
	    observation->n_retries > 0;
	observation->n_retries += event->retry_ms >= 0;
	if (!event->data.bytes)
		return;
	if (observation_take_data(observation, event, now_ms))
		return;
	/* Whatever --end-event calls it. */
	if (span_is(event->id, "pipecast-end"))
		observation->has_end = true;
	else
		observation->is_other = true;
}

/* Conclusions. */

bool
observation_is_probe(const struct observation *observation)
{
	return observation->n_ticks > 0;
}

bool
observation_is_whole(const struct observation *observation)
{
	return observation->n_ticks > 0 &&
	    observation->n_ticks == observation->n_ticks_of;
}

bool
observation_is_silent(const struct observation *observation)
{
	return !observation->is_ended && !observation->is_other &&
	    observation->n_ticks == 0;
}

uint64_t
observation_held_ms(const struct observation *observation)
{
	int64_t least = INT64_MAX, most = INT64_MIN;

	for (unsigned i = 0; i < observation->n_ticks; i++) {
		const struct observation_tick *tick = &observation->ticks[i];
		int64_t late_ms = tick->received_ms - tick->sent_ms;

		if (late_ms < least)
			least = late_ms;
		if (late_ms > most)
			most = late_ms;
	}
	return observation->n_ticks > 0 ? (uint64_t)(most - least) : 0;
}

bool
observation_is_held(const struct observation *observation)
{
	return observation_held_ms(observation) >= HELD_MS;
}

uint64_t
observation_silence_ms(const struct observation *observation)
{
	return observation->ended_ms - observation->last_ms;
}
