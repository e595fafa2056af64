/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_HTTP_CONNECTION_H
#define PIPECAST_GATEWAYS_HTTP_CONNECTION_H

/*
 * HTTP/1.1 on a connection (RFC 9112): a request's head is read, and answered
 * at once; its body is read and dropped meanwhile.  After a short answer the
 * connection stays open for the next request, which may have arrived already.
 * A stream ends the connection.
 */

#include "gateways/connection.h"
#include "gateways/http_request.h"

/* Of a gateway; begins with its connections, which are of this protocol. */
struct http_connections {
	struct connections connections;
	struct http_endpoint endpoint;
};

extern const struct connection_protocol http_protocol;

/* As connection_open. */
void http_connection_open(struct http_connections *connections, int fd);

#endif
