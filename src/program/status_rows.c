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
	return source->paused ? "waiting" : "running";
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
