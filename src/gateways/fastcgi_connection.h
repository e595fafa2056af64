/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_FASTCGI_CONNECTION_H
#define PIPECAST_GATEWAYS_FASTCGI_CONNECTION_H

/*
 * A connection from a web server that speaks FastCGI 1.0: it is read record by
 * record; its request, once whole, is decoded and received; then a fan-out
 * writes STDOUT records to it, until the end of the stream or the peer's.
 * Whatever goes wrong closes that connection only.
 */

#include "gateways/client.h"
#include "gateways/fastcgi_reader.h"
#include "gateways/admission.h"

/* Shared by the connections of a gateway. */
struct fastcgi {
	struct loop *loop;
	struct admission *admission;
	struct fastcgi_limits limits;
	struct clients clients; /* the connections */
	/* Whose bytes are taken; NULL once it is closed. */
	struct fastcgi_connection *reading;
	bool mistake_logged; /* a peer that does not speak FastCGI */
	bool draining;       /* no connection is kept for another request */
};

/*
 * Takes over fd, an accepted non-blocking socket, and closes it if memory, or
 * room on the loop, is short.
 */
void fastcgi_connection_open(struct fastcgi *fastcgi, int fd);

/* on_late of the clients: the deadline has passed. */
void fastcgi_connection_late(struct client *client);

/* Closes a connection that is kept and on which no request has arrived. */
void fastcgi_connection_drain(struct client *client);

/* Closes the connection and frees it, in any state. */
void fastcgi_connection_close(struct client *client);

#endif
