/* SPDX-License-Identifier: MIT */

#include "config.h"

#include "program/status.h"

#include "loop/log.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How often the line in the terminal is brought up to date. */
enum { LINE_MS = 1000 };

void
status_init(struct status *status, const struct streams *streams,
    const struct admission *admission)
{
	*status = (struct status){
	    .streams = streams,
	    .admission = admission,
	    .started_ms = loop_now_ms(),
	};
}

/* The contents of a report. */

static double
status_uptime_s(const struct status *status)
{
	return (double)(loop_now_ms() - status->started_ms) / 1000;
}

static const struct stream *
status_root_stream(const struct status *status)
{
	return registry_find(
	    &status->streams->registry, (struct span){NULL, 0});
}

static const char *
status_source_state(const struct source *source)
{
	if (source->ended)
		return "ended";
	return source->paused ? "waiting" : "running";
}

/* "exec" of "exec:": the command itself may be confidential. */
static struct span
status_source_kind(const struct feed *feed)
{
	struct span kind = span_of(feed->spec->kind->prefix);

	if (kind.n > 1 && kind.bytes[kind.n - 1] == ':')
		kind.n--;
	return kind;
}

/* JSON. */

static json_t *
status_json_of_stream(const struct stream *stream)
{
	struct stream_figures figures = stream_figures(stream);

	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:b}", "name",
	    stream->name.bytes, "viewers", (json_int_t)figures.n_viewers,
	    "events", (json_int_t)figures.n_events, "viewers_dropped",
	    (json_int_t)figures.n_dropped, "posts", (json_int_t)figures.n_posts,
	    "ended", stream_has_ended(stream));
}

static json_t *
status_json_of_source(const struct feed *feed)
{
	struct span kind = status_source_kind(feed);
	struct span name = feed->spec->name;

	return json_pack("{s:s%, s:s%, s:s}", "kind", kind.bytes, kind.n,
	    "name", name.bytes ? name.bytes : "", name.n, "state",
	    status_source_state(&feed->source));
}

/* Indented, for reading in a terminal.  Without memory it stays as it is. */
static void
status_end_line(char **text)
{
	size_t n = strlen(*text);
	char *longer = realloc(*text, n + 2);

	if (!longer)
		return;
	*text = longer;
	memcpy(longer + n, "\n", 2);
}

char *
status_json(const struct status *status, size_t *n)
{
	const struct streams *streams = status->streams;
	const struct admission *admission = status->admission;
	const struct stream *stream = NULL;
	const struct feed *feed = NULL;
	json_t *all_streams = json_array(), *sources = json_array(), *report;
	char *text;

	while ((stream = registry_next(&streams->registry, stream)))
		json_array_append_new(
		    all_streams, status_json_of_stream(stream));
	while ((feed = streams_next_feed(streams, feed)))
		json_array_append_new(sources, status_json_of_source(feed));
	report = json_pack("{s:s, s:f, s:I, s:I, s:I, s:I, s:o, s:o}",
	    "version", PACKAGE_VERSION, "uptime_s", status_uptime_s(status),
	    "viewers", (json_int_t)admission->n_viewers, "viewers_max",
	    (json_int_t)admission->max_clients, "viewers_total",
	    (json_int_t)admission->n_viewers_ever, "connections",
	    (json_int_t)admission->n_connections, "streams", all_streams,
	    "sources", sources);
	text = json_dumps(report, JSON_COMPACT | JSON_REAL_PRECISION(6));
	json_decref(report);
	if (text)
		status_end_line(&text);
	*n = text ? strlen(text) : 0;
	return text;
}

/* Prometheus' text format, version 0.0.4. */

static void
status_write_help(
    FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP pipecast_%s %s\n# TYPE pipecast_%s %s\n", name,
	    help, name, type);
}

/* A name has neither quote, backslash nor line break (source.c). */
static void
status_write_of_streams(FILE *out, const struct streams *streams,
    const char *name, uint64_t (*value)(const struct stream_figures *figures))
{
	const struct stream *stream = NULL;

	while ((stream = registry_next(&streams->registry, stream))) {
		struct stream_figures figures = stream_figures(stream);

		fprintf(out, "pipecast_%s{stream=\"%s\"} %" PRIu64 "\n", name,
		    stream->name.bytes, value(&figures));
	}
}

static uint64_t
status_viewers(const struct stream_figures *figures)
{
	return figures->n_viewers;
}

static uint64_t
status_events(const struct stream_figures *figures)
{
	return figures->n_events;
}

