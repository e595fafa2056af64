/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_POST_ANSWER_H
#define PIPECAST_PROGRAM_POST_ANSWER_H

/* What a post is answered: that it was published, or why not. */

#include "http/policy.h"

/* How far it got. */
struct post_count {
	bool is_of_many;   /* events */
	uint64_t n_events; /* that are published */
};

/* 200 with the id of the last event, or 202 if that has none. */
void post_answer_succeed(
    struct answer *answer, struct span last_id, struct post_count count);

/* An error.  Of many events it says which one the sentence is about. */
void post_answer_refuse(struct answer *answer, int status, const char *reason,
    struct post_count count);

/*
 * The error for an event that was not published: a negative errno of
 * source_publish, or -EPIPE if the stream has ended for good, or -EMSGSIZE.
 */
void post_answer_fail(struct answer *answer, const struct policy *policy,
    int error, struct post_count count);

#endif
