/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_FASTCGI_MISTAKE_H
#define PIPECAST_GATEWAYS_FASTCGI_MISTAKE_H

/*
 * Recognises a peer that mistakes a FastCGI socket for that of a web server: a
 * browser or an HTTP proxy.  No I/O.
 */

#include "core/text.h"

enum fastcgi_mistake {
	FASTCGI_MISTAKE_NONE,
	FASTCGI_MISTAKE_HTTP, /* a request line (RFC 9112, 3) */
	FASTCGI_MISTAKE_TLS,  /* a handshake record (RFC 8446, 5.1) */
};

/*
 * Which protocol a connection begins with, by its first bytes, as many as a
 * FastCGI header has.  They are known not to be such a header.
 */
enum fastcgi_mistake fastcgi_mistake_of(struct span first_bytes);

/*
 * The HTTP response that says so to a person, with that date (http/date.h), in
 * memory for free(), *n bytes; NULL: no memory.
 */
char *fastcgi_mistake_answer(const char *date, size_t *n);

#endif
