/* SPDX-License-Identifier: MIT */

/*
 * The HTTP gateway (RFC 9112), for browsers without a web server in between.  A
 * request arrives whole, with its connection's descriptor.  The stream, or a
 * short answer, is written to that, then the connection is closed.  What a
 * client sends after its request is read and discarded.
 *
 * In the order of its data: receive, stream or answer, linger, close.
 */

#include "gateways/client.h"
#include "gateways/gateway.h"
#include "gateways/http_receiver.h"
#include "http/date.h"
#include "http/target.h"
#include "loop/address.h"
#include "loop/descriptor.h"
#include "loop/log.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ANSWER_MS = 10000,   /* for a short answer to be taken */
	LINGER_MS = 2000,    /* for the client to close after us */
	SURPLUS_MAX = 65536, /* bytes that a client may send beyond a request */
	READ_BYTES = 4096,   /* of those at a time */
};

struct http {
	struct loop *loop;
	struct admission *admission;
	struct http_receiver *receiver;
	struct clients clients;
	const char *host;      /* that was given for this socket, or NULL */
	bool for_this_machine; /* only: hosts are checked */
	bool host_refusal_logged;
};

struct connection {
	struct client client; /* the first member */
	struct http *http;
	struct subscriber subscriber;
	int fd;
	enum {
		STREAMING, /* its fan-out writes */
		ANSWERING, /* a short answer goes out */
		LINGERING, /* all is sent */
	} state;
	struct watch readable;
	struct watch writable;
	char *output; /* the answer */
	size_t output_n, output_sent;
	size_t surplus; /* bytes that came after the request */
};

/* Closing. */

static void
unsubscribe(struct connection *connection)
{
	fan_out_detach(&connection->subscriber);
	admission_unsubscribed(connection->http->admission);
}

static void
close_connection(struct connection *connection)
{
	struct admission *admission = connection->http->admission;

	if (connection->state == STREAMING)
		unsubscribe(connection);
	client_remove(&connection->client);
	watch_fini(&connection->readable);
	watch_fini(&connection->writable);
	close(connection->fd);
	free(connection->output);
	free(connection);
	admission_disconnected(admission);
}

static void
close_because(struct connection *connection, const char *reason)
{
	log_line(LOG_INFO, "an HTTP connection was closed: %s", reason);
	close_connection(connection);
}

static void
on_late(struct client *client)
{
	struct connection *connection = (struct connection *)client;

	if (connection->state == LINGERING)
		close_connection(connection);
	else
		close_because(connection, "it took too long");
}

/*
 * Everything is sent.  If we closed the connection before the client does, what
 * the client still sends could reset it, and the end of the answer could be
 * lost (RFC 9112, 9.6).
 */
static void
linger(struct connection *connection)
{
	connection->state = LINGERING;
	client_set_deadline(&connection->client, LINGER_MS);
	shutdown(connection->fd, SHUT_WR);
}

/* The client has closed, or sends what is not expected. */
static void
on_readable(void *ctx)
{
	struct connection *connection = ctx;
	char bytes[READ_BYTES];
	ssize_t n = read(connection->fd, bytes, sizeof(bytes));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		connection->surplus += (size_t)n;
		if (connection->surplus > SURPLUS_MAX)
			close_because(connection, "it sends too much");
		return;
	}
	/* One that only stopped sending can still be given a short answer. */
	if (n == 0 && connection->state == ANSWERING)
		watch_set(&connection->readable, false);
	else
		close_connection(connection);
}

/* Short answers. */

/* May close the connection. */
static void
advance_answer(struct connection *connection)
{
	while (connection->output_sent < connection->output_n) {
		ssize_t sent = descriptor_write(connection->fd,
		    connection->output + connection->output_sent,
		    connection->output_n - connection->output_sent);

		if (sent == -EAGAIN) {
			watch_set(&connection->writable, true);
			return;
		}
		if (sent < 0) {
			close_because(connection, strerror((int)-sent));
			return;
		}
		connection->output_sent += (size_t)sent;
	}
	linger(connection);
}

/* The transport of the fan-out. */

static ssize_t
send_parts(void *ctx, const struct iovec *iov, int n)
{
	struct connection *connection = ctx;

	return descriptor_write_parts(connection->fd, iov, n);
}

