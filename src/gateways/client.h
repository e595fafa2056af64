/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_CLIENT_H
#define PIPECAST_GATEWAYS_CLIENT_H

/*
 * The clients of a gateway: its connections, each of which either has a
 * deadline or, while it has a stream, has none.  While there are deadlines,
 * they are checked once a second; a gateway that only streams sleeps.
 */

#include "loop/loop.h"

#include <stddef.h>

enum { CLIENT_NO_DEADLINE = 0 };

/* In the gateway's memory of a connection. */
struct client {
	struct clients *clients;
	struct client *prev, *next;
	uint64_t deadline_ms; /* UINT64_MAX for none */
};

struct clients {
	struct client *waiting, *streaming; /* with a deadline, without */
	struct timer patrol;
	bool patrolling;
	void (*on_late)(struct client *client);
};

/*
 * on_late is called for each client that has missed its deadline, and must
 * remove the client or give it another deadline.  Returns 0 or -ENOMEM.
 */
int clients_init(struct clients *clients, struct loop *loop,
    void (*on_late)(struct client *client));

/* No client may be left.  Idempotent. */
void clients_fini(struct clients *clients);

/* Any of them, or NULL. */
struct client *clients_any(const struct clients *clients);

/* Adds the client, with that long to go or CLIENT_NO_DEADLINE. */
void client_add(
    struct client *client, struct clients *clients, uint64_t within_ms);

/* Gives it another deadline. */
void client_set_deadline(struct client *client, uint64_t within_ms);

void client_remove(struct client *client);

#endif
