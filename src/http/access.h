/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_HTTP_ACCESS_H
#define PIPECAST_HTTP_ACCESS_H

/*
 * Access: whether a request has presented the token that it needs, and what it
 * is told otherwise.
 *
 * A browser that a person opens with ?token=TOKEN is redirected to the same URL
 * without it, and gets the cookie.  Anything else that presents a token in its
 * query is answered at once: curl and EventSource keep no cookie for later, and
 * their URLs are in no history.
 */

#include "http/policy.h"

/*
 * Whether the request has presented the token for that purpose, if there is
 * one.  To post, a request needs the token for that, else the one to read,
 * unless policy->anybody_posts.
 */
bool access_is_granted(const struct policy *policy,
    const struct request *request, enum token_purpose purpose);

/*
 * Whether the request may be answered.  If not, *answer is what it gets
 * instead: an error, or the redirection.
 */
bool access_check(const struct policy *policy, const struct request *request,
    enum token_purpose purpose, struct answer *answer);

/*
 * Writes the header lines of an answer of access_check; nothing for any other.
 */
void access_write_headers(const struct policy *policy,
    const struct answer *answer, struct byte_sink sink);

#endif
