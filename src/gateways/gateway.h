/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_GATEWAY_H
#define PIPECAST_GATEWAYS_GATEWAY_H

/*
 * A gateway that serves many viewers from a listening socket: one file with
 * one struct gateway_kind.  (CGI, which has one request and no socket, is no
 * such gateway.)
 */

#include "gateways/admission.h"

struct gateway_kind {
	const char *name;     /* of the protocol, for messages */
	bool is_for_browsers; /* rather than for web servers */
	/*
	 * Serves fd, a listening socket, which becomes the gateway's.  host is
	 * the name by which the socket was asked for, NULL if there is none; it
	 * and the admission are borrowed.  Returns 0 and *gateway, or a
	 * negative errno: memory or descriptors are short.
	 */
	int (*open)(void **gateway, struct loop *loop,
	    struct admission *admission, int fd, const char *host);
	/*
	 * pipecast stops.  With queue_too, connections in the socket's queue
	 * are served first; otherwise they are left to the next process that
	 * has the socket.  Then the gateway closes the socket and all
	 * connections without a request, and each other connection once it was
	 * answered.
	 */
	void (*drain)(void *gateway, bool queue_too);
	/* Closes and frees everything at once. */
	void (*close)(void *gateway);
};

/* Those whose addresses are options. */
enum { GATEWAY_KINDS = 2 };

extern const struct gateway_kind gateway_fastcgi, gateway_http,
    gateway_handover;

#endif
