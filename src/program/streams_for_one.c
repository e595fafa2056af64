/* SPDX-License-Identifier: MIT */

#include "program/streams_state.h"

#include "loop/log.h"

/*
 * How much to keep for a single viewer, for which no past need be kept: as much
 * as a pipe holds.
 */
enum { ONE_VIEWER_HISTORY = 65536 };

/* Where the only viewer is to be attached, and how. */
static struct fan_out *
streams_where_to_attach(struct streams *streams, struct stream *stream,
    struct subscriber *subscriber, struct channel_resume *resume)
{
	struct fan_out *fan_out = stream->fan_out;

	if (stream->n_reading_past == 0)
		return fan_out;
	if (!log_unless_ok(waiting_start(
		&streams->waitings, stream, subscriber, resume, &fan_out)))
		return NULL;
	*resume = (struct channel_resume){.replay = 0};
	return fan_out;
}

/* Decides which source feeds the stream of the only viewer. */
static int
streams_connect_for_one(struct streams *streams, struct stream *stream)
{
	return stream->spec
	    ? streams_connect_feed(streams, stream->spec, NULL, stream)
	    : streams_connect_feeds(streams);
}

/*
 * Opens the stream that is asked for, for one viewer.  Returns NULL, having
 * logged why, if that is not possible.
 */
static struct stream *
streams_open_for_one(
    struct streams *streams, const struct request *request, size_t history)
{
	struct stream *stream =
	    registry_find(&streams->registry, request->name);
	int rc = stream
	    ? 0
	    : registry_make(&streams->registry, request->name, &stream);

	if (rc == 0)
		rc = stream_open(stream, &streams->scheduler, NULL,
		    streams->options, history, true);
	if (rc == 0)
		rc = streams_connect_for_one(streams, stream);
	return log_unless_ok(rc) ? stream : NULL;
}

struct fan_out *
streams_start_for_one(struct streams *streams,
    const struct source_context *context, const struct request *request,
    struct subscriber *subscriber, struct channel_resume *resume)
{
	const struct options *options = streams->options;
	struct source_begin begin = {.replay = options->replay};
	bool past = options->replay > 0 || request->last_event_id.bytes;
	struct stream *stream;

	if (!log_unless_ok(streams_prepare(streams, context)))
		return NULL;
	stream = streams_open_for_one(
	    streams, request, past ? options->history : ONE_VIEWER_HISTORY);
	if (!stream)
		return NULL;
	*resume = (struct channel_resume){
	    .last_event_id = request->last_event_id,
	    .replay = options->replay,
	};
	/* In a stream of several sources no id is a place in one of them. */
	if (stream->only)
		begin.last_event_id = request->last_event_id;
	if (!streams_start_feeds(streams, &begin))
		return NULL;
	/*
	 * The source continues right there: nothing before that is in the ring.
	 */
	if (streams_feed_of(list_first(&streams->feeds))->source.resumed_at_id)
		*resume = (struct channel_resume){.replay = UINT64_MAX};
	return streams_where_to_attach(streams, stream, subscriber, resume);
}

bool
streams_start_for_post(struct streams *streams,
    const struct source_context *context, const struct request *request)
{
	const struct source_begin nothing_of_its_past = {.replay = 0};

	return log_unless_ok(streams_prepare(streams, context)) &&
	    streams_open_for_one(streams, request, ONE_VIEWER_HISTORY) &&
	    streams_start_feeds(streams, &nothing_of_its_past);
}
