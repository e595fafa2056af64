/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_HTTP_ORIGIN_H
#define PIPECAST_HTTP_ORIGIN_H

/*
 * Origins of pages (RFC 6454).  The owner may write one in several forms; they
 * are brought into the form that browsers send, which requests are compared
 * with.
 */

#include "core/text.h"

/* A scheme, a host name of up to 255 bytes and a port, with the NUL. */
enum { ORIGIN_SIZE = 320 };

/*
 * Writes the origin as browsers send it (RFC 6454, 6.2): in lower case, an IP
 * address in its one form, without the port that its scheme implies.  "*" and
 * "null" stay as they are.  Returns NULL, or what would be right (static); out
 * is then undefined.
 */
const char *origin_parse(char out[ORIGIN_SIZE], const char *text);

/*
 * Whether the origin that a browser sends is of that host, as requests name it
 * (RFC 9110, 7.2).  A port that the origin's scheme implies may be left out.
 */
bool origin_is_of_host(struct span origin, struct span host);

#endif
