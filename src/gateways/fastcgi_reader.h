/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_FASTCGI_READER_H
#define PIPECAST_GATEWAYS_FASTCGI_READER_H

/*
 * Reads the records of one connection from a web server (FastCGI 1.0): bytes go
 * in, requests come out.  One request is active at a time.  Its body is counted
 * and dropped, or is left to the caller.  No I/O, and no memory but the PARAMS
 * of the request that is being read.  Nothing a peer sends does more than end
 * in FASTCGI_ERROR.
 *
 * The reader goes on while a request is being answered: an abort, a question
 * about limits or a second request may come at any time.
 */

#include "core/buffer.h"
#include "gateways/fastcgi_record.h"

enum {
	FASTCGI_STDIN_MAX = 1 << 20,   /* bytes of a body that is dropped */
	FASTCGI_GET_VALUES_MAX = 1024, /* bytes of a question */
	FASTCGI_REPLY_MAX = FASTCGI_VALUES_MAX,
};

struct fastcgi_reader {
	struct buffer content;  /* PARAMS, then a record that is kept whole */
	uint32_t params_n;      /* bytes of them in content */
	uint32_t stdin_n;       /* bytes of request body that were dropped */
	uint16_t content_left;  /* of the record */
	uint16_t request_id;    /* of the active request, 0 for none */
	bool keep_connection;   /* after the active request (5.1) */
	bool close_after_reply; /* with FASTCGI_REPLY: that ends it all */
	bool leaves_body;       /* of the active request; the caller sets it */
	unsigned char header[FASTCGI_HEADER_SIZE]; /* of the record */
	uint8_t header_n;
	uint8_t padding_left;
	uint8_t stage;
	uint8_t failure;
	uint8_t reply;       /* its record type */
	uint8_t reply_value; /* and what it says */
};

enum fastcgi_result {
	FASTCGI_NOTHING,    /* all bytes were taken, more are needed */
	FASTCGI_PARAMS_END, /* leaves_body may be set now */
	FASTCGI_BODY,    /* bytes of a body follow that is left to the caller */
	FASTCGI_REQUEST, /* PARAMS and STDIN have both ended */
	FASTCGI_REPLY,   /* the peer is to be sent fastcgi_reader_reply */
	FASTCGI_ABORT,   /* of the active request (5.4), at any stage */
	FASTCGI_ERROR,   /* the peer broke the protocol or a cap; for ever */
};

/* Allocates nothing. */
void fastcgi_reader_init(struct fastcgi_reader *reader);

/*
 * Takes bytes up to the next result, *used of them, and returns it.  Feed
 * the rest once it was dealt with.
 */
enum fastcgi_result fastcgi_reader_feed(
    struct fastcgi_reader *reader, const char *bytes, size_t n, size_t *used);

/*
 * After FASTCGI_BODY: how many bytes of the body follow, as far as it is known;
 * and that the caller has taken n of the bytes that follow.
 */
size_t fastcgi_reader_body_n(const struct fastcgi_reader *reader);
void fastcgi_reader_take_body(struct fastcgi_reader *reader, size_t n);

/*
 * After FASTCGI_PARAMS_END or FASTCGI_REQUEST: the PARAMS, whole name-value
 * pairs of at most FASTCGI_PARAMS_MAX bytes.  Borrowed until
 * fastcgi_reader_release or fastcgi_reader_finish; never absent.
 */
struct span fastcgi_reader_params(const struct fastcgi_reader *reader);

/* Frees the PARAMS: the request was taken.  It stays active. */
void fastcgi_reader_release(struct fastcgi_reader *reader);

/*
 * The active request is over, its END_REQUEST on its way: the reader is ready
 * for another.  Late records of the old one are ignored (3.3).
 */
void fastcgi_reader_finish(struct fastcgi_reader *reader);

/*
 * After FASTCGI_REPLY, until the next call of feed: writes the record that the
 * peer is to be sent, and returns its length.  It may go between any two
 * records of an answer.
 */
size_t fastcgi_reader_reply(const struct fastcgi_reader *reader,
    const struct fastcgi_limits *limits, char out[FASTCGI_REPLY_MAX]);

/* Why it is FASTCGI_ERROR: static text for a log line, "" if it is not. */
const char *fastcgi_reader_reason(const struct fastcgi_reader *reader);

/* Frees the memory.  Idempotent; the reader is as after init. */
void fastcgi_reader_fini(struct fastcgi_reader *reader);

#endif
