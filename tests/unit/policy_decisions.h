/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_UNIT_POLICY_DECISIONS_H
#define PIPECAST_TESTS_UNIT_POLICY_DECISIONS_H

/* For the tests of the policy: requests, and what is decided for them. */

#include "http/policy.h"

#include "helpers.h"
#include "named_streams.h"

static inline struct answer
decide(const struct policy *policy, struct request request)
{
	struct answer answer;

	memset(&answer, 0xee, sizeof(answer));
	policy_decide(policy, &request, &answer);
	return answer;
}

static inline void
assert_kind(
    const struct policy *policy, struct request request, enum answer_kind kind)
{
	struct answer answer = decide(policy, request);

	cr_assert_eq(
	    answer.kind, kind, "%d is not %d", (int)answer.kind, (int)kind);
}

static inline void
assert_error(const struct policy *policy, struct request request, int status,
    const char *text)
{
	struct answer answer = decide(policy, request);

	cr_assert_eq(answer.kind, ANSWER_ERROR);
	cr_assert_eq(
	    answer.status, status, "%d is not %d", answer.status, status);
	if (text)
		cr_assert_str_eq(answer.text, text);
}

static inline struct request
named(struct request request, struct span name)
{
	request.name = name;
	return request;
}

static inline struct request
of_method(struct request request, const char *method)
{
	request.method = span_of(method);
	return request;
}

#endif
