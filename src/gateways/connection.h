/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_GATEWAYS_CONNECTION_H
#define PIPECAST_GATEWAYS_CONNECTION_H

/*
 * A connection that a gateway has accepted: its socket, the subscriber of the
 * stream that it may carry, the output that does not come from the fan-out, and
 * its deadline.  The protocol interprets the bytes.  A connection may also be
 * standard output of a CGI process, which is only written to.
 *
 * A connection has one state, which only connection_enter changes:
 *
 *   state      subscriber  deadline    bytes of the peer  next
 *   RECEIVING  none        10 s        to the protocol    STREAMING, POSTING,
 *                                                         ANSWERING
 *   POSTING    none        its upload's  to the protocol  ANSWERING
 *   STREAMING  attached    none        to the protocol    ANSWERING, LINGERING
 *   ANSWERING  none        10 s        to the protocol    IDLE, LINGERING
 *   IDLE       none        idle_ms     to the protocol    RECEIVING
 *   LINGERING  none        2 s         dropped            (only CLOSED)
 *   CLOSED     none        none        not read           (nothing)
 *
 * Any state may lead to CLOSED.  A closed connection has no descriptor and is
 * on no list, but its memory stays until the end of the loop's turn, so a
 * function that may close a connection can look at its state afterwards.
 */

#include "core/buffer.h"
#include "core/fan_out.h"
#include "gateways/admission.h"
#include "loop/loop.h"

#include <assert.h>

enum connection_state {
	CONNECTION_RECEIVING, /* a request is due, or is arriving */
	CONNECTION_STREAMING, /* the fan-out writes */
	CONNECTION_POSTING,   /* the body arrives, and is published */
	CONNECTION_ANSWERING, /* an answer, or the rest of one, goes out */
	CONNECTION_IDLE,      /* kept open; no further request has begun */
	CONNECTION_LINGERING, /* all is sent; the peer is to close */
	CONNECTION_CLOSED,
};

enum {
	/* Bytes that a peer may send although none are expected. */
	CONNECTION_SURPLUS_MAX = 65536,
	/* For the body of a request, once pipecast stops. */
	CONNECTION_HURRY_MS = 1000,
};

/* The first member of the protocol's own struct. */
struct connection {
	struct subscriber subscriber; /* first: each flush touches it */
	struct connections *connections;
	struct connection *prev, *next; /* of those with or without deadline */
	uint64_t deadline_ms;           /* UINT64_MAX for none */
	struct watch readable;
	struct watch writable;
	struct buffer output; /* none of it the fan-out's */
	uint32_t output_sent;
	uint32_t surplus_n;
	int fd;
	uint8_t state;
	bool output_lost; /* for want of memory */
};

/* There are ten thousand of them. */
static_assert(sizeof(void *) > 8 || sizeof(struct connection) <= 304,
    "a connection has grown");

struct connection_protocol {
	const char *name;  /* with its article, for log lines */
	size_t size;       /* of the struct that begins with a connection */
	uint64_t idle_ms;  /* that a connection may stay without a request */
	uint64_t hurry_ms; /* for a request, once pipecast stops */
	/*
	 * The fan-out's; its last two are connection_await and connection_done.
	 */
	struct transport transport;
	/*
	 * Its descriptor is only written to, and other processes may have the
	 * open file as well (loop/shared_file.h): on_bytes is not called, and
	 * the peer closes by closing the other end.
	 */
	bool is_output_only;
	/*
	 * The descriptor is readable: reads from it, instead of on_bytes.
	 * NULL: the connection reads by itself.
	 */
	void (*on_readable)(struct connection *connection);
	/* Bytes have arrived; not called while LINGERING. */
	void (*on_bytes)(
	    struct connection *connection, const char *bytes, size_t n);
	/* ANSWERING, all output has been sent. */
	void (*on_sent)(struct connection *connection);
	/* The stream was sent to its end; enters another state. */
	void (*on_stream_end)(struct connection *connection);
	/* Whether no more bytes can be taken now.  NULL: never. */
	bool (*is_full)(const struct connection *connection);
	/* Whether output has to wait for the fan-out's.  NULL: never. */
	bool (*holds_output)(const struct connection *connection);
	/*
	 * RECEIVING or POSTING, the deadline has passed.  NULL: it is closed.
	 */
	void (*on_late)(struct connection *connection);
	/* Frees the protocol's memory.  NULL: it has none. */
	void (*fini)(struct connection *connection);
};

/* The connections of a gateway; in its memory. */
struct connections {
	struct loop *loop;
	struct admission *admission;
	const struct connection_protocol *protocol;
	struct connection *waiting, *streaming; /* with a deadline, without */
	struct connection *closed;              /* until the turn ends */
	struct deferral free_closed;
	struct timer check; /* of the deadlines, while there are any */
	bool is_checking;
	bool is_draining; /* pipecast stops */
};

/* All borrowed.  Returns 0 or -ENOMEM. */
int connections_init(struct connections *connections, struct loop *loop,
    struct admission *admission, const struct connection_protocol *protocol);

/* Closes and frees all at once.  Idempotent. */
void connections_fini(struct connections *connections);

/*
 * pipecast stops: closes the idle connections.  One on which a request is due,
 * or has arrived unread, gets hurry_ms for that, and CONNECTION_HURRY_MS for
 * its body.
 */
void connections_drain(struct connections *connections);

/*
 * Takes over fd, an accepted non-blocking socket.  Returns the connection,
 * RECEIVING, the protocol's part of it zero; or NULL, and fd is closed, if
 * memory, or room on the loop, is short.
 */
struct connection *connection_open(struct connections *connections, int fd);

/*
 * Changes the state, and with it the deadline.  Leaving STREAMING detaches the
 * subscriber.
 */
void connection_enter(
    struct connection *connection, enum connection_state state);

/* POSTING: the deadline is at that time. */
void connection_set_deadline(
    struct connection *connection, uint64_t deadline_ms);

/*
 * Reads on, or no more, as the protocol's is_full says; for when that has
 * changed without bytes of the peer.
 */
void connection_watch(struct connection *connection);

/* As CONNECTION_CLOSED.  The reason is logged, unless NULL.  Idempotent. */
void connection_close(struct connection *connection, const char *reason);

/*
 * Everything is sent.  If we closed the connection before the peer does,
 * further bytes of the peer could reset it, and the end of the answer could be
 * lost (RFC 9112, 9.6).
 */
void connection_linger(struct connection *connection);

/* Drops n unexpected bytes; too many of them close the connection. */
void connection_discard(struct connection *connection, size_t n);

/* The sink for output, which connection_flush sends. */
struct byte_sink connection_output(struct connection *connection);

/*
 * Sends the output, unless the protocol holds it.  Returns 0 once all of it is
 * sent, -EAGAIN if the rest will follow by itself, or another negative errno:
 * the connection is closed.
 */
int connection_flush(struct connection *connection);

/*
 * The same for a transport's send, before it writes: a negative errno is only
 * returned.
 */
int connection_send_output(struct connection *connection);

/* The wait and done of every transport. */
void connection_await(void *ctx);
void connection_done(void *ctx, int error);

#endif
