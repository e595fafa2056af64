/* SPDX-License-Identifier: MIT */

#include "pipecat/observation.h"

#include "helpers.h"

static void
take(struct observation *observation, const char *type, const char *data,
    uint64_t now_ms)
{
	struct event event = EVENT_NONE;

	event.type = span_of(type);
	event.data = span_of(data);
	observation_take_event(observation, &event, now_ms);
}

Test(pipecat_observation, of_a_probe_is_its_ticks_and_its_way)
{
	struct observation probe;

	observation_begin(&probe, 0);
	cr_assert_not(observation_is_probe(&probe));
	take(&probe, "probe",
	    "{\"n\":1,\"of\":2,\"ms\":100,\"request\":{\"gateway\":\"FastCGI\","
	    "\"server\":\"a\\u001bb\",\"gzip\":true}}",
	    1000);
	cr_assert(observation_is_probe(&probe));
	cr_assert_not(observation_is_whole(&probe));
	cr_assert_str_eq(probe.way.gateway, "FastCGI");
	cr_assert_str_eq(probe.way.server, "a\\x1bb");
	cr_assert(probe.way.is_gzip);
	take(&probe, "probe", "{\"n\":2,\"of\":2,\"ms\":1000}", 1000);
	cr_assert(observation_is_whole(&probe));
	cr_assert_eq(observation_held_ms(&probe), 900);
	cr_assert(observation_is_held(&probe));
	cr_assert_not(probe.is_other);
}

Test(pipecat_observation, takes_nothing_else_for_a_tick)
{
	static const char *const rows[] = {"{}", "[]", "1", "x", "",
	    "{\"n\":2,\"of\":2,\"ms\":1}", "{\"n\":1,\"of\":0,\"ms\":1}",
	    "{\"n\":1,\"of\":33,\"ms\":1}", "{\"n\":1,\"of\":2,\"ms\":\"1\"}"};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct observation observation;

		observation_begin(&observation, 0);
		take(&observation, "probe", rows[i], 1);
		cr_assert(observation.is_other, "%s", rows[i]);
		cr_assert_eq(observation.n_ticks, 0);
	}
}

Test(pipecat_observation, with_impossible_times_is_of_no_probe)
{
	static const char *const rows[] = {
	    "-1", "99", "60101", "9223372036854775807", "-9223372036854775808"};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct observation probe;
		char tick[64];

		observation_begin(&probe, 0);
		take(&probe, "probe", "{\"n\":1,\"of\":2,\"ms\":100}", 1);
		snprintf(tick, sizeof(tick), "{\"n\":2,\"of\":2,\"ms\":%s}",
		    rows[i]);
		take(&probe, "probe", tick, 2);
		cr_assert_not(observation_is_probe(&probe), "%s", rows[i]);
		cr_assert(probe.is_other);
	}
}

Test(pipecat_observation, of_a_stream_is_how_it_begins_and_ends)
{
	struct observation stream;
	struct event event = EVENT_NONE;

	observation_begin(&stream, 0);
	event.comment = span_of("pipecast, heartbeat 15000 ms");
	observation_take_event(&stream, &event, 1);
	event = EVENT_NONE;
	event.retry_ms = 2000;
	observation_take_event(&stream, &event, 1);
	cr_assert_eq(stream.heartbeat_ms, 15000);
	cr_assert_not(stream.is_let_go, "it has only begun");
	take(&stream, "", "a", 2);
	cr_assert(stream.is_other);
	observation_take_event(&stream, &event, 3);
	cr_assert(stream.is_let_go);
	event = EVENT_NONE;
	event.id = span_of("pipecast-end");
	event.data = span_of("{}");
	observation_take_event(&stream, &event, 4);
	cr_assert(stream.has_end);
}

Test(pipecat_observation, keeps_the_head_of_the_last_answer_alone)
{
	struct observation observation;

	observation_begin(&observation, 0);
	observation_take_field(&observation, LITERAL("server"), LITERAL("a"));
	observation_take_field(
	    &observation, LITERAL("content-encoding"), LITERAL("gzip"));
	observation_begin_head(&observation);
	observation_take_field(
	    &observation, LITERAL("Server"), LITERAL("b\nc"));
	cr_assert_str_eq(observation.head.server, "b\\x0ac");
	cr_assert_str_eq(observation.head.encoding, "");
}
