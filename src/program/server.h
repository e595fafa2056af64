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

enum exit_code server_run(
    const struct options *options, struct endpoints *endpoints);

#endif
