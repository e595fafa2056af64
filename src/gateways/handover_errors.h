/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_HANDOVER_ERRORS_H
#define PIPECAST_GATEWAYS_HANDOVER_ERRORS_H

/*
 * Standard error of a hub and of its commands, which is to reach the web
 * server's error log.  If the web server gave its scripts that file itself, the
 * hub keeps it.  Anything else a web server may read to its end before it
 * finishes the request that started the hub: then the hub must not keep it, and
 * what is written goes back with the next requests that are handed over.
 */

#include "core/buffer.h"
#include "loop/loop.h"

struct handover_errors {
	int server;    /* what the server gave, until the start is over; -1 */
	int written;   /* the end of a pipe at which the lines arrive, or -1 */
	size_t lost_n; /* bytes that had no room */
	struct buffer text;
	struct watch readable;
	struct deferral give_up;
};

/*
 * Whether standard error of a CGI process is a part of its viewer's response,
 * as the web server has no error log: it is the file that standard output is,
 * or the connection to the viewer.  No message of a hub may get there.
 */
bool handover_errors_are_of_viewer(void);

/*
 * Looks at standard error and may replace it.  Returns 0 or a negative errno.
 */
int handover_errors_init(struct handover_errors *errors, struct loop *loop);

/* What is to go back, borrowed; handover_errors_sent drops it. */
struct span handover_errors_text(struct handover_errors *errors);
void handover_errors_sent(struct handover_errors *errors);

/*
 * During the start, what is left still goes to the server.  Of zeroes, nothing.
 */
void handover_errors_fini(struct handover_errors *errors);

#endif
