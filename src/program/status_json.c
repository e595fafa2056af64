/* SPDX-License-Identifier: MIT */

#include "config.h"

#include "program/status_rows.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

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

/* "exec" of "exec:": the command itself may be confidential. */
static struct span
status_source_kind(const struct source_spec *spec)
{
	struct span kind = span_of(spec->kind->prefix);

	if (kind.n > 1 && kind.bytes[kind.n - 1] == ':')
		kind.n--;
	return kind;
}

static json_t *
status_json_of_source(const struct source_spec *spec, const char *state,
    struct status_trouble trouble)
{
	struct span kind = status_source_kind(spec);
	struct span name = source_spec_stream_name(spec);

	json_t *json =
	    json_pack("{s:s%, s:s%, s:s}", "kind", kind.bytes, kind.n, "name",
		name.bytes ? name.bytes : "", name.n, "state", state);

	if (json && trouble.why) {
		json_object_set_new(json, "why", json_string(trouble.why));
		json_object_set_new(json, "for_s", json_real(trouble.for_s));
	}
	return json;
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
				status_source_state(&feed->source),
				status_trouble_of(&feed->source)));
	while (
	    (template = registry_next_template(&streams->registry, template))) {
		struct status_trouble trouble =
		    status_trouble_of_template(streams, template);

		json_array_append_new(sources,
		    status_json_of_source(
			template, trouble.why ? "away" : "running", trouble));
	}
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
