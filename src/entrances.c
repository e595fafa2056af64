/* SPDX-License-Identifier: MIT */

#include "entrances.h"

#include "core/mount.h"
#include "gateways/cgi.h"
#include "loop/descriptor.h"
#include "loop/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_ADDRESS "8080"

/* Finding. */

static void
add_address(struct entrances *entrances, const struct gateway_kind *kind,
    const char *text)
{
	struct entrance *entrance = &entrances->items[entrances->n++];

	*entrance =
	    (struct entrance){.kind = kind, .text = text, .is_own = true};
	address_parse(&entrance->address, text);
}

static void
add_addresses(struct entrances *entrances, const struct gateway_kind *kind,
    const struct string_list *addresses)
{
	for (size_t i = 0; i < addresses->n; i++)
		add_address(entrances, kind, addresses->items[i]);
}

static void
add_handed_over(
    struct entrances *entrances, const struct gateway_kind *kind, int fd)
{
	entrances->items[entrances->n++] =
	    (struct entrance){.kind = kind, .fd = fd};
}

void
entrances_find(struct entrances *entrances, const struct options *options)
{
	const struct activation *activation = &entrances->activation;

	*entrances = (struct entrances){0};
	activation_take(&entrances->activation);
	add_addresses(entrances, &gateway_http, &options->http);
	add_addresses(entrances, &gateway_fastcgi, &options->fastcgi);
	if (entrances->n > 0 || options->cgi)
		return;
	if (descriptor_is_listening(STDIN_FILENO)) {
		add_handed_over(entrances, &gateway_fastcgi, STDIN_FILENO);
		return;
	}
	for (int i = 0; i < activation->n; i++)
		add_handed_over(entrances,
		    activation->is_http[i] ? &gateway_http : &gateway_fastcgi,
		    activation->fds[i]);
	if (entrances->n == 0 && !cgi_is_asked()) {
		entrances->is_unasked = true;
		add_address(entrances, &gateway_http, DEFAULT_ADDRESS);
	}
}

void
entrances_print(const struct entrances *entrances)
{
	if (entrances->n == 0)
		puts("CGI on standard output");
	for (size_t i = 0; i < entrances->n; i++) {
		const struct entrance *entrance = &entrances->items[i];
		char where[ADDRESS_TEXT_SIZE];

		printf("%s on %s\n", entrance->kind->name,
		    entrance->is_own ? entrance->text
				     : address_of(entrance->fd, where));
	}
}

bool
entrances_are_own(const struct entrances *entrances)
{
	for (size_t i = 0; i < entrances->n; i++)
		if (!entrances->items[i].is_own)
			return false;
	return true;
}

/* Opening. */

static const char *
explain(const struct entrance *entrance, int error)
{
	switch (error) {
	case -EADDRINUSE:
		return entrance->kind->is_for_browsers &&
			!entrance->address.path[0]
		    ? "another program listens there; choose another port, "
		      "such as --http 8081, or --http 0 for any free one"
		    : "another program listens there; give another address";
	case -EEXIST:
		return "that file exists and is not a socket";
	case -EPERM:
		return entrance->address.has_group
		    ? "only root or a member of the group may give the socket "
		      "file to it"
		    : strerror(-error);
	case -EADDRNOTAVAIL:
		return "this machine does not have that address";
	default:
		return strerror(-error);
	}
}

static int
listen_at(struct entrance *entrance)
{
	entrance->fd = address_listen(&entrance->address);
	if (entrance->fd >= 0)
		return 0;
	if (entrance->text)
		log_line(LOG_ERROR, "cannot listen on %s: %s", entrance->text,
		    explain(entrance, entrance->fd));
	else
		log_line(LOG_ERROR, "cannot listen on %s:%u: %s",
		    entrance->address.host, (unsigned)entrance->address.port,
		    explain(entrance, entrance->fd));
	return entrance->fd;
}

/* Shows a person at the terminal the URL, and how to stop. */
static void
announce(const struct entrance *entrance, const char *where, const char *url,
    struct span mount)
{
	if (entrance->kind->is_for_browsers && *url)
		/* Either begins or ends with a slash. */
		log_line(LOG_NOTICE, "%s%.*s%s%s (Ctrl-C ends it)", url,
		    mount.n > 0 ? (int)mount.n - 1 : 0, mount.bytes + 1,
		    mount.n > 0 ? "/" : "",
		    address_is_wildcard(entrance->fd)
			? ", on every address of this machine"
			: "");
	else
		log_line(entrance->is_own ? LOG_NOTICE : LOG_INFO, "%s on %s",
		    entrance->kind->name, where);
}

static int
open_one(
    struct entrance *entrance, struct loop *loop, struct reception *reception)
{
	const char *host = entrance->address.host;
	char where[ADDRESS_TEXT_SIZE], url[ADDRESS_TEXT_SIZE];
	int rc = entrance->is_own ? listen_at(entrance) : 0;

	if (rc < 0)
		return rc;
	address_of(entrance->fd, where);
	address_url(entrance->fd, url);
	rc = entrance->kind->open(&entrance->gateway, loop, reception,
	    entrance->fd, *host ? host : NULL);
	if (rc < 0) {
		log_line(LOG_ERROR, "cannot serve %s on %s: %s",
		    entrance->kind->name, where, strerror(-rc));
		return rc;
	}
	announce(entrance, where, url, mount_path(reception->policy->mount));
	return 0;
}

int
entrances_open(
    struct entrances *entrances, struct loop *loop, struct reception *reception)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < entrances->n; i++)
		rc = open_one(&entrances->items[i], loop, reception);
	return rc;
}

/* Serving. */

void
entrances_are_ready(const struct entrances *entrances)
{
	activation_notify(&entrances->activation, "READY=1");
}

void
entrances_drain(struct entrances *entrances)
{
	activation_notify(&entrances->activation, "STOPPING=1");
	for (size_t i = 0; i < entrances->n; i++) {
		struct entrance *entrance = &entrances->items[i];

		/*
		 * Removes the socket file first, so that no further connection
		 * can queue.
		 */
		address_forget(&entrance->address);
		if (entrance->gateway)
			entrance->kind->drain(
			    entrance->gateway, entrance->is_own);
	}
}

void
entrances_close(struct entrances *entrances)
{
	for (size_t i = 0; i < entrances->n; i++) {
		struct entrance *entrance = &entrances->items[i];

		address_forget(&entrance->address);
		if (entrance->gateway)
			entrance->kind->close(entrance->gateway);
		entrance->gateway = NULL;
	}
}
