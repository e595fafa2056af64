/* SPDX-License-Identifier: MIT */

#include "pipecat/doctor.h"

#include "formats/input_format.h"
#include "loop/log.h"
#include "pipecat/diagnosis.h"
#include "pipecat/stop.h"
#include "pipecat/trouble.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A probe takes 2.25 s; a layer may hold it back until it has ended, and start
 * the program first.
 */
enum { PROBE_MS = 8000 };

/* Without --for: for the first block, which pipecast sends at once. */
enum { FIRST_MS = 2000 };

/* How far up the path a probe is looked for. */
enum { SEGMENTS_MAX = 8 };

static const char probe_name[] = "/.probe";

struct doctor {
	const struct settings *settings;
	struct transfer *transfer;
	struct examination examination;
	struct diagnosis diagnosis;

	/* The request that runs. */
	struct observation *observation;
	struct input_format *format;
	bool is_open;
	bool is_for_probe;
	bool ends_at_first; /* with the first block */
};

/* Observing. */

static bool
on_answer(void *ctx)
{
	struct doctor *doctor = ctx;

	observation_begin_head(doctor->observation);
	return true;
}

static bool
on_field(void *ctx, const struct transfer_field *field)
{
	struct doctor *doctor = ctx;

	observation_take_field(doctor->observation, field->name, field->value);
	return true;
}

static bool
on_head(void *ctx, const struct reply *reply)
{
	struct doctor *doctor = ctx;

	doctor->is_open = verdict_of_stream(reply).kind == VERDICT_OK;
	return true;
}

/* Another stream than a probe has no end to wait for. */
static bool
on_event(void *ctx, const struct event *event, uint64_t position)
{
	struct doctor *doctor = ctx;
	struct observation *observation = doctor->observation;

	(void)position;
	observation_take_event(observation, event, stop_now_ms());
	return !doctor->is_for_probe || !observation->is_other;
}

static void
on_reject(void *ctx, const struct rejection *rejection)
{
	(void)ctx;
	(void)rejection;
}

static bool
on_body(void *ctx, struct span bytes)
{
	struct doctor *doctor = ctx;
	struct observation *observation = doctor->observation;

	if (!doctor->is_open)
		return true;
	observation->has_begun = true;
	observation->last_ms = stop_now_ms();
	input_format_feed(doctor->format, bytes.bytes, bytes.n);
	return !doctor->ends_at_first &&
	    !(doctor->is_for_probe && observation->is_other);
}

static void
doctor_conclude(struct doctor *doctor, const struct transfer_result *result)
{
	const struct verdict verdict = verdict_of_stream(&result->reply);
	struct observation *observation = doctor->observation;

	observation->ended_ms = stop_now_ms();
	observation->is_ended = !result->is_stopped;
	observation->verdict = verdict.kind;
	memcpy(observation->http, result->http, sizeof(result->http));
	if (!result->is_stopped && verdict.kind != VERDICT_OK &&
	    verdict.kind != VERDICT_ENDED)
		trouble_describe(result, verdict, observation->trouble,
		    sizeof(observation->trouble));
}

static void
doctor_log(const struct observation *observation, const char *url)
{
	const struct observation_head *head = &observation->head;

	log_line(LOG_INFO,
	    "%s: HTTP/%s%s%s; Server: %s; Via: %s; Content-Encoding: %s; "
	    "Transfer-Encoding: %s; Content-Length: %s; Cache-Control: %s; "
	    "X-Accel-Buffering: %s; %u ticks, up to %llu ms late",
	    url, observation->http, *observation->trouble ? ", " : "",
	    observation->trouble, head->server, head->via, head->encoding,
	    head->transfer_encoding, head->length, head->cache_control,
	    head->accel_buffering, observation->n_ticks,
	    (unsigned long long)observation_held_ms(observation));
}

/* Returns whether to go on: neither memory nor patience is at an end. */
static bool
doctor_observe(struct doctor *doctor, const struct transfer_request *request,
    struct observation *observation)
{
	const struct input_options options = {
	    .max_event = doctor->settings->max_event, .ids_are_own = true};
	const struct event_sink sink = {on_event, on_reject, doctor};
	const struct input_start start = {0};
	const struct transfer_listener listener = {
	    .on_answer = on_answer,
	    .on_field = on_field,
	    .on_head = on_head,
	    .on_body = on_body,
	    .ctx = doctor,
	};

	doctor->format = input_format_create(&format_sse, options, sink, start);
	if (!doctor->format) {
		log_line(LOG_ERROR, "out of memory");
		return false;
	}
	doctor->observation = observation;
	doctor->is_open = false;
	observation_begin(observation, stop_now_ms());
	doctor_conclude(
	    doctor, transfer_run(doctor->transfer, request, &listener));
	doctor_log(observation, request->url);
	input_format_destroy(doctor->format);
	return !stop_is_asked();
}

