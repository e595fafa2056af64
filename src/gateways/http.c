/* SPDX-License-Identifier: MIT */

/*
 * The HTTP gateway, for browsers without a web server in between: all viewers
 * in one thread, each a connection of its own.
 */

#include "gateways/gateway.h"
#include "gateways/http_connection.h"
#include "loop/address.h"
#include "loop/listener.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct http_gateway {
	struct http_connections http; /* the first member */
	struct listener listener;
};

static bool
http_has_room(void *ctx)
{
	const struct http_gateway *gateway = ctx;

	return admission_has_room(gateway->http.endpoint.admission);
}

static void
http_on_connection(void *ctx, int fd)
{
	struct http_gateway *gateway = ctx;

	http_connection_open(&gateway->http, fd);
}

static const struct listener_owner http_listener_owner = {
    .has_room = http_has_room,
    .on_connection = http_on_connection,
};

static void
http_close(void *ctx)
{
	struct http_gateway *gateway = ctx;

	listener_fini(&gateway->listener);
	connections_fini(&gateway->http.connections);
	free(gateway);
}

static int
http_open(void **opened, struct loop *loop, struct admission *admission, int fd,
    const char *host)
{
	struct http_gateway *gateway = calloc(1, sizeof(*gateway));
	int rc;

	if (!gateway) {
		close(fd);
		return -ENOMEM;
	}
	gateway->http.endpoint = (struct http_endpoint){
	    .admission = admission,
	    .host = host,
	    .for_this_machine = address_is_loopback(fd),
	};
	rc = listener_init(
	    &gateway->listener, loop, fd, &http_listener_owner, gateway);
	if (rc == 0)
		rc = connections_init(&gateway->http.connections, loop,
		    admission, &http_protocol);
	if (rc < 0)
		http_close(gateway);
	else
		*opened = gateway;
	return rc;
}

/* Clients in the queue may have sent their requests already. */
static void
http_drain(void *ctx, bool queue_too)
{
	struct http_gateway *gateway = ctx;

	if (queue_too)
		listener_drain(&gateway->listener);
	else
		listener_fini(&gateway->listener);
	connections_drain(&gateway->http.connections);
}

const struct gateway_kind gateway_http = {
    .name = "HTTP",
    .is_for_browsers = true,
    .open = http_open,
    .drain = http_drain,
    .close = http_close,
};
