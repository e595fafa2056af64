/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_LOOP_LOOKUP_H
#define PIPECAST_LOOP_LOOKUP_H

/*
 * The addresses of a host name, without the loop waiting for them: a child asks
 * the resolver, which may take many seconds, and writes what it was told into a
 * pipe.  The child does not outlive us.
 */

#include "loop/loop.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/types.h>

/* More are left out, so that they all fit into one write to a pipe. */
enum { LOOKUP_MAX = 16 };

struct lookup_address {
	socklen_t n;
	struct sockaddr_storage address;
};

struct lookup {
	pid_t pid; /* of the child; 0: none runs */
	int fd;
	struct watch readable;
	void (*on_found)(
	    void *ctx, const struct lookup_address *addresses, size_t n);
	void *ctx;
};

/*
 * The addresses of a host, by its name or number, with the number of a port.
 * It may take long, unless the flags have AI_NUMERICHOST.  Returns how many.
 */
size_t lookup_now(struct lookup_address addresses[LOOKUP_MAX], const char *host,
    const char *port, int flags);

/*
 * Begins.  on_found is called once, unless it is stopped first; without an
 * address if the name is not known.  Returns 0, or a negative errno with
 * nothing to clean up.
 */
int lookup_start(struct lookup *lookup, struct loop *loop, const char *host,
    const char *port,
    void (*on_found)(
	void *ctx, const struct lookup_address *addresses, size_t n),
    void *ctx);

/* Ends it without an answer.  Idempotent; of one that was zeroed, nothing. */
void lookup_stop(struct lookup *lookup);

#endif
