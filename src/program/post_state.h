/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_POST_STATE_H
#define PIPECAST_PROGRAM_POST_STATE_H

/* A post, for post.c, which has its body, and post_events.c alone. */

#include "program/feed.h"
#include "program/post.h"

#include "core/buffer.h"
#include "core/owned.h"
#include "formats/input_format.h"

/* Bytes of a body that are not of its event: a line end at its end. */
enum { POST_LINE_END_MAX = 2 };

/*
 *   state     takes bytes  next
 *   TAKING    yes          ENDED, REFUSED
 *   ENDED     no           LAST, REFUSED   the body has ended
 *   LAST      no           REFUSED, ANSWERED
 *                          its last event is on its way, or published
 *   REFUSED   no           ANSWERED
 *                          an event was not published, nor is any after it;
 *                          the answer holds if those before it are
 *   ANSWERED  drops them   (nothing)
 */
enum post_state {
	POST_TAKING,
	POST_ENDED,
	POST_LAST,
	POST_REFUSED,
	POST_ANSWERED,
};

struct post {
	struct upload upload; /* the first member */
	struct posts *posts;
	struct feed_post feed;
	enum post_state state;
	bool is_inside;    /* a call of the gateway's */
	struct owned type; /* of events without one, or nothing */
	struct owned user;
	struct buffer body;          /* of one event */
	struct input_format *format; /* of many, or NULL */
	struct timer quiet;          /* while the format awaits a pause */
	uint64_t n_taken;            /* bytes of that */
	uint64_t event_end;          /* bytes up to the end of an event */
	size_t held;                 /* bytes of the body in memory */
	uint64_t n_events;           /* acknowledged */
	uint64_t opened_ms;
	char last_id[EVENT_ID_SIZE]; /* of those, or "" */
};

static inline struct post *
post_of(struct upload *upload)
{
	return (struct post *)upload;
}

/* The sink of its format. */
struct event_sink post_sink(struct post *post);

/* Publishes, answers, or waits: whatever is next. */
void post_advance(struct post *post);

/*
 * The same, and tells the gateway; not in a call of the gateway's.  May free
 * the post.
 */
void post_advance_and_tell(struct post *post);

/* There is room, or it is never again needed: on_room of struct feed_post. */
void post_on_room(struct feed_post *feed);

/* on_published of struct source_post. */
void post_on_published(struct source_post *base, int error, struct span id);

/*
 * What is on its way comes before an event that cannot be published: the answer
 * says why, and how many there were.
 */
void post_refuse(struct post *post, int status, const char *reason);
void post_fail(struct post *post, int error);

#endif
