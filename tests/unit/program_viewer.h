/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_PROGRAM_VIEWER_H
#define PIPECAST_TESTS_UNIT_PROGRAM_VIEWER_H

/*
 * A program's streams without a program, and viewers of them, which begin with
 * start_streams.  What a test leaves is ended and freed after it, if its suite
 * is a PROGRAM_SUITE; viewers that are subscribed by then must still be there.
 */

#include "program/subscribe.h"

#include "fake_source.h"
#include "viewer_transport.h"

static struct loop *loop;
static struct options options;
static struct streams streams;
static unsigned n_changes;
static const struct source_kind *kind_of_sources = &fake_kind;
static struct viewer *subscribed;

/* A viewer of that stream ("" for the root) after that event (NULL: new). */
static inline int
subscribe(struct viewer *viewer, const char *name, const char *last_event_id)
{
	struct request request = {
	    .name = *name ? span_of(name) : ABSENT,
	    .last_event_id = span_of(last_event_id),
	};
	int rc;

	viewer_init(viewer);
	rc = streams_subscribe(&streams, &request, &viewer->subscriber, ABSENT);
	if (rc == 0) {
		viewer->next = subscribed;
		subscribed = viewer;
	}
	return rc;
}

static inline void
on_streams_change(void *ctx)
{
	cr_assert_null(ctx);
	n_changes++;
}

/* A fake source of that name, NULL for none, or "NAME/" and "*=fake:*". */
static inline struct source_spec
fake_spec(const char *name)
{
	const char *slash = name ? strstr(name, "/*=") : NULL;
	struct source_spec spec = {.kind = kind_of_sources,
	    .text = "fake:",
	    .post = true,
	    .name = span_of(name)};

	if (!slash)
		return spec;
	spec.text = name;
	spec.name.n = (size_t)(slash - name);
	spec.part = (struct span){slash + 1, 1};
	spec.argument = strchr(name, ':') + 1;
	return spec;
}

/* The streams of so many sources; those with a name get their own. */
static inline void
init_streams(const char *const *names, size_t n)
{
	struct source_spec *sources = calloc(n + !n, sizeof(*sources));

	for (size_t i = 0; i < n; i++)
		sources[i] = fake_spec(names[i]);
	options = (struct options){
	    .sources = sources,
	    .n_sources = n,
	    .gap_event = "gap",
	    .end_event = "end",
	    .retry_ms = 2000,
	    .patience_ms = 1000,
	    .heartbeat_ms = 15000,
	    .history = 300,
	    .max_streams = 10000,
	    .linger_ms = 60000,
	};
	cr_assert_eq(
	    streams_init(&streams, &options, on_streams_change, NULL), 0);
	cr_assert_eq(loop_create(&loop), 0);
}

static inline void
start_streams(const char *const *names, size_t n)
{
	struct source_context context = {.history = 300};

	init_streams(names, n);
	context.loop = loop;
	cr_assert(streams_start(&streams, &context));
	streams_flush(&streams);
}

/* Once is enough. */
static inline void
end_streams(void)
{
	if (!loop)
		return;
	for (; subscribed; subscribed = subscribed->next)
		viewer_fini(subscribed);
	streams_fini(&streams);
	loop_destroy(loop);
	loop = NULL;
	free((void *)(uintptr_t)options.sources);
	for (size_t i = 0; i < n_fakes; i++)
		cr_assert_null(fakes[i].source);
}

#define PROGRAM_SUITE(NAME) TestSuite(NAME, .fini = end_streams)

/* Emits an event, and whatever follows from that happens. */
static inline void
emit(size_t fake, const char *data, unsigned long place)
{
	fake_emit(&fakes[fake], data, place);
	streams_flush(&streams);
}

/* What the viewer is sent by the next flush. */
static inline void
check_sent(struct viewer *viewer, const char *wanted)
{
	streams_flush(&streams);
	check_got(viewer, span_of(wanted));
}

/* The id under which the root stream, say, knows the event of that number. */
static inline struct span
id_in(const char *name, uint64_t seq, char memory[EVENT_ID_SIZE])
{
	return event_id_of_sequence(memory,
	    registry_find(&streams.registry, span_of(name))->identity, seq);
}

#endif
