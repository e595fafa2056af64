/* SPDX-License-Identifier: MIT */

/*
 * A stream, and the head before it, as a server may make them up: no finding of
 * the doctor brings a control character to the terminal, and there is room for
 * all of them.
 */

#include "formats/input_format.h"
#include "pipecat/diagnosis.h"

#include "fuzz.h"

static bool
on_event(void *ctx, const struct event *event, uint64_t position)
{
	observation_take_event(ctx, event, position);
	return true;
}

static void
on_reject(void *ctx, const struct rejection *rejection)
{
	(void)ctx;
	(void)rejection;
}

/* Field lines, an empty string, and the stream behind it. */
static void
observe(struct observation *observation, struct input *input)
{
	const struct event_sink sink = {on_event, on_reject, observation};
	struct input_format *format = input_format_create(&format_sse,
	    (struct input_options){.max_event = 4096}, sink,
	    (struct input_start){0});
	struct span name, body;

	REQUIRE(format);
	observation_begin(observation, take_byte(input));
	observation->ended_ms = observation->last_ms + take_byte(input) * 10;
	observation->is_ended = take_byte(input) & 1;
	while ((name = take_string(input)).n > 0)
		observation_take_field(observation, name, take_string(input));
	body = (struct span){(const char *)input->at, input->n};
	input_format_feed(format, body.bytes, body.n);
	input_format_destroy(format);
}

static void
on_put(void *ctx, const char *bytes, size_t n)
{
	(void)ctx;
	for (size_t i = 0; i < n; i++)
		REQUIRE(
		    bytes[i] == '\n' || (bytes[i] >= ' ' && bytes[i] <= '~'));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct examination examination;
	static struct diagnosis diagnosis;
	struct input input = {data, size};

	examination.is_secure = examination.can_http_2 = take_byte(&input) & 1;
	observe(&examination.plain, &input);
	examination.has_probe = observation_is_probe(&examination.plain);
	examination.gzip = examination.stream = examination.plain;
	memcpy(examination.stream.http, "1.1", 4);
	diagnose(&examination, &diagnosis);
	REQUIRE(diagnosis.n <= FINDINGS_MAX);
	diagnosis_write(&diagnosis, (struct byte_sink){on_put, NULL});
	return 0;
}