static uint64_t
status_dropped(const struct stream_figures *figures)
{
	return figures->n_dropped;
}

static uint64_t
status_posts(const struct stream_figures *figures)
{
	return figures->n_posts;
}

static void
status_write_prometheus(const struct status *status, FILE *out)
{
	const struct streams *streams = status->streams;
	const struct admission *admission = status->admission;

	status_write_help(
	    out, "viewers", "gauge", "Viewers of the stream now.");
	status_write_of_streams(out, streams, "viewers", status_viewers);
	status_write_help(
	    out, "events_total", "counter", "Events of the stream.");
	status_write_of_streams(out, streams, "events_total", status_events);
	status_write_help(out, "viewers_dropped_total", "counter",
	    "Viewers dropped because they fell behind.");
	status_write_of_streams(
	    out, streams, "viewers_dropped_total", status_dropped);
	status_write_help(out, "posts_total", "counter",
	    "Posts that were answered with success.");
	status_write_of_streams(out, streams, "posts_total", status_posts);
	status_write_help(
	    out, "viewers_total", "counter", "Viewers since the start.");
	fprintf(out, "pipecast_viewers_total %" PRIu64 "\n",
	    admission->n_viewers_ever);
	status_write_help(
	    out, "viewers_max", "gauge", "Viewers allowed at most.");
	fprintf(out, "pipecast_viewers_max %zu\n", admission->max_clients);
	status_write_help(out, "connections", "gauge", "Open connections.");
	fprintf(out, "pipecast_connections %zu\n", admission->n_connections);
	status_write_help(
	    out, "uptime_seconds", "gauge", "Time since the start.");
	fprintf(out, "pipecast_uptime_seconds %.3f\n", status_uptime_s(status));
}

char *
status_prometheus(const struct status *status, size_t *n)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, n);
	bool failed;

	if (!out)
		return NULL;
	status_write_prometheus(status, out);
	failed = ferror(out);
	if (fclose(out) == 0 && !failed)
		return text;
	free(text);
	return NULL;
}

/* The log. */

void
status_log(const struct status *status)
{
	const struct streams *streams = status->streams;
	const struct admission *admission = status->admission;
	const struct stream *stream = NULL;
	const struct feed *feed = NULL;
	char text[256];

	log_line(LOG_NOTICE,
	    "up %.0f s, %zu viewer%s of at most %zu, %" PRIu64
	    " since the start, %zu connection%s",
	    status_uptime_s(status), admission->n_viewers,
	    text_plural(admission->n_viewers), admission->max_clients,
	    admission->n_viewers_ever, admission->n_connections,
	    text_plural(admission->n_connections));
	while ((stream = registry_next(&streams->registry, stream))) {
		struct stream_figures figures;

		/* Under plain CGI only the stream that is asked for runs. */
		if (!stream->fan_out)
			continue;
		figures = stream_figures(stream);
		log_line(LOG_NOTICE,
		    "stream /%s: %zu viewer%s, %" PRIu64 " event%s, %" PRIu64
		    " viewer%s dropped",
		    stream->name.bytes, figures.n_viewers,
		    text_plural(figures.n_viewers), figures.n_events,
		    text_plural(figures.n_events), figures.n_dropped,
		    text_plural(figures.n_dropped));
	}
	while ((feed = streams_next_feed(streams, feed)))
		log_line(LOG_NOTICE, "source %s: %s",
		    text_escape(text, sizeof(text), span_of(feed->spec->text)),
		    status_source_state(&feed->source));
}

/* The terminal. */

static void
status_write_line(void *ctx)
{
	struct status *status = ctx;
	uint64_t n = stream_figures(status_root_stream(status)).n_events;
	uint64_t now_ms = loop_now_ms();
	uint64_t passed_ms = now_ms - status->written_ms;

	log_standing("%zu viewer%s, %" PRIu64 " event%s, %.0f/s",
	    status->admission->n_viewers,
	    text_plural(status->admission->n_viewers), n, text_plural(n),
	    (double)(n - status->n_events) * 1000 /
		(double)(passed_ms > 0 ? passed_ms : 1));
	status->n_events = n;
	status->written_ms = now_ms;
	timer_start(&status->timer, LINE_MS);
}

int
status_show(struct status *status, struct loop *loop)
{
	int rc = timer_init(&status->timer, loop, status_write_line, status);

	if (rc == 0)
		status_write_line(status);
	return rc;
}

void
status_fini(struct status *status)
{
	if (status->timer.handle)
		log_standing("%s", "");
	timer_fini(&status->timer);
}
