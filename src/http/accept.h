/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_HTTP_ACCEPT_H
#define PIPECAST_HTTP_ACCEPT_H

/*
 * What a client accepts (RFC 9110, 12.5).  Of its Accept field, as much as
 * distinguishes a browser that opens the stream as a page from a program that
 * reads it; of Accept-Encoding, whether it takes gzip.
 */

#include "core/text.h"

/* A longer field is ignored; browsers send a few hundred bytes. */
enum { ACCEPT_MAX = 4096 };

/*
 * Whether the field gives text/html a greater weight than text/event-stream, as
 * browsers do when they open a page.  EventSource asks for the stream by name,
 * curl for anything, and both get the stream, as does a client with no Accept,
 * one over ACCEPT_MAX, or one that names neither type.  Members of the list
 * that violate the grammar are ignored.
 */
bool accept_prefers_html(struct span accept);

/*
 * Whether the Accept-Encoding field (RFC 9110, 12.5.3) gives gzip a weight, and
 * none greater to what is not encoded.  Without a field, with one over
 * ACCEPT_MAX, or with one that names neither gzip, x-gzip nor any coding, it
 * does not.  Members of the list that violate the grammar are ignored.
 */
bool accept_takes_gzip(struct span codings);

/* Whether the field asks for that media type by its name. */
bool accept_names(struct span accept, const char *media_type);

#endif
