/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_HTTP_MISTAKE_H
#define PIPECAST_GATEWAYS_HTTP_MISTAKE_H

/*
 * Recognises a peer that mistakes an HTTP socket for one of another protocol: a
 * web server that speaks FastCGI, a browser that speaks TLS.  No I/O.
 */

struct http_mistake {
	const char *protocol; /* its name */
	const char *text;     /* for the answer */
	const char *way_out;  /* for the log */
};

/* By the first byte of a connection; NULL if it is none of them.  Static. */
const struct http_mistake *http_mistake_of(char first_byte);

#endif
