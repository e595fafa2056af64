/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_HTTP_OWN_HEADER_H
#define PIPECAST_HTTP_OWN_HEADER_H

/* A header that the owner adds to every response: "NAME: VALUE". */

/*
 * Returns NULL if it can stand in a head without breaking it, and is none that
 * pipecast sets itself; else the right form (static).
 */
const char *own_header_check(const char *header);

#endif
