/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PIPECAT_LAYER_H
#define PIPECAST_PIPECAT_LAYER_H

/*
 * The layers between a client and pipecast, as far as they can be known: web
 * servers and proxies name themselves in the head of an answer and, by FastCGI
 * and CGI, to pipecast.  Each has its lines of configuration.  Pure.
 */

#include "pipecat/observation.h"

enum product {
	PRODUCT_UNKNOWN, /* it does not name itself, or we do not know it */
	PRODUCT_NGINX,
	PRODUCT_APACHE,
	PRODUCT_LIGHTTPD,
	PRODUCT_CADDY,
	PRODUCT_HAPROXY,
};

/* How a layer speaks to what is behind it; bits. */
enum reach {
	REACH_HTTP = 1,
	REACH_FASTCGI = 2,
	REACH_CGI = 4,
	REACH_ANY = 7, /* there is no probe that would tell */
};

struct layer {
	enum product product;
	unsigned reach;   /* bits of enum reach */
	const char *name; /* as it calls itself, borrowed; "" if it does not */
};

/* The outermost first.  There is one at least, if only an unknown one. */
struct layers {
	struct layer items[2];
	size_t n;
};

/* Both are borrowed: the head of an answer, and the way of the request. */
struct layers layers_of(
    const struct observation_head *head, const struct observation_way *way);

/* The name of a product for people, static; NULL for an unknown one. */
const char *product_name(enum product product);

#endif
