/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_POST_H
#define PIPECAST_PROGRAM_POST_H

/*
 * Posts: requests that publish.  The body of a post becomes one event, or is
 * cut into many by an input format as it arrives.  The answer says what became
 * of it: 2xx only when every event is where it will not be lost from.
 *
 * A post holds what there is of one event at most, and no more of its body.
 * Events go into its stream as long as that has room, and may be many on their
 * way; the source holds them, and its room limits them.  While it has none, the
 * post takes nothing.
 */

#include "program/on_demand.h"

#include "gateways/upload.h"
#include "loop/loop.h"

/* What all posts share.  All borrowed. */
struct posts {
	struct loop *loop;
	struct streams *streams;
	const struct policy *policy;
	uint64_t idle_ms; /* for more of a body of many events */
	size_t held;      /* bytes of bodies in memory */
};

/* For a loop that runs. */
void posts_init(struct posts *posts, struct loop *loop, struct streams *streams,
    const struct policy *policy, uint64_t heartbeat_ms);

/*
 * Begins to publish the body of the request, as the policy has decided, in the
 * stream that the request names.  If it cannot be made now, the upload is
 * answered.  NULL: no memory.
 */
struct upload *posts_open(struct posts *posts, const struct request *request,
    const struct answer *decided);

#endif
