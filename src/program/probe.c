/* SPDX-License-Identifier: MIT */

#include "program/probe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* More than all ticks together, with what is told of a request. */
enum { PROBE_HISTORY = 65536 };

struct probe {
	struct link link;
	struct probes *all;
	struct stream *stream;
	struct task task;
	unsigned n_sent;
	uint64_t due_ms; /* of the next tick */
};

/* Its ticks. */

struct probe_tick {
	unsigned n;
	uint64_t ms;
	const struct request *request; /* NULL but for the first */
	bool is_gzip;
};

static void
probe_write_text(struct byte_sink sink, const char *name, struct span text)
{
	sink_text(sink, ",\"");
	sink_text(sink, name);
	sink_text(sink, "\":");
	if (text.bytes)
		sink_json_string(sink, text);
	else
		sink_text(sink, "null");
}

static void
probe_write_flag(struct byte_sink sink, const char *name, bool value)
{
	sink_text(sink, ",\"");
	sink_text(sink, name);
	sink_text(sink, value ? "\":true" : "\":false");
}

/* Only the visitor that asked gets this: it is about their own request. */
static void
probe_write_request(
    const struct request *request, bool is_gzip, struct byte_sink sink)
{
	const struct request_way *way = &request->way;

	sink_text(sink, ",\"request\":{\"gateway\":");
	sink_json_string(sink, span_of(way->gateway ? way->gateway : ""));
	probe_write_text(sink, "server", way->server);
	probe_write_text(sink, "protocol", way->protocol);
	probe_write_text(sink, "via", way->via);
	probe_write_flag(sink, "forwarded", way->is_forwarded);
	probe_write_text(sink, "accept_encoding", request->accept_encoding);
	probe_write_flag(sink, "gzip", is_gzip);
	sink_text(sink, "}");
}

static void
probe_write_tick(const void *what, struct byte_sink sink)
{
	const struct probe_tick *tick = what;
	char text[96];

	snprintf(text, sizeof(text), "{\"n\":%u,\"of\":%d,\"ms\":%" PRIu64,
	    tick->n, (int)PROBE_TICKS, tick->ms);
	sink_text(sink, text);
	if (tick->request)
		probe_write_request(tick->request, tick->is_gzip, sink);
	sink_text(sink, "}");
}

static int
probe_send(struct probe *probe, const struct request *request, bool is_gzip)
{
	const struct probe_tick tick = {
	    probe->n_sent + 1, loop_now_ms(), request, is_gzip};
	struct owned data = owned_written(probe_write_tick, &tick);
	struct event event = EVENT_NONE;

	if (!data.bytes)
		return -ENOMEM;
	event.type = span_of("probe");
	event.data = owned_span(&data);
	stream_publish(probe->stream, &event, (struct span){NULL, 0}, NULL);
	owned_free(&data);
	probe->n_sent++;
	probe->due_ms += PROBE_TICK_MS;
	return 0;
}

/* Its turns. */

static void
probe_destroy(struct probe *probe)
{
	task_fini(&probe->task);
	if (probe->stream)
		stream_destroy(probe->stream);
	list_remove(&probe->link);
	probe->all->n--;
	free(probe);
}

/* A tick for which there is no memory is due again the next time. */
static uint64_t
probe_run(void *ctx, uint64_t now_ms)
{
	struct probe *probe = ctx;

	if (fan_out_n_subscribers(probe->stream->fan_out) == 0) {
		probe_destroy(probe);
		return UINT64_MAX;
	}
	if (probe->n_sent < PROBE_TICKS && now_ms >= probe->due_ms)
		probe_send(probe, NULL, false);
	if (probe->n_sent == PROBE_TICKS)
		stream_end(probe->stream);
	return probe->due_ms > now_ms ? probe->due_ms - now_ms : PROBE_TICK_MS;
}

/* Starting. */

static struct probe *
probe_create(struct probes *probes, uint64_t now_ms)
{
	struct probe *probe = calloc(1, sizeof(*probe));

	if (!probe)
		return NULL;
	probe->all = probes;
	probe->due_ms = now_ms;
	list_append(&probes->list, &probe->link);
	probes->n++;
	return probe;
}

static int
probe_open(struct probe *probe)
{
	struct probes *all = probe->all;
	int rc;

	probe->stream = stream_create(span_of("probe"));
	if (!probe->stream)
		return -ENOMEM;
	/* Compressed for one viewer, it would only take memory. */
	rc = stream_open(probe->stream, all->scheduler, NULL, all->options,
	    PROBE_HISTORY, false);
	return rc < 0
	    ? rc
	    : task_init(&probe->task, all->scheduler, probe_run, probe);
}

int
probe_start(struct probes *probes, const struct request *request,
    struct subscriber *subscriber, struct span head, uint64_t now_ms)
{
	const struct channel_resume all = {.replay = UINT64_MAX};
	struct probe *probe;
	int rc;

	if (probes->n >= PROBES_MAX)
		return -EBUSY;
	probe = probe_create(probes, now_ms);
	if (!probe)
		return -ENOMEM;
	rc = probe_open(probe);
	if (rc == 0)
		rc = probe_send(probe, request, subscriber->is_gzip);
	if (rc == 0)
		rc = fan_out_attach(
		    probe->stream->fan_out, subscriber, head, &all, now_ms);
	if (rc < 0)
		probe_destroy(probe);
	else
		task_wake(&probe->task);
	return rc;
}

/* All of them. */

void
probes_init(struct probes *probes, struct scheduler *scheduler,
    const struct options *options)
{
	*probes = (struct probes){.scheduler = scheduler, .options = options};
	list_init(&probes->list);
}

void
probes_drain(struct probes *probes)
{
	for (struct link *at = list_first(&probes->list); at;
	     at = list_next(&probes->list, at))
		stream_drain(LIST_MEMBER(at, struct probe, link)->stream);
}

void
probes_fini(struct probes *probes)
{
	struct link *next;

	if (!probes->scheduler)
		return;
	for (struct link *at = list_first(&probes->list); at; at = next) {
		next = list_next(&probes->list, at);
		probe_destroy(LIST_MEMBER(at, struct probe, link));
	}
}
