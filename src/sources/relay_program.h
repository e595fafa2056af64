/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_RELAY_PROGRAM_H
#define PIPECAST_SOURCES_RELAY_PROGRAM_H

/*
 * The program that reads another server's stream: pipecat, which lies beside
 * pipecast or in PATH.  pipecast itself links no client of HTTP and TLS.
 */

#include "core/text.h"

/*
 * The command line for sh that starts it, for free(); NULL with errno set:
 * ENOENT if there is no such program.  A silent one logs nothing.
 */
char *relay_program_command(bool is_silent);

#endif