static void
wait_writable(void *ctx)
{
	struct connection *connection = ctx;

	watch_set(&connection->writable, true);
}

static void
on_stream_done(void *ctx, int error)
{
	struct connection *connection = ctx;

	if (error) {
		close_because(connection, strerror(-error));
		return;
	}
	unsubscribe(connection);
	linger(connection);
}

static const struct transport transport = {
    .send = send_parts,
    .wait = wait_writable,
    .done = on_stream_done,
};

static void
on_writable(void *ctx)
{
	struct connection *connection = ctx;

	watch_set(&connection->writable, false);
	if (connection->state == STREAMING)
		fan_out_writable(&connection->subscriber);
	else if (connection->state == ANSWERING)
		advance_answer(connection);
}

/* Receiving. */

/* A request and what it asks for, while it is received. */
struct visit {
	const struct http_received *received;
	struct http_target target;
	char path[HTTP_HEAD_MAX]; /* decoded */
	char remote[ADDRESS_TEXT_SIZE];
};

/* Forms the name of a field from HTTP_NAME (RFC 3875, 4.1.18). */
static const char *
look_up_field(const struct http_received *received, const char *name)
{
	char field[64];
	size_t n = strlen(name);

	if (n >= sizeof(field))
		return NULL;
	for (size_t i = 0; i <= n; i++)
		field[i] = name[i] == '_' ? '-' : name[i];
	return http_received_field(received, field);
}

/* The meta-variables that a web server would set. */
static const char *
look_up(void *ctx, const char *name)
{
	const struct visit *visit = ctx;

	if (strcmp(name, "REQUEST_METHOD") == 0)
		return visit->received->method;
	if (strcmp(name, "PATH_INFO") == 0)
		return visit->path;
	if (strcmp(name, "QUERY_STRING") == 0)
		return visit->target.query;
	if (strcmp(name, "REMOTE_ADDR") == 0)
		return visit->remote;
	if (strncmp(name, "HTTP_", 5) == 0)
		return look_up_field(visit->received, name + 5);
	return NULL;
}

static int
refuse(struct connection *connection, int status, const char *text,
    struct admission_answer *answer)
{
	const struct policy *policy = connection->http->admission->policy;
	struct answer refusal = {0};
	char date[HTTP_DATE_SIZE];
	const struct response_form form = {
	    .is_http = true, .date = http_date(date, time(NULL))};

	policy_error(&refusal, status, text);
	answer->bytes = response_create(&form, policy, &refusal, &answer->n);
	return answer->bytes ? 0 : -ENOMEM;
}

/* Absent: a client that is no browser may leave it out. */
static struct span
host_of(const struct visit *visit)
{
	if (visit->target.host.bytes)
		return visit->target.host;
	return span_of(http_received_field(visit->received, "Host"));
}

static bool
is_host_welcome(const struct http *http, struct span host)
{
	const struct policy *policy = http->admission->policy;

	return !http->for_this_machine || !host.bytes ||
	    http_host_is_local(host, http->host) ||
	    http_host_is_among(host, policy->hosts, policy->n_hosts);
}

/* Logged once for each listener, or any page could fill the log. */
static int
refuse_host(struct connection *connection, struct span host,
    struct admission_answer *answer)
{
	struct http *http = connection->http;
	char name[64], text[400];

	text_escape(name, sizeof(name), http_host_name(host));
	if (!http->host_refusal_logged)
		log_line(LOG_WARNING,
		    "a request for the host \"%s\" was refused, because a "
		    "loopback listener serves this machine only; if a proxy "
		    "passes that name on, use --allow-host NAME or --http "
		    "unix:PATH (further refusals are not logged)",
		    name);
	http->host_refusal_logged = true;
	snprintf(text, sizeof(text),
	    "This listener serves its own machine only, and does not know the "
	    "host \"%s\". Ask for localhost. If a proxy passes that name on, "
	    "start pipecast with --allow-host NAME, or let the proxy connect "
	    "to a socket file (--http unix:PATH).",
	    name);
	return refuse(connection, 403, text, answer);
}

