/* SPDX-License-Identifier: MIT */

#include "program/subscribe.h"

#include "core/owned.h"
#include "program/on_demand.h"

#include <errno.h>

/* Whether the place is one of the stream's only source. */
static bool
subscribe_is_of_source(const struct stream *stream, struct span last_event_id)
{
	const struct source_spec *spec = stream->only;

	return spec && last_event_id.bytes && spec->kind->can_resume &&
	    spec->kind->can_resume(spec, last_event_id);
}

/* Whether the event of that ID in memory may be another. */
static bool
subscribe_is_doubtful(const struct streams *streams,
    const struct stream *stream, struct span last_event_id)
{
	const struct source_spec *spec = stream->only;

	return spec->kind->is_of_copy &&
	    spec->kind->is_of_copy(spec, &streams->context, last_event_id);
}

/* The number after which the stream of a new viewer goes on. */
static uint64_t
subscribe_replayed_from(const struct stream *stream, uint64_t replay)
{
	const struct ring *ring = channel_ring(stream->channel);
	uint64_t n_held = ring_seq(ring) - ring_missed(ring, 0);

	return ring_seq(ring) - (replay < n_held ? replay : n_held);
}

/* The latest events for a new viewer of a stream. */
struct latest_events {
	const struct streams *streams;
	const struct stream *stream;
	uint64_t seq; /* the number after which the stream goes on */
};

static void
subscribe_write_latest(const void *what, struct byte_sink sink)
{
	const struct latest_events *events = what;
	const struct feed *feed = NULL;

	while ((feed = streams_next_feed(events->streams, feed)))
		feed_write_latest(feed, events->stream, events->seq, sink);
}

/*
 * A new viewer does not wait for the next event of a source whose latest says
 * how things are.  *latest is for the caller to free.
 */
static int
subscribe_add_latest(const struct streams *streams, const struct stream *stream,
    struct channel_resume *resume, struct owned *latest)
{
	const struct latest_events events = {
	    streams, stream, subscribe_replayed_from(stream, resume->replay)};

	if (resume->last_event_id.bytes)
		return 0;
	if (stream->only) {
		if (stream->only->kind->has_latest && resume->replay == 0)
			resume->replay = 1;
		return 0;
	}
	*latest = owned_written(subscribe_write_latest, &events);
	resume->latest = owned_span(latest);
	return latest->bytes ? 0 : -ENOMEM;
}

bool
streams_take_in(void *ctx, struct stream *stream, struct subscriber *subscriber,
    const struct channel_resume *resume)
{
	const struct streams *streams = ctx;
	struct channel_resume complete = *resume;
	struct owned latest = {0};
	bool is_in;

	complete.has_waited = true;
	is_in =
	    subscribe_add_latest(streams, stream, &complete, &latest) == 0 &&
	    fan_out_transfer(subscriber, stream->fan_out, &complete);

	owned_free(&latest);
	return is_in;
}

static int
subscribe_attach_waiting(struct streams *streams, struct stream *stream,
    const struct channel_resume *resume, struct subscriber *subscriber,
    struct span head)
{
	const struct channel_resume nothing = {.replay = 0};
	struct fan_out *fan_out;
	int rc = waiting_start(
	    &streams->waitings, stream, subscriber, resume, &fan_out);

	return rc < 0 ? rc
		      : fan_out_attach(fan_out, subscriber, head, &nothing,
			    streams_now_ms(streams));
}

int
streams_subscribe(struct streams *streams, const struct request *request,
    struct subscriber *subscriber, struct span head)
{
	struct channel_resume resume = {
	    .last_event_id = request->last_event_id,
	    .replay = streams->options->replay,
	};
	uint64_t now_ms = streams_now_ms(streams);
	struct owned latest = {0};
	struct stream *stream;
	int rc = streams_find(streams, request->name, &stream);

	if (rc < 0)
		return rc;
	if (subscribe_is_of_source(stream, resume.last_event_id)) {
		resume.is_gone = subscribe_is_doubtful(
		    streams, stream, resume.last_event_id);
		rc = -ENOENT;
		if (resume.is_gone ||
		    !channel_can_resume(stream->channel, resume.last_event_id))
			rc = catchup_start(&streams->catchups, stream,
			    subscriber, head, resume.last_event_id, now_ms);
		if (rc != -ENOENT)
			return rc;
	}
	if (stream->n_reading_past > 0)
		return subscribe_attach_waiting(
		    streams, stream, &resume, subscriber, head);
	rc = subscribe_add_latest(streams, stream, &resume, &latest);
	if (rc == 0)
		rc = fan_out_attach(
		    stream->fan_out, subscriber, head, &resume, now_ms);
	owned_free(&latest);
	return rc;
}
