/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_HTTP_HEAD_FIELDS_H
#define PIPECAST_HTTP_HEAD_FIELDS_H

/*
 * The fields of a request that head.c itself interprets, because they decide on
 * its end and its connection: Host, Content-Length, Transfer-Encoding,
 * Connection and Expect.
 */

#include "http/head.h"

/*
 * Interprets a field that has ended, and notes it in the head.  Returns NULL,
 * or why the request is to be refused.
 */
const struct http_refusal *http_head_look_at(
    struct http_head *head, const char *name, const char *value);

#endif
