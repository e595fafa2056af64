/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_FAN_OUT_FIXTURE_H
#define PIPECAST_TESTS_UNIT_FAN_OUT_FIXTURE_H

/*
 * For tests of the fan-out in suites of FAN_OUT_SUITE: a stream that is
 * `usual`, or as the test configures it, and two viewers, not attached yet.
 * What the engine's model says of every run (fan_out_engine.h) is not said
 * again here: what is sent and when, who is dropped, whether there is room.
 */

#include "viewer.h"

static struct stream *stream;
static struct viewer viewer, other;

#define EVENT(N, DATA) "id: s-id-" #N "\ndata: " DATA "\n\n"
#define OWN(ID, DATA) "id: " ID "\ndata: " DATA "\n\n"
#define GAP(ID, N) \
	"event: gap\ndata: {\"last_event_id\":\"" ID "\",\"missed\":" #N "}\n\n"
#define END "id: pipecast-end\nevent: end\ndata: {}\n\n"

static inline void
fan_out_begin(void)
{
	stream = stream_create(&usual);
}

static inline void
fan_out_finish(void)
{
	viewer_fini(&viewer);
	viewer_fini(&other);
	stream_destroy(stream);
}

#define FAN_OUT_SUITE(NAME) \
	TestSuite(NAME, .init = fan_out_begin, .fini = fan_out_finish)

/* Begins again, with a stream like that. */
static inline void
configure(struct stream_config config)
{
	fan_out_finish();
	stream = stream_create(&config);
}

/* Each character is the data of an event. */
static inline void
publish_each(const char *all)
{
	for (; *all; all++)
		publish_data(stream, (char[]){*all, '\0'});
}

static inline void
flush_at(uint64_t now_ms)
{
	fan_out_flush(stream->fan_out, now_ms);
}

/* The next flush is due that much later. */
static inline void
check_flush(uint64_t now_ms, uint64_t wanted)
{
	uint64_t in = fan_out_flush(stream->fan_out, now_ms);

	cr_assert_eq(in, wanted, "at %llu: again in %llu, not %llu",
	    (unsigned long long)now_ms, (unsigned long long)in,
	    (unsigned long long)wanted);
}

/* What the viewer is sent by the next flush. */
static inline void
check_sent(struct viewer *to, const char *wanted)
{
	flush_at(0);
	check_got(to, span_of(wanted));
}

/* What a viewer is sent who comes with that last event ID. */
static inline void
check_resumed(struct span last_event_id, const char *wanted)
{
	struct bytes all = {0};

	viewer_fini(&other);
	attach_after(stream, &other, last_event_id);
	flush_at(0);
	sink_text(bytes_sink(&all), FIRST_BLOCK);
	sink_text(bytes_sink(&all), wanted);
	check_got(&other, bytes_span(&all));
	bytes_free(&all);
}

/* Everything that is in the ring, as a new viewer would see it. */
static inline void
check_history(const char *wanted)
{
	struct bytes all = {0};

	viewer_fini(&other);
	attach_at(stream, &other, ABSENT, ABSENT, UINT64_MAX, 0);
	flush_at(0);
	sink_text(bytes_sink(&all), FIRST_BLOCK);
	sink_text(bytes_sink(&all), wanted);
	check_got(&other, bytes_span(&all));
	viewer_fini(&other);
	bytes_free(&all);
}

#endif
