/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_HANDOVER_H
#define PIPECAST_GATEWAYS_HANDOVER_H

/*
 * The handover: a CGI process gives its request, its standard output and, if
 * the request has a body, its standard input to a hub, a pipecast process that
 * serves the viewers of all such processes, and ends.  The web server goes on
 * to pass on what the hub writes.
 *
 * The CGI process sends one packet (gateways/handover_message.h) with its
 * descriptors.  The hub answers with one packet, HANDOVER_TAKEN and behind it
 * what the CGI process is to write to its standard error; or it answers
 * HANDOVER_FULL or closes the connection, and has taken nothing.  A CGI process
 * that waits no longer shuts its receiving side down: from then on the hub's
 * answer fails, and the hub drops the request.  So a request is never answered
 * twice.
 *
 * The gateway of the hub is gateway_handover.
 */

#include "core/buffer.h"
#include "loop/local_socket.h"

enum {
	HANDOVER_TAKEN = 'k',
	HANDOVER_FULL = 'f',         /* no descriptor is left for it */
	HANDOVER_ANSWER_MAX = 16384, /* bytes of the answer */
};

/*
 * The end of the CGI process: hands the message over on a connection to the
 * hub, with standard output and, with_body, standard input.  Waits up to that
 * time, and writes to standard error what the hub has to say.  Returns 0 once
 * the hub has the request; -ETIMEDOUT, -EMFILE if the hub has no descriptor
 * left, -ECONNRESET if it does not want the request or has ended, or another
 * negative errno: then it has nothing.
 */
int handover_send(
    int fd, struct span message, bool with_body, unsigned within_ms);

/*
 * Whether standard output can be handed over: it is a pipe or a socket, whose
 * reader the hub can wait for.
 */
bool handover_is_possible(int output);

#endif
