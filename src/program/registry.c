/* SPDX-License-Identifier: MIT */

#include "program/registry.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

static struct stream *
registry_stream_of(const struct link *link)
{
	return link ? LIST_MEMBER(link, struct stream, link) : NULL;
}

static int
registry_compare_names(const void *a, const void *b)
{
	const struct span *one = a, *other = b;
	size_t n = one->n < other->n ? one->n : other->n;
	int order = n > 0 ? memcmp(one->bytes, other->bytes, n) : 0;

	return order ? order : (one->n > other->n) - (one->n < other->n);
}

void
registry_init(struct registry *registry, const struct source_spec *sources,
    size_t n_sources)
{
	*registry =
	    (struct registry){.sources = sources, .n_sources = n_sources};
	list_init(&registry->streams);
	list_init(&registry->removed);
}

void
registry_fini(struct registry *registry)
{
	struct link *first;

	while ((first = list_first(&registry->streams)))
		registry_remove(registry, registry_stream_of(first));
	while ((first = list_first(&registry->removed)))
		stream_destroy(registry_stream_of(first));
}

struct stream *
registry_add(struct registry *registry, struct span name)
{
	struct stream *stream = stream_create(name);

	if (!stream)
		return NULL;
	if (!tsearch(
		&stream->name, &registry->by_name, registry_compare_names)) {
		stream_unref(stream);
		return NULL;
	}
	list_append(&registry->streams, &stream->link);
	return stream;
}

void
registry_remove(struct registry *registry, struct stream *stream)
{
	tdelete(&stream->name, &registry->by_name, registry_compare_names);
	list_remove(&stream->link);
	list_append(&registry->removed, &stream->link);
	stream_unref(stream);
}

struct stream *
registry_find(const struct registry *registry, struct span name)
{
	struct span **found = (struct span **)tfind(
	    &name, &registry->by_name, registry_compare_names);

	return found ? LIST_MEMBER(*found, struct stream, name) : NULL;
}

struct stream *
registry_next(const struct registry *registry, const struct stream *stream)
{
	const struct link *all = &registry->streams;

	return registry_stream_of(
	    stream ? list_next(all, &stream->link) : list_first(all));
}

/* Templates. */

const struct source_spec *
registry_next_template(
    const struct registry *registry, const struct source_spec *template)
{
	const struct source_spec *at =
	    template ? template + 1 : registry->sources;

	for (; at < registry->sources + registry->n_sources; at++)
		if (source_spec_is_template(at))
			return at;
	return NULL;
}

const struct source_spec *
registry_find_template(
    const struct registry *registry, struct span name, struct span *part)
{
	const struct source_spec *template = NULL;

	while ((template = registry_next_template(registry, template)))
		if (source_spec_matches(template, name, part))
			break;
	return template;
}

int
registry_make(
    struct registry *registry, struct span name, struct stream **stream)
{
	struct span part;
	const struct source_spec *template =
	    registry_find_template(registry, name, &part);
	struct source_spec *spec;

	if (!template)
		return -ENOENT;
	spec = source_spec_make(template, part);
	*stream = spec ? registry_add(registry, name) : NULL;
	if (!*stream) {
		free(spec);
		return -ENOMEM;
	}
	(*stream)->spec = spec;
	(*stream)->takes_posts = source_spec_takes_posts(spec);
	return 0;
}

/* Without memory there is none now, and may be one later. */
static bool
registry_can_make(const struct registry *registry, struct span name)
{
	struct span part;
	const struct source_spec *template =
	    registry_find_template(registry, name, &part);
	struct source_spec *spec =
	    template ? source_spec_make(template, part) : NULL;
	bool exists = spec ? source_spec_exists(spec) : template != NULL;

	free(spec);
	return exists;
}

/* For a policy. */

/* Whether nothing but templates was given, so that the root stream is empty. */
static bool
registry_has_only_templates(const struct registry *registry)
{
	for (size_t i = 0; i < registry->n_sources; i++)
		if (!source_spec_is_template(&registry->sources[i]))
			return false;
	return registry->n_sources > 0;
}

/* Under plain CGI a viewer that comes back after an end has seen that end. */
enum policy_stream
registry_look_up(void *ctx, struct span name)
{
	const struct registry *registry = ctx;
	const struct stream *stream = registry_find(registry, name);

	if (!stream)
		return registry_can_make(registry, name)
		    ? POLICY_STREAM_RUNNING
		    : POLICY_STREAM_UNKNOWN;
	if (name.n == 0 && registry_has_only_templates(registry))
		return POLICY_STREAM_UNKNOWN;
	return stream_has_ended(stream) ? POLICY_STREAM_ENDED
					: POLICY_STREAM_RUNNING;
}

bool
registry_takes_posts(void *ctx, struct span name)
{
	const struct stream *stream = registry_find(ctx, name);
	const struct source_spec *template = NULL;
	struct span part;

	if (stream)
		return stream->takes_posts;
	while ((template = registry_next_template(ctx, template)))
		if (source_spec_matches(template, name, &part) ||
		    span_equal(source_spec_stream_name(template), name))
			return source_spec_takes_posts(template);
	return false;
}

void
registry_list_names(
    void *ctx, void (*put)(void *to, struct span name), void *to)
{
	const struct source_spec *template = NULL;
	const struct stream *stream = NULL;

	/* Those that were made on demand are the last, and not for all eyes. */
	while ((stream = registry_next(ctx, stream)) && !stream->spec)
		if (stream->name.n > 0)
			put(to, stream->name);
	while ((template = registry_next_template(ctx, template)))
		put(to, source_spec_stream_name(template));
}
