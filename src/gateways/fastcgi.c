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
	struct fastcgi_connections fastcgi; /* the first member */
	struct listener listener;
	const char *web_servers; /* FCGI_WEB_SERVER_ADDRS, or NULL: all */
};

static bool
fastcgi_has_room(void *ctx)
{
	const struct fastcgi_gateway *gateway = ctx;

	return admission_has_room(gateway->fastcgi.connections.admission);
}

static void
fastcgi_on_connection(void *ctx, int fd)
{
	struct fastcgi_gateway *gateway = ctx;

	if (web_servers_allow(gateway->web_servers, fd))
		connection_open(&gateway->fastcgi.connections, fd);
	else
		close(fd);
}

static const struct listener_owner fastcgi_listener_owner = {
    .has_room = fastcgi_has_room,
    .on_connection = fastcgi_on_connection,
};

static void
fastcgi_close(void *ctx)
{
	struct fastcgi_gateway *gateway = ctx;

	listener_fini(&gateway->listener);
	connections_fini(&gateway->fastcgi.connections);
	free(gateway);
}

static int
fastcgi_open(void **opened, struct loop *loop, struct admission *admission,
    int fd, const char *host)
{
	struct fastcgi_gateway *gateway = calloc(1, sizeof(*gateway));
	int rc;

	(void)host;
	if (!gateway) {
		close(fd);
		return -ENOMEM;
	}
	gateway->fastcgi.limits.max_conns = gateway->fastcgi.limits.max_reqs =
	    (uint32_t)admission->max_clients;
	gateway->web_servers = getenv("FCGI_WEB_SERVER_ADDRS");
	rc = listener_init(
	    &gateway->listener, loop, fd, &fastcgi_listener_owner, gateway);
	if (rc == 0)
		rc = connections_init(&gateway->fastcgi.connections, loop,
		    admission, &fastcgi_protocol);
	if (rc == 0)
		rc = fastcgi_decode_init();
	if (rc < 0)
		fastcgi_close(gateway);
	else
		*opened = gateway;
	return rc;
}

static void
fastcgi_drain(void *ctx, bool queue_too)
{
	struct fastcgi_gateway *gateway = ctx;

	if (queue_too)
		listener_drain(&gateway->listener);
	else
		listener_fini(&gateway->listener);
	connections_drain(&gateway->fastcgi.connections);
}

const struct gateway_kind gateway_fastcgi = {
    .name = "FastCGI",
    .open = fastcgi_open,
    .drain = fastcgi_drain,
    .close = fastcgi_close,
};
