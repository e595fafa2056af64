/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_ENDPOINTS_H
#define PIPECAST_PROGRAM_ENDPOINTS_H

/*
 * The endpoints: the listening sockets on which viewers connect, each with its
 * gateway.  Some are our own.  Others were handed over by the program that
 * started pipecast, which also decides how long they live.
 */

#include "program/options.h"

#include "gateways/gateway.h"
#include "loop/activation.h"
#include "loop/address.h"

struct endpoint {
	const struct gateway_kind *kind;
	const char *text; /* of the address, as given; NULL: none was given */
	struct address address; /* if it is our own */
	bool is_own;
	int fd;        /* to be opened or, if handed over, open */
	void *gateway; /* NULL: not open */
};

/* Those of the options, or those that were handed over. */
enum {
	ENDPOINTS_MAX = GATEWAY_KINDS * ADDRESSES_MAX > ACTIVATION_MAX
	    ? GATEWAY_KINDS *ADDRESSES_MAX
	    : ACTIVATION_MAX
};

struct endpoints {
	struct endpoint items[ENDPOINTS_MAX];
	size_t n;
	bool is_unasked;       /* no address was given; this is the default */
	struct span base_path; /* part of the URLs; borrowed from the options */
	const struct tokens *tokens; /* of the policy, or NULL */
	struct activation activation;
};

/*
 * Finds out where to serve: on the addresses of the options, else on standard
 * input if it is a listening socket, else on the sockets that a service manager
 * has handed over, else by HTTP on port 8080.  Nothing is opened yet.
 * endpoints->n is 0 if the options or the environment ask for CGI.
 */
void endpoints_find(struct endpoints *endpoints, const struct options *options);

/*
 * Serves CGI processes on fd, which listens on the socket file at the path;
 * both become the endpoint's.
 */
void endpoints_serve_hub(struct endpoints *endpoints, const char *path, int fd);

/* Whether that socket file still has its name. */
bool endpoints_have_names(const struct endpoints *endpoints);

/* Prints the endpoints to standard output. */
void endpoints_print(const struct endpoints *endpoints);

/*
 * Whether all sockets are our own, so that no other program expects us to
 * serve.
 */
bool endpoints_are_own(const struct endpoints *endpoints);

/*
 * Opens them all.  Returns whether that was possible, having logged why not.
 * The caller must call endpoints_close in either case.
 */
bool endpoints_open(struct endpoints *endpoints, struct loop *loop,
    struct admission *admission);

/*
 * Whether each can be reached from this machine alone, or only through a
 * program that connects to its socket file.  Logs the first that cannot, after
 * the text.
 */
bool endpoints_are_local(const struct endpoints *endpoints, const char *text);

/* pipecast serves: logs where, and tells the service manager. */
void endpoints_are_ready(const struct endpoints *endpoints);

/* pipecast stops. */
void endpoints_drain(struct endpoints *endpoints);

/* Closes everything.  Idempotent. */
void endpoints_close(struct endpoints *endpoints);

#endif
