/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_REGISTRY_H
#define PIPECAST_PROGRAM_REGISTRY_H

/*
 * The registry: which streams there are, by name.  It holds a reference to each
 * stream that can be found.  The root stream has the empty name.  It also knows
 * the templates, which say what streams there could be.
 */

#include "program/stream.h"

#include "http/policy.h"

struct registry {
	struct link streams; /* in the order in which they were added */
	void *by_name;       /* the same, as a tree of tsearch() */
	struct link removed; /* streams that something still refers to */
	const struct source_spec *sources; /* templates are among them */
	size_t n_sources;
};

/* The sources are borrowed. */
void registry_init(struct registry *registry, const struct source_spec *sources,
    size_t n_sources);

/* Frees all streams at once; nothing may refer to them.  Idempotent. */
void registry_fini(struct registry *registry);

/* Adds a stream of a name that is free.  Borrowed; NULL without memory. */
struct stream *registry_add(struct registry *registry, struct span name);

/*
 * Adds the stream of that name, with the source that its template describes.
 * Returns 0 and *stream (borrowed), -ENOENT if there is no template, or
 * -ENOMEM.
 */
int registry_make(
    struct registry *registry, struct span name, struct stream **stream);

/* The stream is found no more, and is freed when nothing refers to it. */
void registry_remove(struct registry *registry, struct stream *stream);

/* The stream of that name (absent: the root stream), or NULL.  Borrowed. */
struct stream *registry_find(const struct registry *registry, struct span name);

/*
 * The template by which a stream of that name could be made, or NULL.  *part is
 * the name below its NAME.
 */
const struct source_spec *registry_find_template(
    const struct registry *registry, struct span name, struct span *part);

/* For a look at all templates: NULL begins, NULL ends. */
const struct source_spec *registry_next_template(
    const struct registry *registry, const struct source_spec *template);

/* For a look at all of them, in their order: NULL begins, NULL ends. */
struct stream *registry_next(
    const struct registry *registry, const struct stream *stream);

/*
 * For a policy: whether the stream exists or can be made, whether it takes
 * posts, and the names; ctx is the registry.
 */
enum policy_stream registry_look_up(void *ctx, struct span name);
bool registry_takes_posts(void *ctx, struct span name);
void registry_list_names(
    void *ctx, void (*put)(void *to, struct span name), void *to);

#endif
