/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_HTTP_POLICY_POST_H
#define PIPECAST_HTTP_POLICY_POST_H

/*
 * The part of the policy that decides on requests that publish, and the parts
 * of the rest that it needs.  For policy.c alone.
 */

#include "http/policy.h"

/*
 * Whether the stream takes posts, also from this origin: takes_posts, may_post.
 */
void policy_decide_who_posts(const struct policy *policy,
    const struct request *request, struct answer *answer);

/* Answers a POST or a PUT: ANSWER_POST, or an error. */
void policy_decide_post(const struct policy *policy,
    const struct request *request, struct answer *answer);

extern const char policy_read_with_get[];

/* What the registry knows of the name that is asked for. */
enum policy_stream policy_look_up(
    const struct policy *policy, const struct request *request);

/* A text that names of streams are added to, as long as they fit. */
struct name_list {
	char text[400];
	size_t n;
	const char *separator;     /* NULL once a name did not fit */
	const struct policy *only; /* those that take posts; NULL: all */
};

void policy_list_streams(const struct policy *policy, struct name_list *list);

#endif
