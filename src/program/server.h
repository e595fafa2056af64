/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_SERVER_H
#define PIPECAST_PROGRAM_SERVER_H

/*
 * The server: serves many viewers through the endpoints, until it is told to
 * stop or the sources have ended.
 */

#include "program/endpoints.h"
#include "program/exit_code.h"
#include "program/options.h"
#include "program/share_place.h"
#include "program/share_version.h"

/* What makes the server a hub (program/hub.h). */
struct server_hub {
	struct share_place place;
	struct share_version version;
};

/* Runs it, as the hub unless NULL. */
enum exit_code server_run(const struct options *options,
    struct endpoints *endpoints, const struct server_hub *hub);

#endif
