/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_HTTP_RESPONSE_H
#define PIPECAST_HTTP_RESPONSE_H

/*
 * The head of a response, and the whole of one that is not a stream.  Only
 * the first line differs between gateways.
 */

#include "http/policy.h"

/* How a response is framed. */
struct response_form {
	bool is_http;     /* "HTTP/1.1 200 OK", not "Status: 200 OK" (RFC 3875,
			     6.3.3), which a web server turns into that */
	bool keeps_open;  /* the connection, after all but a stream */
	bool to_http_1_0; /* which has to be told that it is kept open */
	const char *date; /* (http/date.h), or NULL */
};

/* For web servers. */
extern const struct response_form response_cgi;

/* Whether the end of the response is that of the connection. */
bool response_ends_connection(
    const struct response_form *form, const struct answer *answer);

/*
 * Writes the head of the answer with its empty line and, unless it is a
 * stream or has no body, the body.
 */
void response_write(const struct response_form *form,
    const struct policy *policy, const struct answer *answer,
    struct byte_sink sink);

/* The same in memory for free(), *n bytes; NULL: no memory. */
char *response_create(const struct response_form *form,
    const struct policy *policy, const struct answer *answer, size_t *n);

#endif
