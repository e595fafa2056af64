/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_HTTP_RESPONSE_H
#define PIPECAST_HTTP_RESPONSE_H

/*
 * The head of a response, and the whole of one that is not a stream.  Only
 * the first line differs between gateways.
 */

#include "http/policy.h"

enum response_form {
	RESPONSE_CGI,  /* "Status: 200 OK" (RFC 3875, 6.3.3) */
	RESPONSE_HTTP, /* "HTTP/1.1 200 OK", and the connection closes */
};

/*
 * Writes the head of the answer with its empty line and, unless it is a
 * stream or has no body, the body.
 */
void response_write(enum response_form form, const struct policy *policy,
    const struct answer *answer, struct byte_sink sink);

/* The same in memory for free(), *n bytes; NULL: no memory. */
char *response_create(enum response_form form, const struct policy *policy,
    const struct answer *answer, size_t *n);

#endif
