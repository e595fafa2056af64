/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_APP_H
#define PIPECAST_PROGRAM_APP_H

/*
 * The program: wires streams and gateways together, runs the loop, and takes
 * everything down in reverse.
 */

#include "program/endpoints.h"
#include "program/options.h"

enum app_exit {
	APP_CLEAN = 0,  /* the source ended, the viewer left, or a signal */
	APP_FAILED = 1, /* could not run */
	APP_WRONG = 2,  /* usage */
};

/* Answers the one request of a CGI program.  Returns the exit status. */
enum app_exit app_run_cgi(const struct options *options);

/* Serves viewers through the endpoints until the end.  As above. */
enum app_exit app_serve(
    const struct options *options, struct endpoints *endpoints);

/* Shown to a visitor if the configuration is not at fault. */
extern const char app_cannot_run[];

/*
 * If started by a web server, tells the visitor in a few words that there is no
 * stream; the log says why.
 */
void app_refuse(int status, const char *text);

#endif
