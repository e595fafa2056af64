/* SPDX-License-Identifier: MIT */

#include "program/endpoints.h"

#include "http/base_path.h"
#include "gateways/cgi.h"
#include "loop/descriptor.h"
#include "loop/log.h"
#include "program/option_table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_ADDRESS "8080"

/* Finding. */

static void
endpoints_add_address(struct endpoints *endpoints,
    const struct gateway_kind *kind, const char *text)
{
	struct endpoint *endpoint = &endpoints->items[endpoints->n++];

	*endpoint =
	    (struct endpoint){.kind = kind, .text = text, .is_own = true};
	address_parse(&endpoint->address, text);
}

static void
endpoints_add_addresses(struct endpoints *endpoints,
    const struct options *options, const struct option_row *row)
{
	for (size_t i = 0; i < options->n_addresses; i++)
		if (options->addresses[i].row == row)
			endpoints_add_address(endpoints, row->gateway,
			    options->addresses[i].text);
}

static void
endpoints_add_handed_over(
    struct endpoints *endpoints, const struct gateway_kind *kind, int fd)
{
	endpoints->items[endpoints->n++] =
	    (struct endpoint){.kind = kind, .fd = fd};
}

void
endpoints_find(struct endpoints *endpoints, const struct options *options)
{
	const struct activation *activation = &endpoints->activation;

	*endpoints = (struct endpoints){0};
	activation_take(&endpoints->activation);
	for (size_t i = 0; i < n_option_rows; i++)
		if (option_rows[i].kind == OPTION_ADDRESS)
			endpoints_add_addresses(
			    endpoints, options, &option_rows[i]);
	if (endpoints->n > 0 || options->cgi)
		return;
	if (descriptor_is_listening(STDIN_FILENO)) {
		endpoints_add_handed_over(
		    endpoints, &gateway_fastcgi, STDIN_FILENO);
		return;
	}
	for (int i = 0; i < activation->n; i++)
		endpoints_add_handed_over(endpoints,
		    activation->is_http[i] ? &gateway_http : &gateway_fastcgi,
		    activation->fds[i]);
	if (endpoints->n == 0 && !cgi_is_asked()) {
		endpoints->is_unasked = true;
		endpoints_add_address(
		    endpoints, &gateway_http, DEFAULT_ADDRESS);
	}
}

void
endpoints_serve_hub(struct endpoints *endpoints, const char *path, int fd)
{
	struct endpoint *endpoint = &endpoints->items[0];

	*endpoints = (struct endpoints){.n = 1};
	*endpoint = (struct endpoint){.kind = &gateway_handover, .fd = fd};
	address_adopt(&endpoint->address, path);
}

bool
endpoints_have_names(const struct endpoints *endpoints)
{
	return address_is_there(&endpoints->items[0].address);
}

void
endpoints_print(const struct endpoints *endpoints)
{
	if (endpoints->n == 0)
		puts("CGI on standard output");
	for (size_t i = 0; i < endpoints->n; i++) {
		const struct endpoint *endpoint = &endpoints->items[i];
		char where[ADDRESS_TEXT_SIZE];

		printf("%s on %s\n", endpoint->kind->name,
		    endpoint->is_own ? endpoint->text
				     : address_of(endpoint->fd, where));
	}
}

bool
endpoints_are_own(const struct endpoints *endpoints)
{
	for (size_t i = 0; i < endpoints->n; i++)
		if (!endpoints->items[i].is_own)
			return false;
	return true;
}

/* Opening. */

static const char *
endpoint_explain(const struct endpoint *endpoint, int error)
{
	switch (error) {
	case -EADDRINUSE:
		return endpoint->kind->is_for_browsers &&
			!endpoint->address.path[0]
		    ? "another program listens there; choose another port, "
		      "such as --http 8081, or --http 0 for any free one"
		    : "another program listens there; give another address";
	case -EEXIST:
		return "that file exists and is not a socket";
	case -EPERM:
		return endpoint->address.has_group
		    ? "only root or a member of the group may give the socket "
		      "file to it"
		    : strerror(-error);
	case -EADDRNOTAVAIL:
		return "this machine does not have that address";
	default:
		return strerror(-error);
	}
}

/* Returns whether it listens, having logged why not. */
static bool
endpoint_listen(struct endpoint *endpoint)
{
	endpoint->fd = address_listen(&endpoint->address);
	if (endpoint->fd >= 0)
		return true;
	if (endpoint->text)
		log_line(LOG_ERROR, "cannot listen on %s: %s", endpoint->text,
		    endpoint_explain(endpoint, endpoint->fd));
	else
		log_line(LOG_ERROR, "cannot listen on %s:%u: %s",
		    endpoint->address.host, (unsigned)endpoint->address.port,
		    endpoint_explain(endpoint, endpoint->fd));
	return false;
}

