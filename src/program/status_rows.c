/* SPDX-License-Identifier: MIT */

#include "program/status_rows.h"

#include "program/on_demand.h"

double
status_uptime_s(const struct status *status)
{
	return (double)(loop_now_ms() - status->started_ms) / 1000;
}

const char *
status_source_state(const struct source *source)
{
	if (source->ended)
		return "ended";
	if (source->trouble)
		return "away";
	return source->paused ? "waiting" : "running";
}

struct status_trouble
status_trouble_of(const struct source *source)
{
	struct status_trouble trouble = {.why = source->trouble};

	if (trouble.why)
		trouble.for_s =
		    (double)(loop_now_ms() - source->trouble_since_ms) / 1000;
	return trouble;
}

struct status_trouble
status_trouble_of_template(
    const struct streams *streams, const struct source_spec *template)
{
	struct status_trouble worst = {.why = NULL};
	const struct feed *feed = NULL;

	while ((feed = streams_next_feed(streams, feed))) {
		struct status_trouble trouble =
		    status_trouble_of(&feed->source);

		if (trouble.why &&
		    (!template || feed->spec->template == template) &&
		    trouble.for_s >= worst.for_s)
			worst = trouble;
	}
	return worst;
}

void
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
