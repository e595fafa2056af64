/* SPDX-License-Identifier: MIT */

#include "config.h"

#include "program/status.h"

#include "loop/log.h"
#include "program/on_demand.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How often the line in the terminal is brought up to date. */
enum { LINE_MS = 1000 };

/* More sources, of streams on demand, would fill the log. */
enum { STATUS_SOURCES_MAX = 100 };

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

static const char *
status_source_state(const struct source *source)
{
	if (source->ended)
		return "ended";
	return source->paused ? "waiting" : "running";
}

/* "exec" of "exec:": the command itself may be confidential. */
static struct span
status_source_kind(const struct source_spec *spec)
{
	struct span kind = span_of(spec->kind->prefix);

	if (kind.n > 1 && kind.bytes[kind.n - 1] == ':')
		kind.n--;
	return kind;
}

/*
 * A stream; or all streams of a template together, because their names may be
 * known to a few only, and there may be thousands.
 */
struct status_row {
	struct span name;
	struct stream_figures figures;
	bool is_template;
	size_t n_streams;
	bool has_ended;
};

static void
status_each_row(const struct streams *streams,
    void (*put)(void *to, const struct status_row *row), void *to)
{
	const struct registry *registry = &streams->registry;
	const struct source_spec *template = NULL;
	const struct stream *stream = NULL;

	while ((stream = registry_next(registry, stream)) && !stream->spec) {
		struct status_row row = {.name = stream->name, .n_streams = 1};

		/* Under plain CGI only the one that is asked for runs. */
		if (!stream->fan_out)
			continue;
		row.figures = stream_figures(stream);
		row.has_ended = stream_has_ended(stream);
		put(to, &row);
	}
	while ((template = registry_next_template(registry, template))) {
		struct status_row row = {.is_template = true};

		row.name = source_spec_stream_name(template);
		row.figures =
		    on_demand_figures(streams, template, &row.n_streams);
		put(to, &row);
	}
}

/* JSON. */

static void
status_put_json(void *to, const struct status_row *row)
{
	const struct stream_figures *figures = &row->figures;
	json_t *stream = json_pack("{s:s%, s:I, s:I, s:I, s:I, s:b}", "name",
	    row->name.bytes, row->name.n, "viewers",
	    (json_int_t)figures->n_viewers, "events",
	    (json_int_t)figures->n_events, "viewers_dropped",
	    (json_int_t)figures->n_dropped, "posts",
	    (json_int_t)figures->n_posts, "ended", row->has_ended);

	if (stream && row->is_template)
		json_object_set_new(stream, "streams",
		    json_integer((json_int_t)row->n_streams));
	json_array_append_new(to, stream);
}

static json_t *
status_json_of_source(const struct source_spec *spec, const char *state)
{
	struct span kind = status_source_kind(spec);
	struct span name = source_spec_stream_name(spec);

	return json_pack("{s:s%, s:s%, s:s}", "kind", kind.bytes, kind.n,
	    "name", name.bytes ? name.bytes : "", name.n, "state", state);
}

