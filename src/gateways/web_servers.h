/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_WEB_SERVERS_H
#define PIPECAST_GATEWAYS_WEB_SERVERS_H

/*
 * FCGI_WEB_SERVER_ADDRS (FastCGI 1.0, 3.2): the addresses from which web
 * servers may connect, IPv4 or IPv6, separated by commas.  An empty list is
 * none, as for libfcgi.
 */

#include <stdbool.h>

struct sockaddr;

/*
 * Whether the address is in the list, which may be NULL.  Without a list every
 * address is allowed.  A peer on a socket file, or another local one, always
 * is.
 */
bool web_servers_include(const char *list, const struct sockaddr *address);

/* Whether the peer of that connection is in the list. */
bool web_servers_allow(const char *list, int fd);

#endif
