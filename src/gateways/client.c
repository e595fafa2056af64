/* SPDX-License-Identifier: MIT */

#include "gateways/client.h"

enum { PATROL_MS = 1000 };

static struct client **
list_of(const struct client *client)
{
	struct clients *clients = client->clients;

	return client->deadline_ms == UINT64_MAX ? &clients->streaming
						 : &clients->waiting;
}

static void
patrol(struct clients *clients)
{
	if (!clients->patrolling)
		timer_start(&clients->patrol, PATROL_MS);
	clients->patrolling = true;
}

static void
on_patrol(void *ctx)
{
	struct clients *clients = ctx;
	uint64_t now_ms = loop_now_ms();
	struct client *next;

	for (struct client *at = clients->waiting; at; at = next) {
		next = at->next;
		if (now_ms >= at->deadline_ms)
			clients->on_late(at);
	}
	clients->patrolling = false;
	if (clients->waiting)
		patrol(clients);
}

int
clients_init(struct clients *clients, struct loop *loop,
    void (*on_late)(struct client *client))
{
	*clients = (struct clients){.on_late = on_late};
	return timer_init(&clients->patrol, loop, on_patrol, clients);
}

void
clients_fini(struct clients *clients)
{
	timer_fini(&clients->patrol);
}

struct client *
clients_any(const struct clients *clients)
{
	return clients->streaming ? clients->streaming : clients->waiting;
}

void
client_add(struct client *client, struct clients *clients, uint64_t within_ms)
{
	struct client **list;

	client->clients = clients;
	client->deadline_ms = within_ms == CLIENT_NO_DEADLINE
	    ? UINT64_MAX
	    : loop_now_ms() + within_ms;
	list = list_of(client);
	client->prev = NULL;
	client->next = *list;
	if (*list)
		(*list)->prev = client;
	*list = client;
	if (clients->waiting)
		patrol(clients);
}

void
client_set_deadline(struct client *client, uint64_t within_ms)
{
	client_remove(client);
	client_add(client, client->clients, within_ms);
}

void
client_remove(struct client *client)
{
	if (client->prev)
		client->prev->next = client->next;
	else
		*list_of(client) = client->next;
	if (client->next)
		client->next->prev = client->prev;
}
