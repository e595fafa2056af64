/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_APP_H
#define PIPECAST_APP_H

/*
 * The program: wires sources, hub and gateway together, runs the loop, and
 * takes everything down in reverse.
 */

#include "options.h"

enum app_exit {
	APP_CLEAN = 0,  /* the source ended, the viewer left, or a signal */
	APP_FAILED = 1, /* could not run */
	APP_WRONG = 2,  /* usage */
};

/* Runs to the end.  Returns the program's exit status. */
int app_run(const struct options *options);

/*
 * Tells a visitor in a few words that there is no stream, if a web server
 * asks; the log says why.
 */
void app_refuse(int status, const char *text);

#endif
