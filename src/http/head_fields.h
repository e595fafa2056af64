/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_HTTP_HEAD_FIELDS_H
#define PIPECAST_HTTP_HEAD_FIELDS_H

/*
 * The fields of a request that say where it ends and what becomes of its
 * connection, for head.c alone: Host, Content-Length, Transfer-Encoding,
 * Connection and Expect.
 */

#include "http/head.h"

/*
 * Looks at a field that has ended; notes in the head what it says.  Returns
 * NULL, or why the request is to be refused.
 */
const struct http_refusal *http_head_look_at(
    struct http_head *head, const char *name, const char *value);

#endif
