/* SPDX-License-Identifier: MIT */

#include "pipecat/remedy.h"

enum { BY_GATEWAY = REACH_FASTCGI | REACH_CGI };

static const struct remedy remedies[] = {
    {DEFECT_HOLDS, PRODUCT_NGINX, REACH_HTTP, "proxy_buffering off;",
	"in the location"},
    {DEFECT_HOLDS, PRODUCT_NGINX, REACH_FASTCGI, "fastcgi_buffering off;",
	"in the location"},
    {DEFECT_HOLDS, PRODUCT_NGINX, REACH_CGI, "fastcgi_param NO_BUFFERING 1;",
	"in the location, for fcgiwrap"},
    {DEFECT_HOLDS, PRODUCT_APACHE, REACH_FASTCGI, "flushpackets=on",
	"at the end of its ProxyPass line"},
    {DEFECT_HOLDS, PRODUCT_APACHE, REACH_FASTCGI, "FcgidOutputBufferSize 0",
	"for the server, with mod_fcgid"},
    {DEFECT_HOLDS, PRODUCT_LIGHTTPD, REACH_ANY,
	"server.stream-response-body = 1", NULL},
    {DEFECT_HOLDS, PRODUCT_CADDY, REACH_ANY,
	"no buffer_responses and no response_buffers", "in reverse_proxy"},
    {DEFECT_HOLDS, PRODUCT_HAPROXY, REACH_FASTCGI, "option http-no-delay",
	"in the backend"},
    {DEFECT_HOLDS, PRODUCT_HAPROXY, REACH_ANY, "no http-response wait-for-body",
	"in the backend"},

    {DEFECT_COMPRESSES, PRODUCT_NGINX, REACH_ANY, "gzip off;",
	"in the location"},
    {DEFECT_COMPRESSES, PRODUCT_APACHE, REACH_ANY, "SetEnv no-gzip 1",
	"in its Location"},
    {DEFECT_COMPRESSES, PRODUCT_LIGHTTPD, REACH_ANY,
	"deflate.mimetypes = ( \"text/html\", \"text/css\" )",
	"or any others, without text/event-stream"},
    {DEFECT_COMPRESSES, PRODUCT_CADDY, REACH_ANY,
	"match header Content-Type text/html*",
	"in encode, or any others without text/event-stream"},
    {DEFECT_COMPRESSES, PRODUCT_HAPROXY, REACH_ANY,
	"compression type text/html text/css",
	"or any others, without text/event-stream"},

    {DEFECT_ENDS_SILENCE, PRODUCT_NGINX, REACH_HTTP, "proxy_read_timeout 1d;",
	"in the location"},
    {DEFECT_ENDS_SILENCE, PRODUCT_NGINX, BY_GATEWAY, "fastcgi_read_timeout 1d;",
	"in the location"},
    {DEFECT_ENDS_SILENCE, PRODUCT_APACHE, REACH_HTTP | REACH_FASTCGI,
	"timeout=86400", "at the end of its ProxyPass line"},
    {DEFECT_ENDS_SILENCE, PRODUCT_APACHE, REACH_FASTCGI, "FcgidIOTimeout 86400",
	"for the server, with mod_fcgid"},
    {DEFECT_ENDS_SILENCE, PRODUCT_APACHE, REACH_CGI, "CGIDScriptTimeout 24h",
	"in its Location; CGIScriptTimeout with mod_cgi"},
    {DEFECT_ENDS_SILENCE, PRODUCT_LIGHTTPD, REACH_ANY,
	"server.max-write-idle = 86400", NULL},
    {DEFECT_ENDS_SILENCE, PRODUCT_CADDY, REACH_HTTP, "read_timeout 24h",
	"in reverse_proxy { transport http { } }"},
    {DEFECT_ENDS_SILENCE, PRODUCT_CADDY, REACH_FASTCGI, "read_timeout 24h",
	"in reverse_proxy { transport fastcgi { } }"},
    {DEFECT_ENDS_SILENCE, PRODUCT_HAPROXY, REACH_ANY, "timeout server 1d",
	"in the backend"},
    {DEFECT_ENDS_SILENCE, PRODUCT_HAPROXY, REACH_ANY, "timeout client 1d",
	"in the frontend"},

    {DEFECT_CUTS, PRODUCT_APACHE, REACH_FASTCGI, "FcgidBusyTimeout 86400",
	"for the server, with mod_fcgid"},
    {DEFECT_CUTS, PRODUCT_CADDY, REACH_FASTCGI, "read_timeout 24h",
	"in reverse_proxy { transport fastcgi { } }"},
    {DEFECT_CUTS, PRODUCT_CADDY, REACH_ANY, "write 0",
	"in the global option servers { timeouts { } }"},

    {DEFECT_CACHES, PRODUCT_NGINX, REACH_ANY, "expires off;",
	"in the location, and no add_header Cache-Control"},
    {DEFECT_CACHES, PRODUCT_APACHE, REACH_ANY, "ExpiresActive Off",
	"in its Location, and no Header set Cache-Control"},

    {DEFECT_HTTP_1, PRODUCT_NGINX, REACH_ANY, "listen 443 ssl http2;",
	"in the server block; from 1.25.1 on: http2 on;"},
    {DEFECT_HTTP_1, PRODUCT_APACHE, REACH_ANY, "Protocols h2 http/1.1",
	"for the server, after a2enmod http2"},
    {DEFECT_HTTP_1, PRODUCT_LIGHTTPD, REACH_ANY,
	"server.feature-flags += ( \"server.h2proto\" => \"enable\" )", NULL},
    {DEFECT_HTTP_1, PRODUCT_CADDY, REACH_ANY, "protocols h1 h2 h3",
	"in the global option servers { }"},
    {DEFECT_HTTP_1, PRODUCT_HAPROXY, REACH_ANY, "alpn h2,http/1.1",
	"at the end of its bind line"},
};

enum { N_REMEDIES = sizeof(remedies) / sizeof(remedies[0]) };

/* Of those that we know, HAProxy alone names itself in no answer. */
static enum product
remedy_product(const struct layer *layer)
{
	return *layer->name ? layer->product : PRODUCT_HAPROXY;
}

const struct remedy *
remedy_next(
    const struct remedy *remedy, enum defect defect, const struct layer *layer)
{
	const struct remedy *at = remedy ? remedy + 1 : remedies;

	for (; at < remedies + N_REMEDIES; at++)
		if (at->defect == defect &&
		    at->product == remedy_product(layer) &&
		    (at->reach & layer->reach))
			return at;
	return NULL;
}
