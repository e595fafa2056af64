/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_HTTP_RECEIVER_H
#define PIPECAST_GATEWAYS_HTTP_RECEIVER_H

/*
 * Receives HTTP requests: libevent's evhttp accepts connections from a
 * listening socket and parses one request of each; then the connection's
 * descriptor is taken from evhttp and handed to the owner, which answers.
 *
 * evhttp itself answers anything but HTTP with status 400.  A client that has
 * not sent a whole request within 10 to 11 seconds is disconnected, however
 * slowly it sends.  Request bodies are read and dropped.
 */

#include "loop/loop.h"

enum {
	HTTP_HEAD_MAX = 16384, /* bytes of request line and fields */
	HTTP_BODY_MAX = 65536, /* bytes of a body, which is dropped */
};

struct evkeyvalq;
struct http_receiver;

/* A request; all of it is borrowed for the call of on_request. */
struct http_received {
	const char *method; /* "UNKNOWN" if it is none of RFC 9110's */
	const char *target; /* of less than HTTP_HEAD_MAX bytes */
	struct evkeyvalq *fields;
};

/* The value of the first field of that name, or NULL.  Borrowed. */
const char *http_received_field(
    const struct http_received *received, const char *name);

struct http_receiver_owner {
	/* fd, non-blocking and close-on-exec, is the owner's from here on. */
	void (*on_request)(
	    void *ctx, int fd, const struct http_received *received);
	/* Once, after http_receiver_drain: no further request will arrive. */
	void (*on_drained)(void *ctx);
	void *ctx;
};

/*
 * Receives from fd, a listening socket, which becomes the receiver's.  Returns
 * 0 and *created, or a negative errno: memory or descriptors are short; fd is
 * closed and *created NULL then.
 */
int http_receiver_create(struct http_receiver **created, struct loop *loop,
    int fd, const struct http_receiver_owner *owner);

/*
 * Closes the socket; with queue_too the connections in its queue are accepted
 * first.  Clients that have not sent a whole request get one second to do so.
 */
void http_receiver_drain(struct http_receiver *receiver, bool queue_too);

/* Closes everything.  NULL is fine. */
void http_receiver_destroy(struct http_receiver *receiver);

#endif
