/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_ENTRANCES_H
#define PIPECAST_ENTRANCES_H

/*
 * The entrances: the listening sockets through which viewers come in, each
 * with its gateway.  Some are our own; others were handed over by whoever
 * started pipecast, who also decides how long they live.
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
	bool is_unasked; /* the address was chosen for want of any other */
	struct activation activation;
};

/*
 * Finds out what to serve: the addresses of the options, else a listening
 * socket as standard input, else what a service manager has handed over, else
 * HTTP on port 8080.  Nothing is opened yet.  entrances->n is 0 if CGI was
 * asked for, by the options or the environment.
 */
void entrances_find(struct entrances *entrances, const struct options *options);

/* Says on standard output what was found. */
void entrances_print(const struct entrances *entrances);

/* Whether all sockets are our own, so that nobody is waiting for us. */
bool entrances_are_own(const struct entrances *entrances);

/*
 * Opens them all and says so.  Returns 0, or a negative errno, having logged
 * what is wrong; entrances_close is due either way.
 */
int entrances_open(struct entrances *entrances, struct loop *loop,
    struct reception *reception);

/* pipecast serves, or stops. */
void entrances_are_ready(const struct entrances *entrances);
void entrances_drain(struct entrances *entrances);

/* Closes everything.  Idempotent. */
void entrances_close(struct entrances *entrances);

#endif
