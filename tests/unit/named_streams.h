/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_NAMED_STREAMS_H
#define PIPECAST_TESTS_UNIT_NAMED_STREAMS_H

/* A registry of streams that are nothing but names, for a policy. */

#include "http/policy.h"

struct named_streams {
	const char *const *names; /* besides the root stream */
	size_t n;
	const char *ended; /* the one that has, "" the root stream, or NULL */
	const char *posts; /* the one that takes them, likewise */
};

static inline enum policy_stream
named_streams_find(void *registry, struct span name)
{
	const struct named_streams *streams = registry;

	if (streams->ended && span_equal(name, span_of(streams->ended)))
		return POLICY_STREAM_ENDED;
	for (size_t i = 0; i < streams->n; i++)
		if (span_is(name, streams->names[i]))
			return POLICY_STREAM_RUNNING;
	return name.bytes ? POLICY_STREAM_UNKNOWN : POLICY_STREAM_RUNNING;
}

static inline bool
named_streams_take_posts(void *registry, struct span name)
{
	const struct named_streams *streams = registry;

	return streams->posts && span_equal(name, span_of(streams->posts));
}

static inline void
named_streams_list(
    void *registry, void (*put)(void *to, struct span name), void *to)
{
	const struct named_streams *streams = registry;

	for (size_t i = 0; i < streams->n; i++)
		put(to, span_of(streams->names[i]));
}

/* The members of a policy for them. */
#define NAMED_STREAMS(STREAMS) \
	.find_stream = named_streams_find, \
	.takes_posts = named_streams_take_posts, \
	.list_streams = named_streams_list, .registry = (STREAMS)

#endif
