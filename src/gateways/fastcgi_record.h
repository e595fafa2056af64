/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_FASTCGI_RECORD_H
#define PIPECAST_GATEWAYS_FASTCGI_RECORD_H

/*
 * The parts of FastCGI 1.0: the header of a record, the numbers of the
 * protocol, name-value pairs, and the records that end a request.  No I/O and
 * no memory.
 */

#include "core/text.h"

#include <stdint.h>

enum {
	FASTCGI_VERSION = 1,
	FASTCGI_HEADER_SIZE = 8,
	FASTCGI_CONTENT_MAX = 65535, /* of one record */
	FASTCGI_BODY_SIZE = 8,       /* of the discrete records */
	FASTCGI_END_REQUEST_SIZE = FASTCGI_HEADER_SIZE + FASTCGI_BODY_SIZE,
	FASTCGI_END_SIZE = FASTCGI_HEADER_SIZE + FASTCGI_END_REQUEST_SIZE,
	FASTCGI_UNKNOWN_TYPE_SIZE = FASTCGI_HEADER_SIZE + FASTCGI_BODY_SIZE,
	FASTCGI_VALUES_MAX = 80,      /* of a GET_VALUES_RESULT record */
	FASTCGI_PARAMS_MAX = 1 << 16, /* bytes of name-value pairs */
};

/* FastCGI 1.0, section 8. */
enum fastcgi_type {
	FASTCGI_BEGIN_REQUEST = 1,
	FASTCGI_ABORT_REQUEST = 2,
	FASTCGI_END_REQUEST = 3,
	FASTCGI_PARAMS = 4,
	FASTCGI_STDIN = 5,
	FASTCGI_STDOUT = 6,
	FASTCGI_GET_VALUES = 9,
	FASTCGI_GET_VALUES_RESULT = 10,
	FASTCGI_UNKNOWN_TYPE = 11,
};

enum { FASTCGI_RESPONDER = 1 }; /* the role */
enum { FASTCGI_KEEP_CONN = 1 }; /* the flag */

enum fastcgi_status {
	FASTCGI_REQUEST_COMPLETE = 0,
	FASTCGI_CANT_MPX_CONN = 1,
	FASTCGI_OVERLOADED = 2,
	FASTCGI_UNKNOWN_ROLE = 3,
};

/* Writes a header without padding (3.3). */
static inline void
fastcgi_write_header(char out[FASTCGI_HEADER_SIZE], enum fastcgi_type type,
    uint16_t id, uint16_t content_n)
{
	out[0] = FASTCGI_VERSION;
	out[1] = (char)type;
	out[2] = (char)(id >> 8);
	out[3] = (char)id;
	out[4] = (char)(content_n >> 8);
	out[5] = (char)content_n;
	out[6] = out[7] = 0;
}

/* Writes the record that ends or refuses a request (5.5). */
void fastcgi_write_end_request(char out[FASTCGI_END_REQUEST_SIZE], uint16_t id,
    uint32_t app_status, enum fastcgi_status status);

/* Writes the end of an answer: an empty STDOUT record and END_REQUEST. */
void fastcgi_write_end(char out[FASTCGI_END_SIZE], uint16_t id,
    uint32_t app_status, enum fastcgi_status status);

/* Writes a whole short answer: the content in STDOUT records, and its end. */
void fastcgi_write_answer(
    struct byte_sink sink, uint16_t id, struct span content);

/* Writes the reply to a management record of that type (4.2). */
void fastcgi_write_unknown_type(
    char out[FASTCGI_UNKNOWN_TYPE_SIZE], unsigned type);

/* The limits that GET_VALUES reports (4.1); we never multiplex. */
struct fastcgi_limits {
	uint32_t max_conns;
	uint32_t max_reqs;
};

/* The variables that the pairs of a GET_VALUES record ask for, as bits. */
unsigned fastcgi_values_asked(struct span pairs);

/* Writes the reply to it and returns its length. */
size_t fastcgi_write_values(char out[FASTCGI_VALUES_MAX], unsigned asked,
    const struct fastcgi_limits *limits);

/*
 * Takes a name-value pair (3.4) off the front of *pairs.  Returns false if
 * there is no whole one; then the rest is empty, or broken.
 */
bool fastcgi_next_pair(
    struct span *pairs, struct span *name, struct span *value);

/* Whether the method is one whose request brings a body: POST or PUT. */
bool fastcgi_method_is_of_post(struct span method);

/* Whether the pairs are of such a request. */
bool fastcgi_pairs_are_of_post(struct span pairs);

/* Whether the span is nothing but whole name-value pairs. */
bool fastcgi_pairs_are_whole(struct span pairs);

#endif
