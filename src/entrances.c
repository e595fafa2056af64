/* SPDX-License-Identifier: MIT */

#include "entrances.h"

#include "loop/descriptor.h"
#include "loop/log.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Finding. */

static void
add_addresses(struct entrances *entrances, const struct gateway_kind *kind,
    const struct string_list *addresses)
{
	for (size_t i = 0; i < addresses->n && entrances->n < ENTRANCES_MAX;
	     i++) {
		struct entrance *entrance = &entrances->items[entrances->n++];

		*entrance = (struct entrance){
		    .kind = kind, .text = addresses->items[i], .is_own = true};
		address_parse(&entrance->address, addresses->items[i]);
	}
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
	add_addresses(entrances, &gateway_fastcgi, &options->fastcgi);
	if (entrances->n > 0 || options->cgi)
		return;
	if (descriptor_is_listening(STDIN_FILENO)) {
		add_handed_over(entrances, &gateway_fastcgi, STDIN_FILENO);
		return;
	}
	for (int i = 0; i < activation->n; i++)
		add_handed_over(
		    entrances, &gateway_fastcgi, activation->fds[i]);
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
explain(int error)
{
	switch (error) {
	case -EADDRINUSE:
		return "another program listens there; give another address";
	case -EEXIST:
		return "there is a file that is not a socket";
	case -EADDRNOTAVAIL:
		return "that is no address of this machine";
	default:
		return strerror(-error);
	}
}

static int
open_one(
    struct entrance *entrance, struct loop *loop, struct reception *reception)
{
	char where[ADDRESS_TEXT_SIZE];

	if (entrance->is_own)
		entrance->fd = address_listen(&entrance->address);
	if (entrance->fd < 0) {
		log_line(LOG_ERROR, "cannot listen on %s: %s", entrance->text,
		    explain(entrance->fd));
		return entrance->fd;
	}
	address_of(entrance->fd, where);
	entrance->gateway = entrance->kind->open(loop, reception, entrance->fd);
	if (!entrance->gateway)
		return -ENOMEM;
	log_line(entrance->is_own ? LOG_NOTICE : LOG_INFO, "%s on %s",
	    entrance->kind->name, where);
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

		/* First the file, so that nobody else gets into the queue. */
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
