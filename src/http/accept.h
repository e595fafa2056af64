/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_HTTP_ACCEPT_H
#define PIPECAST_HTTP_ACCEPT_H

/*
 * The Accept field of a request (RFC 9110, 12.5.1), as far as it distinguishes
 * a browser that opens the stream as a page from a program that reads it.
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

/* Whether the field asks for that media type by its name. */
bool accept_names(struct span accept, const char *media_type);

#endif
