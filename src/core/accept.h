/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_ACCEPT_H
#define PIPECAST_CORE_ACCEPT_H

/*
 * The Accept field of a request (RFC 9110, 12.5.1), as far as it tells a
 * person who opens a stream in a browser from a program that reads it.
 */

#include "core/text.h"

/* A longer one is not looked at; browsers send a few hundred bytes. */
enum { ACCEPT_MAX = 4096 };

/*
 * Whether the field gives text/html a greater weight than text/event-stream,
 * as browsers do when they open a page.  EventSource asks for the stream by
 * name, curl for anything, and both get it: so does who sends no Accept, one
 * over ACCEPT_MAX, or one in which neither is found.  Members of the list that
 * are not what the grammar says count for nothing.
 */
bool accept_prefers_html(struct span accept);

/* Whether the field asks for that media type by its name. */
bool accept_names(struct span accept, const char *media_type);

#endif
