/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_HANDOVER_VIEWER_H
#define PIPECAST_GATEWAYS_HANDOVER_VIEWER_H

/*
 * A request that was handed over: a connection whose descriptor is standard
 * output of the CGI process, and a body on what was its standard input.
 */

#include "gateways/connection.h"
#include "loop/local_socket.h"

extern const struct connection_protocol handover_viewer_protocol;

/* Whether descriptors of these kinds can be served. */
bool handover_viewer_can_use(const struct parcel *parcel);

/*
 * Answers the request of a valid message (gateways/handover_message.h), which
 * is borrowed.  The descriptors are taken.
 */
void handover_viewer_open(struct connections *connections, struct span message,
    struct parcel *parcel);

#endif
