/* SPDX-License-Identifier: MIT */

#include "pipecat/layer.h"

#include <string.h>

static const struct {
	const char *word; /* its names begin with that */
	enum product product;
	const char *name;
} products[] = {
    {"nginx", PRODUCT_NGINX, "nginx"},
    {"openresty", PRODUCT_NGINX, "nginx"},
    {"Apache", PRODUCT_APACHE, "Apache"},
    {"lighttpd", PRODUCT_LIGHTTPD, "lighttpd"},
    {"Caddy", PRODUCT_CADDY, "Caddy"},
    {"HAProxy", PRODUCT_HAPROXY, "HAProxy"},
};

enum { N_PRODUCTS = sizeof(products) / sizeof(products[0]) };

static enum product
product_of(const char *name)
{
	for (size_t i = 0; i < N_PRODUCTS; i++)
		if (text_skip_word(name, products[i].word))
			return products[i].product;
	return PRODUCT_UNKNOWN;
}

const char *
product_name(enum product product)
{
	for (size_t i = 0; i < N_PRODUCTS; i++)
		if (products[i].product == product)
			return products[i].name;
	return NULL;
}

static struct layer
layer_of(const char *name, unsigned reach)
{
	return (struct layer){product_of(name), reach, name};
}

static unsigned
layer_reach(const struct observation_way *way)
{
	struct span gateway = span_of(way->gateway);

	if (gateway.n == 0)
		return REACH_ANY;
	if (span_is(gateway, "HTTP"))
		return REACH_HTTP;
	return span_is(gateway, "FastCGI") ? REACH_FASTCGI : REACH_CGI;
}

/* Behind the protocol in Via (RFC 9110, 7.6.3), of a proxy without Server. */
static const char *
layer_outer_name(const struct observation_head *head)
{
	const char *blank = strchr(head->via, ' ');

	return *head->server || !blank ? head->server : blank + 1;
}

/*
 * By FastCGI and CGI pipecast is told the name of the server before it.  If the
 * answer has another one, or none, there may be a proxy in front of that.
 */
struct layers
layers_of(
    const struct observation_head *head, const struct observation_way *way)
{
	struct layer outer = layer_of(layer_outer_name(head), layer_reach(way));
	struct layer inner = layer_of(way->server, outer.reach);

	if (!*inner.name)
		return (struct layers){.items = {outer}, .n = 1};
	if (!*outer.name || outer.product == inner.product)
		return (struct layers){.items = {inner}, .n = 1};
	outer.reach = REACH_HTTP;
	return (struct layers){.items = {outer, inner}, .n = 2};
}
