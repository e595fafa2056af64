/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_HUB_H
#define PIPECAST_PROGRAM_HUB_H

/*
 * A hub: a server in the background, to which the CGI processes of a script
 * hand their requests over.  It has left the web server's session, its
 * descriptors and the variables of the request that started it; it stays in the
 * working directory, to which the options' paths relate.
 */

#include "program/exit_code.h"
#include "program/options.h"
#include "program/server.h"

/*
 * Runs one on the listening socket, which is taken, until it is told to stop or
 * nobody wants it any more (program/hub_watch.h).
 */
enum exit_code hub_run(
    const struct options *options, const struct server_hub *hub, int fd);

#endif