static int
receive(struct connection *connection, const struct http_received *received,
    struct admission_answer *answer)
{
	struct http *http = connection->http;
	struct visit visit = {.received = received};
	struct request request;
	struct span host;
	char date[HTTP_DATE_SIZE];
	const struct response_form form = {
	    .is_http = true, .date = http_date(date, time(NULL))};
	const char *wrong = http_target_parse(&visit.target, received->target);

	*answer = (struct admission_answer){0};
	if (!wrong && !http_decode_path(visit.path, visit.target.path))
		wrong =
		    "The path contains a NUL, or a % without two hexadecimal "
		    "digits after it.";
	if (wrong)
		return refuse(connection, 400, wrong, answer);
	host = host_of(&visit);
	if (!is_host_welcome(http, host))
		return refuse_host(connection, host, answer);
	address_of_peer(connection->fd, visit.remote);
	request_from_meta_variables(
	    &request, http->admission->policy->base_path, look_up, &visit);
	return admission_admit(
	    http->admission, &form, &request, &connection->subscriber, answer);
}

static int
init_connection(struct connection *connection)
{
	struct loop *loop = connection->http->loop;
	int rc = watch_init(&connection->readable, loop, connection->fd,
	    WATCH_READABLE, on_readable, connection);

	if (rc == 0)
		rc = watch_init(&connection->writable, loop, connection->fd,
		    WATCH_WRITABLE, on_writable, connection);
	return rc;
}

/* Answers the request.  May close the connection. */
static void
answer_request(
    struct connection *connection, const struct http_received *received)
{
	struct admission_answer answer = {0};
	int rc = init_connection(connection);

	if (rc == 0)
		rc = receive(connection, received, &answer);
	if (rc < 0) {
		log_line(LOG_ERROR, "an HTTP request was refused: %s",
		    strerror(-rc));
		close_connection(connection);
		return;
	}
	watch_set(&connection->readable, true);
	if (answer.is_stream) {
		connection->state = STREAMING;
		client_set_deadline(&connection->client, CLIENT_NO_DEADLINE);
		return;
	}
	connection->output = answer.bytes;
	connection->output_n = answer.n;
	advance_answer(connection);
}

static void
on_request(void *ctx, int fd, const struct http_received *received)
{
	struct http *http = ctx;
	struct connection *connection = calloc(1, sizeof(*connection));
	int on = 1;

	if (!connection) {
		close(fd);
		return;
	}
	admission_connected(http->admission);
	/* An event goes out when it is sent; harmless where it means nothing. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	connection->http = http;
	connection->fd = fd;
	connection->state = ANSWERING;
	connection->subscriber.transport = &transport;
	connection->subscriber.ctx = connection;
	client_add(&connection->client, &http->clients, ANSWER_MS);
	answer_request(connection, received);
}

/* The gateway. */

static void
on_drained(void *ctx)
{
	struct http *http = ctx;

	admission_disconnected(http->admission);
}

static void
close_gateway(void *ctx)
{
	struct http *http = ctx;
	struct client *client;

	http_receiver_destroy(http->receiver);
	while ((client = clients_any(&http->clients)))
		close_connection((struct connection *)client);
	clients_fini(&http->clients);
	free(http);
}

static int
open_gateway(void **gateway, struct loop *loop, struct admission *admission,
    int fd, const char *host)
{
	struct http *http = calloc(1, sizeof(*http));
	int rc;
	const struct http_receiver_owner owner = {
	    .on_request = on_request,
	    .on_drained = on_drained,
	    .ctx = http,
	};

	if (!http) {
		close(fd);
		return -ENOMEM;
	}
	http->loop = loop;
	http->admission = admission;
	http->host = host;
	http->for_this_machine = address_is_loopback(fd);
	rc = http_receiver_create(&http->receiver, loop, fd, &owner);
	if (rc == 0)
		rc = clients_init(&http->clients, loop, on_late);
	if (rc < 0)
		close_gateway(http);
	else
		*gateway = http;
	return rc;
}

static void
drain_gateway(void *ctx, bool queue_too)
{
	struct http *http = ctx;

	/* One that stands for all clients that may still send a request. */
	admission_connected(http->admission);
	http_receiver_drain(http->receiver, queue_too);
}

const struct gateway_kind gateway_http = {
    .name = "HTTP",
    .is_for_browsers = true,
    .open = open_gateway,
    .drain = drain_gateway,
    .close = close_gateway,
};
