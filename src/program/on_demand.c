/* SPDX-License-Identifier: MIT */

#include "program/on_demand.h"

#include "loop/log.h"

#include <errno.h>
#include <stdlib.h>

/*
 * How long a source may read its past before the other viewers go on.  The rest
 * is read in turns of the loop.
 */
enum { PAST_AT_ONCE_MS = 5 };

/* Of each template, what its streams did that are no more. */
static struct stream_figures *
on_demand_forgotten(
    const struct streams *streams, const struct source_spec *template)
{
	return &streams->on_demand
		    .forgotten[template - streams->options->sources];
}

static void
on_demand_add_figures(
    struct stream_figures *sum, const struct stream_figures *figures)
{
	sum->n_events += figures->n_events;
	sum->n_dropped += figures->n_dropped;
	sum->n_viewers += figures->n_viewers;
	sum->n_posts += figures->n_posts;
}

static void
on_demand_forget(void *ctx, struct stream *stream)
{
	struct streams *streams = ctx;
	struct stream_figures figures = stream_figures(stream);

	on_demand_add_figures(
	    on_demand_forgotten(streams, stream->spec->template), &figures);
	stream->keeper = NULL;
	streams_remove(streams, stream);
	if (--streams->on_demand.n <= streams->on_demand.max / 2)
		streams->on_demand.told_of_limit = false;
}

int
on_demand_init(struct on_demand *on_demand, struct streams *streams)
{
	const struct options *options = streams->options;

	*on_demand = (struct on_demand){
	    .max = options->max_streams,
	    .forgotten =
		calloc(options->n_sources + 1, sizeof(struct stream_figures)),
	    .keeper =
		{
		    .linger_ms = options->linger_ms,
		    .on_unused = on_demand_forget,
		    .ctx = streams,
		},
	};
	return on_demand->forgotten ? 0 : -ENOMEM;
}

void
on_demand_fini(struct on_demand *on_demand)
{
	free(on_demand->forgotten);
	on_demand->forgotten = NULL;
}

struct stream_figures
on_demand_figures(const struct streams *streams,
    const struct source_spec *template, size_t *n)
{
	struct stream_figures sum = *on_demand_forgotten(streams, template);
	const struct stream *stream = NULL;

	*n = 0;
	while ((stream = registry_next(&streams->registry, stream))) {
		struct stream_figures figures;

		if (!stream->spec || stream->spec->template != template)
			continue;
		figures = stream_figures(stream);
		on_demand_add_figures(&sum, &figures);
		++*n;
	}
	return sum;
}

/* Whether there is room for another, having logged once if not. */
static bool
on_demand_has_room(struct on_demand *on_demand)
{
	if (on_demand->n < on_demand->max)
		return true;
	if (!on_demand->told_of_limit)
		log_line(LOG_WARNING,
		    "%zu streams of NAME/* are in use, which is the limit; "
		    "further ones have to wait",
		    on_demand->n);
	on_demand->told_of_limit = true;
	return false;
}

static int
on_demand_make(struct streams *streams, struct span name, struct stream **made)
{
	struct on_demand *on_demand = &streams->on_demand;
	struct span part;
	int rc;

	if (!registry_find_template(&streams->registry, name, &part))
		return -ENOENT;
	if (streams->stopping || !on_demand_has_room(on_demand))
		return -EBUSY;
	rc = registry_make(&streams->registry, name, made);
	if (!log_unless_ok(rc))
		return rc;
	on_demand->n++;
	streams->context.past_until_ms = loop_now_ms() + PAST_AT_ONCE_MS;
	rc = streams_start_alone(streams, *made);
	if (rc < 0) {
		on_demand_forget(streams, *made);
		return rc;
	}
	(*made)->keeper = &on_demand->keeper;
	return 0;
}

int
streams_find(struct streams *streams, struct span name, struct stream **stream)
{
	*stream = registry_find(&streams->registry, name);
	if (!*stream) {
		int rc = on_demand_make(streams, name, stream);

		if (rc < 0)
			return rc;
	}
	if ((*stream)->keeper)
		stream_use(*stream);
	return 0;
}
