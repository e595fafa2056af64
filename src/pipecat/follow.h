/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PIPECAT_FOLLOW_H
#define PIPECAST_PIPECAT_FOLLOW_H

/*
 * Prints a stream.  It reconnects and resumes by the rules of EventSource
 * (WHATWG HTML 9.2.3), and tells of each break once.
 */

#include "pipecat/transfer.h"

/* Returns the exit status. */
int follow_run(const struct settings *settings);

#endif
