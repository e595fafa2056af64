/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_FASTCGI_CONNECTION_H
#define PIPECAST_GATEWAYS_FASTCGI_CONNECTION_H

/*
 * FastCGI 1.0 on a connection from a web server: it is read record by record;
 * its request, once whole, is decoded and answered; a stream goes out in STDOUT
 * records, until its end or the peer's.  A connection may be kept for another
 * request (FCGI_KEEP_CONN).
 */

#include "gateways/connection.h"
#include "gateways/fastcgi_record.h"

/* Of a gateway; begins with its connections, which are of this protocol. */
struct fastcgi_connections {
	struct connections connections;
	struct fastcgi_limits limits;
	bool mistake_logged; /* a peer that does not speak FastCGI */
};

extern const struct connection_protocol fastcgi_protocol;

#endif
