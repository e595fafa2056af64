/* SPDX-License-Identifier: MIT */

#include "gateways/http_mistake.h"

#include <stddef.h>

/* The version of FastCGI 1.0 (3.3). */
static const struct http_mistake fastcgi = {
    .protocol = "FastCGI",
    .text = "This socket speaks HTTP, which is for browsers and HTTP proxies, "
	    "not FastCGI. For a web server's FastCGI start pipecast with "
	    "--fastcgi ADDR, or remove FileDescriptorName=http from the "
	    "systemd socket unit.",
    .way_out = "a web server's FastCGI needs --fastcgi, or a systemd socket "
	       "unit without FileDescriptorName=http",
};

/* A handshake record (RFC 8446, 5.1). */
static const struct http_mistake tls = {
    .protocol = "TLS",
    .text = "This socket speaks HTTP without TLS. Ask for http://, or let a "
	    "web server or proxy with a certificate pass requests on to it.",
    .way_out = "ask for http://, or put a web server or proxy with a "
	       "certificate in front",
};

const struct http_mistake *
http_mistake_of(char first_byte)
{
	switch (first_byte) {
	case '\x01':
		return &fastcgi;
	case '\x16':
		return &tls;
	default:
		return NULL;
	}
}
