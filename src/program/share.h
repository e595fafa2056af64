/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_SHARE_H
#define PIPECAST_PROGRAM_SHARE_H

/*
 * --share: plain CGI without a process for each viewer.  The first CGI process
 * of a script starts a hub in the background, and each hands its request over
 * to that (gateways/handover.h) and ends.
 *
 *	none, or one that was killed: take the lock, look again, bind the
 *	socket, fork the hub, which inherits it; then hand over as to any other
 *	it closes without an answer: it ends in this moment; once more
 *	it does not answer: take its name away, so that the next CGI process
 *	starts another; a hub without its name sends its viewers away and ends
 */

#include "program/exit_code.h"
#include "program/options.h"

/*
 * Hands the request over.  Returns whether the process is done, with *code; if
 * not, it must serve the viewer by itself, and the reason is logged.  Also
 * returns in the hub, at its end.
 */
bool share_run(const struct options *options, enum exit_code *code);

#endif
