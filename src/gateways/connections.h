/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_CONNECTIONS_H
#define PIPECAST_GATEWAYS_CONNECTIONS_H

/*
 * The lists of a gateway's connections, for connection.c alone.  While any
 * connection has a deadline, the deadlines are checked once a second; a gateway
 * that only streams sleeps.
 */

#include "gateways/connection.h"

/* Puts the connection on the list for that deadline, UINT64_MAX for none. */
void connections_link(struct connection *connection, uint64_t deadline_ms);

/* Takes it from its list. */
void connections_unlink(struct connection *connection);

#endif
