/* SPDX-License-Identifier: MIT */

#include "program/registry.h"

#include <search.h>
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
registry_init(struct registry *registry)
{
	registry->by_name = NULL;
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

/* Under plain CGI a viewer that comes back after an end has seen that end. */
enum policy_stream
registry_look_up(void *ctx, struct span name)
{
	const struct stream *stream = registry_find(ctx, name);

	if (!stream)
		return POLICY_STREAM_UNKNOWN;
	return stream_has_ended(stream) ? POLICY_STREAM_ENDED
					: POLICY_STREAM_RUNNING;
}

bool
registry_takes_posts(void *ctx, struct span name)
{
	const struct stream *stream = registry_find(ctx, name);

	return stream && stream->takes_posts;
}

void
registry_list_names(
    void *ctx, void (*put)(void *to, struct span name), void *to)
{
	const struct stream *stream = NULL;

	while ((stream = registry_next(ctx, stream)))
		if (stream->name.n > 0)
			put(to, stream->name);
}
