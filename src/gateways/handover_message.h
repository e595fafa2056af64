/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_HANDOVER_MESSAGE_H
#define PIPECAST_GATEWAYS_HANDOVER_MESSAGE_H

/*
 * The packet by which a CGI process hands its request over: a first line that
 * names the protocol, then each meta-variable as NAME=VALUE, all of them ended
 * by a NUL.  It holds exactly the variables that http/request.c looks up.  Both
 * ends are of the same build.  No I/O.
 */

#include "core/buffer.h"
#include "http/request.h"

#include <stdbool.h>

/* As much as FastCGI takes of a request. */
enum { HANDOVER_MESSAGE_MAX = 65536 };

/*
 * Appends the request that lookup describes to an empty buffer.  Returns 0,
 * -EMSGSIZE if it is over HANDOVER_MESSAGE_MAX, or -ENOMEM.
 */
int handover_message_write(
    struct buffer *message, request_lookup *lookup, void *ctx);

/* Whether the bytes are such a packet, whole and without anything else. */
bool handover_message_is_valid(struct span bytes);

/* Another packet: a hub tells other hubs that it has started.  Static. */
struct span handover_message_started(void);
bool handover_message_is_started(struct span bytes);

/* A request_lookup; ctx is the struct span of a valid packet. */
const char *handover_message_look_up(void *ctx, const char *name);

#endif
