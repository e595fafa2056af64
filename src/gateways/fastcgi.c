/* SPDX-License-Identifier: MIT */

/*
 * The FastCGI gateway: all viewers in one thread, each a connection that the
 * web server opens.
 */

#include "gateways/fastcgi_connection.h"
#include "gateways/fastcgi_decode.h"
#include "gateways/gateway.h"
#include "gateways/web_servers.h"
#include "loop/listener.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct fastcgi_gateway {
	struct fastcgi shared;
	struct listener listener;
	const char *web_servers; /* FCGI_WEB_SERVER_ADDRS, or NULL: all */
};

/* Accepting. */

static bool
has_room(void *ctx)
{
	const struct fastcgi_gateway *gateway = ctx;

	return admission_has_room(gateway->shared.admission);
}

static void
on_connection(void *ctx, int fd)
{
	struct fastcgi_gateway *gateway = ctx;

	if (web_servers_allow(gateway->web_servers, fd))
		fastcgi_connection_open(&gateway->shared, fd);
	else
		close(fd);
}

static const struct listener_owner listener_owner = {
    .has_room = has_room,
    .on_connection = on_connection,
};

/* The gateway. */

static void
close_gateway(void *ctx)
{
	struct fastcgi_gateway *gateway = ctx;
	struct client *client;

	listener_fini(&gateway->listener);
	while ((client = clients_any(&gateway->shared.clients)))
		fastcgi_connection_close(client);
	clients_fini(&gateway->shared.clients);
	free(gateway);
}

static int
open_gateway(void **opened, struct loop *loop, struct admission *admission,
    int fd, const char *host)
{
	struct fastcgi_gateway *gateway = calloc(1, sizeof(*gateway));
	struct fastcgi *shared;
	int rc;

	(void)host;
	if (!gateway) {
		close(fd);
		return -ENOMEM;
	}
	shared = &gateway->shared;
	shared->loop = loop;
	shared->admission = admission;
	shared->limits.max_conns = shared->limits.max_reqs =
	    (uint32_t)admission->max_clients;
	gateway->web_servers = getenv("FCGI_WEB_SERVER_ADDRS");
	rc = listener_init(
	    &gateway->listener, loop, fd, &listener_owner, gateway);
	if (rc == 0)
		rc = clients_init(
		    &shared->clients, loop, fastcgi_connection_late);
	if (rc == 0)
		rc = fastcgi_decode_init();
	if (rc < 0)
		close_gateway(gateway);
	else
		*opened = gateway;
	return rc;
}

static void
drain_gateway(void *ctx, bool queue_too)
{
	struct fastcgi_gateway *gateway = ctx;
	struct client *next;

	gateway->shared.draining = true;
	if (queue_too)
		listener_drain(&gateway->listener);
	else
		listener_fini(&gateway->listener);
	for (struct client *at = gateway->shared.clients.waiting; at;
	     at = next) {
		next = at->next;
		fastcgi_connection_drain(at);
	}
}

const struct gateway_kind gateway_fastcgi = {
    .name = "FastCGI",
    .open = open_gateway,
    .drain = drain_gateway,
    .close = close_gateway,
};
