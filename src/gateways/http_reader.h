/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_HTTP_READER_H
#define PIPECAST_GATEWAYS_HTTP_READER_H

/*
 * What an HTTP connection needs to read requests, one after the other; while a
 * stream goes out it has none.  The body of a request goes into its upload, if
 * there is one, or is dropped.
 */

#include "gateways/upload.h"
#include "http/body.h"
#include "http/date.h"
#include "http/head.h"
#include "http/response.h"

enum {
	HTTP_DROP_MAX = 65536,  /* bytes of a body that are read and dropped */
	HTTP_PIPELINE_MAX = 64, /* requests answered without reading again */
};

struct http_reader {
	struct http_head head;
	struct http_body body;
	struct upload *upload; /* that takes the body, or NULL */
	struct buffer pending; /* bytes that are not taken yet */
	uint32_t dropped_n;    /* bytes of the body, with its framing */
	uint8_t n_pipelined;   /* requests since bytes were last read */
	bool ends_connection;  /* the answer that goes out */
	/* Of the request that is answered. */
	bool lets_keep_open;
	bool is_http_1_0;
};

/* Frees its memory; the upload must have been closed. */
void http_reader_fini(struct http_reader *reader);

/* The head is whole: the body follows. */
void http_reader_begin_body(struct http_reader *reader);

/*
 * Whether the body is not worth reading if it is to be dropped: it is long, or
 * the client waits for 100 before it sends it.  Such a client gets its answer
 * instead, and may or may not send the body then, so the beginning of the next
 * request would be unknown (RFC 9110, 10.1.1).
 */
bool http_reader_would_give_up(struct http_reader *reader);

/* The rest of the body is not read: the answer ends the connection. */
void http_reader_give_up(struct http_reader *reader);

/*
 * Takes the body off the front of the input, as far as the upload takes it.
 * Without bytes, tells whether the body has ended.
 */
enum http_body_result http_reader_feed_body(
    struct http_reader *reader, struct span *input);
bool http_reader_body_has_ended(struct http_reader *reader);

/* Whether no bytes can be taken before the upload has changed. */
bool http_reader_is_full(struct http_reader *reader);

/* The form of the answer, with the date written into memory. */
struct response_form http_reader_form(
    const struct http_reader *reader, char date[HTTP_DATE_SIZE]);

#endif
