/* SPDX-License-Identifier: MIT */

/*
 * What visitors post, kept in the memory of the stream only: memory:.  It never
 * ends by itself.
 */

#include "sources/source.h"

static int
start(struct source *source, const struct source_begin *begin)
{
	(void)begin;
	source->state = source; /* that is all it needs */
	return 0;
}

static void
fini(struct source *source)
{
	(void)source;
}

static int
publish(
    struct source *source, const struct event *event, struct source_post *post)
{
	source_emit_post(source, event, (struct span){NULL, 0}, post);
	return 0;
}

static const char *
parse(struct source_spec *spec)
{
	if (*spec->argument)
		return "memory: alone, with nothing after the colon";
	return spec->post ? NULL
			  : "given with --post before it, because all its "
			    "events come from visitors";
}

const struct source_kind source_memory = {
    .prefix = "memory:",
    .forms = {{"memory:", "what visitors post, kept in memory only",
	SOURCE_POST}},
    .has_templates = true,
    .parse = parse,
    .start = start,
    .fini = fini,
    .publish = publish,
    .posts_stay_inside = true,
};