/* A token in every escape, and its words. */
enum { URL_QUERY_SIZE = 2 * (3 * TOKEN_MAX + 16) };

/* The query that opens a stream in the browser of a person at the terminal. */
static void
endpoint_write_query(char out[URL_QUERY_SIZE], const struct tokens *tokens)
{
	struct text_buffer text = {.bytes = out, .cap = URL_QUERY_SIZE - 1};

	if (tokens && isatty(STDERR_FILENO))
		token_write_query(tokens, text_buffer_sink(&text));
	out[text.n] = '\0';
}

/* Logs where it listens, and tells a person at a terminal how to stop. */
static void
endpoint_announce(const struct endpoint *endpoint, struct span base_path,
    const struct tokens *tokens)
{
	char where[ADDRESS_TEXT_SIZE], url[ADDRESS_TEXT_SIZE];
	char query[URL_QUERY_SIZE];

	address_of(endpoint->fd, where);
	address_url(endpoint->fd, url);
	endpoint_write_query(query, tokens);
	if (endpoint->kind->is_for_browsers && *url)
		/* Either begins or ends with a slash. */
		log_line(LOG_NOTICE, "%s%.*s%s%s%s%s", url,
		    base_path.n > 0 ? (int)base_path.n - 1 : 0,
		    base_path.bytes + 1, base_path.n > 0 ? "/" : "", query,
		    address_is_wildcard(endpoint->fd)
			? ", on every address of this machine"
			: "",
		    isatty(STDERR_FILENO) ? " (Ctrl-C ends it)" : "");
	else
		log_line(endpoint->is_own ? LOG_NOTICE : LOG_INFO, "%s on %s",
		    endpoint->kind->name, where);
}

static bool
endpoint_open(
    struct endpoint *endpoint, struct loop *loop, struct admission *admission)
{
	const char *host = endpoint->address.host;
	char where[ADDRESS_TEXT_SIZE];
	int rc;

	if (endpoint->is_own && !endpoint_listen(endpoint))
		return false;
	address_of(endpoint->fd, where);
	rc = endpoint->kind->open(&endpoint->gateway, loop, admission,
	    endpoint->fd, *host ? host : NULL);
	if (rc < 0)
		log_line(LOG_ERROR, "cannot serve %s on %s: %s",
		    endpoint->kind->name, where, strerror(-rc));
	return rc == 0;
}

bool
endpoints_open(
    struct endpoints *endpoints, struct loop *loop, struct admission *admission)
{
	bool opened = true;

	endpoints->base_path = base_path_trim(admission->policy->base_path);
	endpoints->tokens = admission->policy->tokens;
	for (size_t i = 0; opened && i < endpoints->n; i++)
		opened = endpoint_open(&endpoints->items[i], loop, admission);
	return opened;
}

bool
endpoints_are_local(const struct endpoints *endpoints, const char *text)
{
	for (size_t i = 0; i < endpoints->n; i++) {
		const struct endpoint *endpoint = &endpoints->items[i];
		char where[ADDRESS_TEXT_SIZE];

		if (!*address_url(endpoint->fd, where) ||
		    address_is_loopback(endpoint->fd))
			continue;
		log_line(
		    LOG_ERROR, "%s %s", text, address_of(endpoint->fd, where));
		return false;
	}
	return true;
}

/* Serving. */

void
endpoints_are_ready(const struct endpoints *endpoints)
{
	for (size_t i = 0; i < endpoints->n; i++)
		endpoint_announce(&endpoints->items[i], endpoints->base_path,
		    endpoints->tokens);
	activation_notify(&endpoints->activation, "READY=1");
}

void
endpoints_drain(struct endpoints *endpoints)
{
	activation_notify(&endpoints->activation, "STOPPING=1");
	for (size_t i = 0; i < endpoints->n; i++) {
		struct endpoint *endpoint = &endpoints->items[i];

		/*
		 * Removes the socket file first, so that no further connection
		 * can queue.
		 */
		address_forget(&endpoint->address);
		if (endpoint->gateway)
			endpoint->kind->drain(
			    endpoint->gateway, endpoint->is_own);
	}
}

void
endpoints_close(struct endpoints *endpoints)
{
	for (size_t i = 0; i < endpoints->n; i++) {
		struct endpoint *endpoint = &endpoints->items[i];

		address_forget(&endpoint->address);
		if (endpoint->gateway)
			endpoint->kind->close(endpoint->gateway);
		endpoint->gateway = NULL;
	}
}