/* Probes. */

/*
 * A probe that seems to be held back is made again: a network or a machine that
 * stood still for a moment does not do so twice.
 */
static bool
doctor_probe(struct doctor *doctor, const char *url, bool compressed,
    struct observation *observation)
{
	struct observation again;
	const struct transfer_request request = {
	    .url = url,
	    .accept = "text/event-stream",
	    .compressed = compressed,
	    .for_ms = PROBE_MS,
	};

	doctor->is_for_probe = true;
	doctor->ends_at_first = false;
	if (!doctor_observe(doctor, &request, observation))
		return false;
	if (!observation_is_held(observation))
		return true;
	if (!doctor_observe(doctor, &request, &again))
		return false;
	if (observation_is_probe(&again) && !observation_is_held(&again))
		*observation = again;
	return true;
}

/*
 * A probe is where the streams are, which may be anywhere up the path: below
 * the path itself if that is all that leads to pipecast.
 */
static struct owned
doctor_place(const struct doctor *doctor, size_t i)
{
	struct span url = owned_span(&doctor->settings->target.url);
	struct owned place = target_below(url, i, probe_name);

	/* A server may pass on nothing but the very path of the stream. */
	if (!place.bytes && i > 0) {
		struct owned before = target_below(url, i - 1, probe_name);

		if (before.bytes)
			place = target_with_parameter(
			    url, "source", span_of(probe_name + 1));
		owned_free(&before);
	}
	return place;
}

/* Returns as doctor_observe. */
static bool
doctor_find_probe(struct doctor *doctor)
{
	struct examination *examination = &doctor->examination;
	bool goes_on = true;

	for (size_t i = 0; goes_on && i < SEGMENTS_MAX; i++) {
		struct owned place = doctor_place(doctor, i);

		if (!place.bytes)
			break;
		goes_on = doctor_probe(
		    doctor, place.bytes, false, &examination->plain);
		examination->has_probe =
		    observation_is_probe(&examination->plain);
		/* If even that is held back, compression does not matter. */
		if (goes_on && examination->has_probe &&
		    !observation_is_held(&examination->plain))
			goes_on = doctor_probe(
			    doctor, place.bytes, true, &examination->gzip);
		owned_free(&place);
		/* One that takes all the time would do so anywhere. */
		if (examination->has_probe || examination->plain.is_refused ||
		    observation_is_silent(&examination->plain))
			break;
	}
	return goes_on;
}

/* The stream. */

static bool
doctor_watch(struct doctor *doctor, uint64_t for_ms)
{
	const struct transfer_request request = {
	    .url = doctor->settings->target.url.bytes,
	    .accept = "text/event-stream",
	    .compressed = true,
	    .for_ms = for_ms > 0 ? for_ms : FIRST_MS,
	};

	doctor->is_for_probe = false;
	doctor->ends_at_first = for_ms == 0;
	return doctor_observe(doctor, &request, &doctor->examination.stream);
}

/* Without a stream there is nothing to probe. */
static bool
doctor_examine(struct doctor *doctor)
{
	const struct settings *settings = doctor->settings;
	struct examination *examination = &doctor->examination;

	examination->is_secure = settings->target.is_secure;
	examination->can_http_2 = transfer_can_http_2();
	if (!doctor_watch(doctor, 0))
		return false;
	if (*examination->stream.trouble)
		return true;
	return doctor_find_probe(doctor) &&
	    (settings->for_ms == 0 || doctor_watch(doctor, settings->for_ms));
}

static void
on_put(void *ctx, const char *bytes, size_t n)
{
	fwrite(bytes, 1, n, ctx);
}

int
doctor_run(const struct settings *settings)
{
	struct doctor *doctor = calloc(1, sizeof(*doctor));
	int status = EXIT_FAILURE;

	if (doctor)
		doctor->transfer = transfer_open(settings);
	if (!doctor || !doctor->transfer) {
		log_line(LOG_ERROR, "out of memory");
	} else {
		doctor->settings = settings;
		if (doctor_examine(doctor)) {
			diagnose(&doctor->examination, &doctor->diagnosis);
			diagnosis_write(&doctor->diagnosis,
			    (struct byte_sink){on_put, stdout});
			if (diagnosis_is_well(&doctor->diagnosis) &&
			    fflush(stdout) == 0)
				status = EXIT_SUCCESS;
		}
		transfer_close(doctor->transfer);
	}
	free(doctor);
	return status;
}
