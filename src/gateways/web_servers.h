/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_WEB_SERVERS_H
#define PIPECAST_GATEWAYS_WEB_SERVERS_H

/*
 * FCGI_WEB_SERVER_ADDRS (FastCGI 1.0, 3.2): the addresses from which web
 * servers may connect, separated by commas.
 */

#include <stdbool.h>

/*
 * Whether the peer of that connection is in the list.  Without a list anybody
 * is, and whoever comes by a socket file or another local way always is.
 */
bool web_servers_allow(const char *list, int fd);

#endif