static json_t *
status_json_of_sources(const struct streams *streams)
{
	const struct source_spec *template = NULL;
	const struct feed *feed = NULL;
	json_t *sources = json_array();

	while ((feed = streams_next_feed(streams, feed)))
		if (!feed->spec->template)
			json_array_append_new(sources,
			    status_json_of_source(feed->spec,
				status_source_state(&feed->source)));
	while (
	    (template = registry_next_template(&streams->registry, template)))
		json_array_append_new(
		    sources, status_json_of_source(template, "running"));
	return sources;
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
	json_t *all_streams = json_array(), *report;
	char *text;

	status_each_row(streams, status_put_json, all_streams);
	report = json_pack("{s:s, s:f, s:I, s:I, s:I, s:I, s:o, s:o}",
	    "version", PACKAGE_VERSION, "uptime_s", status_uptime_s(status),
	    "viewers", (json_int_t)admission->n_viewers, "viewers_max",
	    (json_int_t)admission->max_clients, "viewers_total",
	    (json_int_t)admission->n_viewers_ever, "connections",
	    (json_int_t)admission->n_connections, "streams", all_streams,
	    "sources", status_json_of_sources(streams));
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

/* A sample of each stream. */
struct status_metric {
	FILE *out;
	const char *name;
	uint64_t (*value)(const struct status_row *row);
	bool of_templates; /* only */
};

/* A name has neither quote, backslash nor line break (source_spec.c). */
static void
status_put_sample(void *to, const struct status_row *row)
{
	const struct status_metric *metric = to;

	if (row->is_template || !metric->of_templates)
		fprintf(metric->out,
		    "pipecast_%s{stream=\"%.*s\"} %" PRIu64 "\n", metric->name,
		    (int)row->name.n, row->name.bytes, metric->value(row));
}

static void
status_write_of_streams(FILE *out, const struct streams *streams,
    const char *name, uint64_t (*value)(const struct status_row *row))
{
	struct status_metric metric = {out, name, value, false};

	status_each_row(streams, status_put_sample, &metric);
}

static uint64_t
status_n_streams(const struct status_row *row)
{
	return row->n_streams;
}

static void
status_write_n_streams(FILE *out, const struct streams *streams)
{
	struct status_metric metric = {out, "streams", status_n_streams, true};

	if (!registry_next_template(&streams->registry, NULL))
		return;
	status_write_help(out, "streams", "gauge", "Streams of NAME/* now.");
	status_each_row(streams, status_put_sample, &metric);
}

static uint64_t
status_viewers(const struct status_row *row)
{
	return row->figures.n_viewers;
}

static uint64_t
status_events(const struct status_row *row)
{
	return row->figures.n_events;
}

static uint64_t
status_dropped(const struct status_row *row)
{
	return row->figures.n_dropped;
}

static uint64_t
status_posts(const struct status_row *row)
{
	return row->figures.n_posts;
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
	status_write_n_streams(out, streams);
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

static void
status_log_row(void *to, const struct status_row *row)
{
	const struct stream_figures *figures = &row->figures;
	char streams[32] = "";

	(void)to;
	if (row->is_template)
		snprintf(streams, sizeof(streams), "%zu stream%s, ",
		    row->n_streams, text_plural(row->n_streams));
	log_line(LOG_NOTICE,
	    "stream /%.*s: %s%zu viewer%s, %" PRIu64 " event%s, %" PRIu64
	    " viewer%s dropped",
	    (int)row->name.n, row->name.bytes, streams, figures->n_viewers,
	    text_plural(figures->n_viewers), figures->n_events,
	    text_plural(figures->n_events), figures->n_dropped,
	    text_plural(figures->n_dropped));
}

static void
status_log_sources(const struct streams *streams)
{
	const struct feed *feed = NULL;
	char text[256];
	size_t n = 0;

	while (n < STATUS_SOURCES_MAX &&
	    (feed = streams_next_feed(streams, feed))) {
		log_line(LOG_NOTICE, "source %s: %s",
		    text_escape(text, sizeof(text), span_of(feed->spec->text)),
		    status_source_state(&feed->source));
		n++;
	}
	if (n == STATUS_SOURCES_MAX && streams_next_feed(streams, feed))
		log_line(LOG_NOTICE, "and more sources");
}

void
status_log(const struct status *status)
{
	const struct streams *streams = status->streams;
	const struct admission *admission = status->admission;

	log_line(LOG_NOTICE,
	    "up %.0f s, %zu viewer%s of at most %zu, %" PRIu64
	    " since the start, %zu connection%s",
	    status_uptime_s(status), admission->n_viewers,
	    text_plural(admission->n_viewers), admission->max_clients,
	    admission->n_viewers_ever, admission->n_connections,
	    text_plural(admission->n_connections));
	status_each_row(streams, status_log_row, NULL);
	status_log_sources(streams);
}

/* The terminal. */

/* Of the root stream, and of the streams on demand. */
static void
status_count_events(void *to, const struct status_row *row)
{
	uint64_t *n = to;

	if (row->name.n == 0 || row->is_template)
		*n += row->figures.n_events;
}

static void
status_write_line(void *ctx)
{
	struct status *status = ctx;
	uint64_t now_ms = loop_now_ms(), n = 0;
	uint64_t passed_ms = now_ms - status->written_ms;

	status_each_row(status->streams, status_count_events, &n);
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
