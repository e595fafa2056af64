/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_ENTRANCES_H
#define PIPECAST_ENTRANCES_H

/*
 * The entrances: the listening sockets on which viewers connect, each with its
 * gateway.  Some are our own.  Others were handed over by the program that
 * started pipecast, which also decides how long they live.
 */

#include "options.h"

#include "gateways/gateway.h"
#include "loop/activation.h"
#include "loop/address.h"

struct entrance {
	const struct gateway_kind *kind;
	const char *text; /* of the address, as it was given; NULL: was not */
	struct address address; /* if it is our own */
	bool is_own;
	int fd;        /* to be opened or, if handed over, open */
	void *gateway; /* NULL: not open */
};

/* Those of the options, or those that were handed over. */
enum {
	ENTRANCES_MAX = 2 * ADDRESSES_MAX > ACTIVATION_MAX ? 2 * ADDRESSES_MAX
							   : ACTIVATION_MAX
};

struct entrances {
	struct entrance items[ENTRANCES_MAX];
	size_t n;
	bool is_unasked; /* no address was given; this is the default */
	struct activation activation;
};

/*
 * Finds out what to serve: the addresses of the options, else a listening
 * socket as standard input, else what a service manager has handed over, else
 * HTTP on port 8080.  Nothing is opened yet. entrances->n is 0 if the options
 * or the environment ask for CGI.
 */
void entrances_find(struct entrances *entrances, const struct options *options);

/* Prints to standard output what was found. */
void entrances_print(const struct entrances *entrances);

/*
 * Whether all sockets are our own, so that no other program expects us to
 * serve.
 */
bool entrances_are_own(const struct entrances *entrances);

/*
 * Opens them all and logs each.  Returns 0, or a negative errno, having logged
 * what is wrong; the caller must call entrances_close in either case.
 */
int entrances_open(struct entrances *entrances, struct loop *loop,
    struct reception *reception);

/* pipecast serves, or stops. */
void entrances_are_ready(const struct entrances *entrances);
void entrances_drain(struct entrances *entrances);

/* Closes everything.  Idempotent. */
void entrances_close(struct entrances *entrances);

#endif
