/* SPDX-License-Identifier: MIT */

#include "program/status_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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
status_write_trouble(FILE *out, const struct streams *streams)
{
	struct status_trouble trouble =
	    status_trouble_of_template(streams, NULL);

	status_write_help(out, "source_away_seconds", "gauge",
	    "How long a source has been away, the longest of them.");
	fprintf(out, "pipecast_source_away_seconds %.3f\n", trouble.for_s);
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
	status_write_trouble(out, streams);
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
