/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_FASTCGI_STATE_H
#define PIPECAST_GATEWAYS_FASTCGI_STATE_H

/* A FastCGI connection, for fastcgi_connection.c and fastcgi_body.c alone. */

#include "gateways/fastcgi_connection.h"
#include "gateways/fastcgi_reader.h"
#include "gateways/fastcgi_writer.h"

/* The body of a request that publishes, or would have liked to. */
struct fastcgi_body {
	struct upload *upload;          /* that takes it, or NULL */
	struct admission_answer answer; /* for when the body has ended */
	struct buffer pending;          /* bytes while the upload is full */
	uint64_t left; /* bytes of CONTENT_LENGTH; 0 if that is unknown */
	bool has_ended;
};

struct fastcgi_connection {
	struct connection base;    /* the first member */
	struct fastcgi_body *body; /* NULL: it is dropped */
	struct fastcgi_writer writer;
	struct fastcgi_reader reader;
	uint16_t replies_n; /* bytes of output that are replies */
	bool is_mistaken;   /* the peer speaks HTTP and is told so */
	bool is_late;       /* the answer goes out before the body has ended */
};

static inline struct fastcgi_connection *
fastcgi_of(struct connection *connection)
{
	return (struct fastcgi_connection *)connection;
}

static inline struct fastcgi_connections *
fastcgi_connections_of(const struct fastcgi_connection *fastcgi)
{
	return (struct fastcgi_connections *)fastcgi->base.connections;
}

/* Decodes the request and has it answered.  Returns 0 or a negative errno. */
int fastcgi_answer(
    struct fastcgi_connection *fastcgi, struct admission_answer *answer);

/* Each of these may close the connection. */
void fastcgi_refuse(struct fastcgi_connection *fastcgi, int error);
void fastcgi_send_answer(
    struct fastcgi_connection *fastcgi, struct admission_answer *answer);
void fastcgi_on_bytes(
    struct connection *connection, const char *bytes, size_t n);

/* Of fastcgi_body.c. */

/*
 * PARAMS have ended.  A request that brings a body to publish is judged before
 * that arrives.
 */
void fastcgi_begin_body(struct fastcgi_connection *fastcgi);

/* Takes content of the body off the front of the bytes; returns how much. */
size_t fastcgi_take_body(
    struct fastcgi_connection *fastcgi, const char *bytes, size_t n);

/* Keeps the bytes while the upload is full; drops them otherwise. */
void fastcgi_keep_bytes(struct fastcgi_connection *fastcgi, struct span bytes);

/* Whether no bytes can be taken before the upload has changed. */
bool fastcgi_is_full(const struct connection *connection);

/* STDIN has ended.  Returns whether it was such a body. */
bool fastcgi_finish_body(struct fastcgi_connection *fastcgi);

/* on_late of struct connection_protocol. */
void fastcgi_on_late(struct connection *connection);

/* Nothing of it is published that was not yet.  Idempotent. */
void fastcgi_free_body(struct fastcgi_connection *fastcgi);

#endif
