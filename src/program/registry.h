/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_REGISTRY_H
#define PIPECAST_PROGRAM_REGISTRY_H

/*
 * The registry: which streams there are, by name.  It holds a reference to each
 * stream that can be found.  The root stream has the empty name.
 */

#include "program/stream.h"

#include "http/policy.h"

struct registry {
	struct link streams; /* in the order in which they were added */
	void *by_name;       /* the same, as a tree of tsearch() */
	struct link removed; /* streams that something still refers to */
};

void registry_init(struct registry *registry);

/* Frees all streams at once; nothing may refer to them.  Idempotent. */
void registry_fini(struct registry *registry);

/* Adds a stream of a name that is free.  Borrowed; NULL without memory. */
struct stream *registry_add(struct registry *registry, struct span name);

/* The stream is found no more, and is freed when nothing refers to it. */
void registry_remove(struct registry *registry, struct stream *stream);

/* The stream of that name (absent: the root stream), or NULL.  Borrowed. */
struct stream *registry_find(const struct registry *registry, struct span name);

/* For a look at all of them, in their order: NULL begins, NULL ends. */
struct stream *registry_next(
    const struct registry *registry, const struct stream *stream);

/*
 * For a policy: whether the stream exists, whether it takes posts, and the
 * names; ctx is the registry.
 */
enum policy_stream registry_look_up(void *ctx, struct span name);
bool registry_takes_posts(void *ctx, struct span name);
void registry_list_names(
    void *ctx, void (*put)(void *to, struct span name), void *to);

#endif
