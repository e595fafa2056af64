/* SPDX-License-Identifier: MIT */

/*
 * The gateway of a hub: CGI processes connect to it, and each hands one request
 * over.  A connection of theirs lasts as long as that takes.
 */

#include "gateways/gateway.h"
#include "gateways/handover.h"
#include "gateways/handover_errors.h"
#include "gateways/handover_message.h"
#include "gateways/handover_viewer.h"
#include "loop/listener.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HURRY_MS = 1000 }; /* for a CGI process, once pipecast stops */

struct handover_gateway {
	struct connections processes; /* the first member */
	struct connections viewers;
	struct listener listener;
	struct handover_errors errors;
	char message[HANDOVER_MESSAGE_MAX];
};

static struct handover_gateway *
handover_gateway_of(const struct connection *process)
{
	return (struct handover_gateway *)process->connections;
}

/* Why the packet of n bytes is refused, or NULL. */
static const char *
handover_check(const struct handover_gateway *gateway, ssize_t n,
    const struct parcel *parcel)
{
	if (n < 0)
		return strerror((int)-n);
	if (!handover_message_is_valid(
		(struct span){gateway->message, (size_t)n}))
		return "it hands over no request";
	if (!handover_viewer_can_use(parcel))
		return "it hands over no pipe or socket";
	return NULL;
}

/* From here on the request is ours, if that succeeds. */
static int
handover_acknowledge(struct handover_gateway *gateway, int fd)
{
	struct span errors = handover_errors_text(&gateway->errors);
	char answer[HANDOVER_ANSWER_MAX] = {HANDOVER_TAKEN};
	int rc;

	memcpy(answer + 1, errors.bytes, errors.n);
	rc = local_socket_send(fd, (struct span){answer, errors.n + 1}, NULL);
	if (rc == 0)
		handover_errors_sent(&gateway->errors);
	return rc;
}

/* Returns as handover_check. */
static const char *
handover_take(
    struct handover_gateway *gateway, int fd, ssize_t n, struct parcel *parcel)
{
	const char *reason = handover_check(gateway, n, parcel);

	if (!reason && handover_acknowledge(gateway, fd) == 0)
		handover_viewer_open(&gateway->viewers,
		    (struct span){gateway->message, (size_t)n}, parcel);
	return reason;
}

static void
handover_refuse(int fd)
{
	const char full = HANDOVER_FULL;

	local_socket_send(fd, (struct span){&full, 1}, NULL);
}

static bool
handover_is_of_hub(const struct handover_gateway *gateway, size_t n)
{
	return handover_message_is_started((struct span){gateway->message, n});
}

static void
handover_on_readable(struct connection *process)
{
	struct handover_gateway *gateway = handover_gateway_of(process);
	struct parcel parcel;
	ssize_t n = local_socket_receive(
	    process->fd, gateway->message, sizeof(gateway->message), &parcel);
	const char *reason = NULL;

	if (n == -EAGAIN)
		return;
	if (n == -EMFILE)
		handover_refuse(process->fd);
	if (n > 0 && handover_is_of_hub(gateway, (size_t)n))
		gateway->processes.admission->on_other_hub(
		    gateway->processes.admission->ctx);
	else if (n != 0)
		reason = handover_take(gateway, process->fd, n, &parcel);
	parcel_close(&parcel);
	connection_close(process, reason);
}

static const struct connection_protocol handover_process_protocol = {
    .name = "a handover",
    .size = sizeof(struct connection),
    .hurry_ms = HURRY_MS,
    .on_readable = handover_on_readable,
};

/* The gateway. */

static bool
handover_has_room(void *ctx)
{
	const struct handover_gateway *gateway = ctx;

	return admission_has_room(gateway->processes.admission);
}

static void
handover_on_connection(void *ctx, int fd)
{
	struct handover_gateway *gateway = ctx;
	struct connection *process;

	if (!local_socket_is_ours(fd)) {
		close(fd);
		return;
	}
	process = connection_open(&gateway->processes, fd);
	/* The packet is mostly there by now. */
	if (process)
		handover_on_readable(process);
}

static const struct listener_owner handover_listener_owner = {
    .has_room = handover_has_room,
    .on_connection = handover_on_connection,
};

static void
handover_close(void *ctx)
{
	struct handover_gateway *gateway = ctx;

	listener_fini(&gateway->listener);
	connections_fini(&gateway->processes);
	connections_fini(&gateway->viewers);
	handover_errors_fini(&gateway->errors);
	free(gateway);
}

static int
handover_open(void **opened, struct loop *loop, struct admission *admission,
    int fd, const char *host)
{
	struct handover_gateway *gateway = calloc(1, sizeof(*gateway));
	int rc;

	(void)host;
	if (!gateway) {
		close(fd);
		return -ENOMEM;
	}
	rc = listener_init(
	    &gateway->listener, loop, fd, &handover_listener_owner, gateway);
	if (rc == 0)
		rc = handover_errors_init(&gateway->errors, loop);
	if (rc == 0)
		rc = connections_init(&gateway->processes, loop, admission,
		    &handover_process_protocol);
	if (rc == 0)
		rc = connections_init(&gateway->viewers, loop, admission,
		    &handover_viewer_protocol);
	if (rc < 0)
		handover_close(gateway);
	else
		*opened = gateway;
	return rc;
}

static void
handover_drain(void *ctx, bool queue_too)
{
	struct handover_gateway *gateway = ctx;

	if (queue_too)
		listener_drain(&gateway->listener);
	else
		listener_fini(&gateway->listener);
	connections_drain(&gateway->processes);
	connections_drain(&gateway->viewers);
}

const struct gateway_kind gateway_handover = {
    .name = "shared CGI",
    .open = handover_open,
    .drain = handover_drain,
    .close = handover_close,
};
