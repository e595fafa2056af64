/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_HUB_H
#define PIPECAST_CORE_HUB_H

/*
 * The hub: one stream's ring and its subscribers.  An event is encoded once
 * into the ring; hub_flush, called once per turn of the event loop, gives every
 * subscriber everything between its cursor and the end of the ring in one
 * write.  A CGI process is a hub with one subscriber.
 *
 * The cost of a flush depends on the number of subscribers with something to
 * send: one that has everything, or is blocked, costs nothing.
 *
 * The ring is full when a new event would overwrite what a subscriber has not
 * been sent.  Such a subscriber is a laggard, and the sources pause for it, but
 * no longer than patience_ms: a laggard is dropped as soon as it has taken no
 * byte for that long, or has used up its patience.  Each millisecond for which
 * it stalls the sources uses up one; ten milliseconds without stalling give one
 * back.
 *
 * Times are milliseconds of any clock that never goes back.  The hub reads no
 * clock and does no I/O of its own.
 */

#include "core/stream_writer.h"
#include "core/subscriber.h"

struct hub_config {
	enum dialect dialect;
	const char *identity;  /* of the stream, for its ids; at most
				  STREAM_IDENTITY_MAX ASCII letters, digits */
	const char *gap_event; /* event types, "" for none */
	const char *end_event;
	uint64_t retry_ms;
	uint64_t heartbeat_ms; /* 0 for none */
	uint64_t max_age_ms;   /* 0 for ever */
	uint64_t patience_ms;  /* with laggards, UINT64_MAX for ever: the pipe
				  of a plain CGI process is its flow control */
	size_t history;        /* bytes of ring */
	bool forget;           /* keep only what is still to be sent */
	uint32_t seed;         /* for jitter */
};

/* The config's strings are borrowed for the hub's life.  NULL: no memory. */
struct hub *hub_create(const struct hub_config *config);

/* Frees the hub; its subscribers must have been detached. */
void hub_destroy(struct hub *hub);

/*
 * Encodes the event into the ring.  Without an id of its own it gets one.
 * Returns 0, or -ENOMEM: the event is lost, and a gap event takes its place.
 */
int hub_publish(struct hub *hub, const struct event *event);

/*
 * So many events, or GAP_UNKNOWN (core/gap.h), were lost before they could be
 * published: a gap event takes their place.  Losses with no event between them are reported together, by the
 * next flush at the latest.
 */
void hub_lose(struct hub *hub, uint64_t n);

/*
 * Whether sources should continue.  False while a subscriber that was written
 * to before has a whole history still to be sent.  An event that is published
 * all the same is not lost, but takes memory.
 */
bool hub_has_room(const struct hub *hub);

size_t hub_n_subscribers(const struct hub *hub);

/* Counters since the hub was created. */
struct hub_figures {
	uint64_t n_events;  /* published */
	uint64_t n_dropped; /* laggards that were dropped */
	size_t n_subscribers;
};

struct hub_figures hub_figures(const struct hub *hub);

/*
 * Whether a viewer with that last event ID would continue without a gap.  A new
 * viewer (absent) would.
 */
bool hub_can_resume(const struct hub *hub, struct span last_event_id);

/*
 * The stream has ended for good: publishes the end event with that JSON data
 * and lets every subscriber go once it has it.
 */
void hub_end(struct hub *hub, struct span data);

/* How a viewer asks to begin. */
struct hub_resume {
	struct span last_event_id; /* absent: a new viewer */
	uint64_t replay;           /* events of the past for a new viewer */
};

/*
 * Adds a subscriber whose transport and ctx are set; the rest is initialised
 * here.  The head (copied) is sent first, together with the first block: a
 * comment and the reconnection time, then a gap event if the last event ID is
 * not in the ring.  Nothing is written before hub_flush.  Returns 0 or
 * -ENOMEM.
 */
int hub_attach(struct hub *hub, struct subscriber *subscriber, struct span head,
    const struct hub_resume *resume, uint64_t now_ms);

/* Removes a subscriber without another word; harmless if not attached. */
void hub_detach(struct subscriber *subscriber);

/*
 * Moves a subscriber that has been sent everything to another hub, where it
 * continues right after the event with that id: a viewer that caught up from a
 * file in a hub of its own joins the shared one.  The hubs have the same config
 * except for history and forget, and the id means the same in both.  Returns
 * false, and has done nothing, if there is something left to be sent, a note
 * included, if the subscriber is blocked or leaves, or if the event is not in
 * the other hub's ring, or more than one is that has this id.
 */
bool hub_move(struct subscriber *subscriber, struct hub *to, struct span id,
    uint64_t now_ms);

/*
 * Once per turn of the loop: writes to every subscriber that has something to
 * be sent and is not blocked, sends heartbeats after silence, lets subscribers
 * go that have reached max_age, and drops laggards that have used up their
 * patience.  Returns in how many milliseconds to call again if nothing happens
 * until then, UINT64_MAX for never.
 *
 * May call done, from where other subscribers may be detached and attached, or
 * moved; those are flushed the next time.  It must not be called from there.
 */
uint64_t hub_flush(struct hub *hub, uint64_t now_ms);

/*
 * The subscriber's transport can take more: the next flush writes to it.  Does
 * not call back.
 */
void hub_writable(struct subscriber *subscriber);

/*
 * pipecast stops: each subscriber is sent what it has not been sent yet and a
 * reconnection time with jitter, then let go.  Call hub_flush after it.
 */
void hub_drain(struct hub *hub);

#endif
