/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_CGI_RUN_H
#define PIPECAST_PROGRAM_CGI_RUN_H

/* The CGI run: answers the one request that the environment holds. */

#include "program/exit_code.h"
#include "program/options.h"

/* The text for a viewer if the configuration is not at fault. */
extern const char cgi_run_failure[];

enum exit_code cgi_run(const struct options *options);

/*
 * If a web server started pipecast, tells the viewer in a few words that there
 * is no stream; the log says why.
 */
void cgi_run_refuse(int status, const char *text);

#endif
