/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_HTTP_STATE_H
#define PIPECAST_GATEWAYS_HTTP_STATE_H

/* An HTTP connection, for http_connection.c and http_answer.c alone. */

#include "gateways/http_connection.h"
#include "gateways/http_mistake.h"
#include "gateways/http_reader.h"

struct http_connection {
	struct connection base; /* the first member */
	struct http_reader *reader;
};

static inline struct http_connection *
http_of(struct connection *connection)
{
	return (struct http_connection *)connection;
}

static inline struct http_endpoint *
http_endpoint_of(const struct http_connection *http)
{
	return &((struct http_connections *)http->base.connections)->endpoint;
}

static inline struct admission *
http_admission_of(const struct http_connection *http)
{
	return http->base.connections->admission;
}

/* The form of the answer to the request, with the date in memory. */
struct response_form http_form(
    const struct http_connection *http, char date[HTTP_DATE_SIZE]);

/* Each of these may close the connection. */

/* Sends the answer, which is taken. */
void http_send_answer(
    struct http_connection *http, struct admission_answer *answer);

/* Refuses bytes that are no request, or a body that is broken. */
void http_refuse(struct http_connection *http, int status, const char *reason);
void http_refuse_mistake(
    struct http_connection *http, const struct http_mistake *mistake);

/* Goes on to the next request if answer and body have both ended. */
void http_advance(struct http_connection *http);

#endif
