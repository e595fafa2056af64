/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PIPECAT_OBSERVATION_H
#define PIPECAST_PIPECAT_OBSERVATION_H

/*
 * An observation: what one request for a stream has shown.  The head of the
 * answer, how long its parts took, and how it ended; of a probe (--status of
 * pipecast) also when each tick was sent, and how the request has reached
 * pipecast.  Pure: the caller names the time, in milliseconds of any clock that
 * never goes back.
 */

#include "core/event.h"
#include "pipecat/verdict.h"

enum { OBSERVATION_TICKS = 32, OBSERVATION_TEXT = 64 };

/* Escaped for messages, and cut; "" if the field is absent. */
struct observation_head {
	char encoding[OBSERVATION_TEXT];
	char server[OBSERVATION_TEXT];
	char via[OBSERVATION_TEXT];
	char cache_control[OBSERVATION_TEXT];
	char transfer_encoding[OBSERVATION_TEXT];
	char length[OBSERVATION_TEXT];
	char accel_buffering[OBSERVATION_TEXT];
};

/* As pipecast tells in the first tick. */
struct observation_way {
	char gateway[OBSERVATION_TEXT]; /* "": the probe did not tell */
	char server[OBSERVATION_TEXT];
	bool is_gzip; /* pipecast has compressed the answer */
};

/* By its clock, and by ours. */
struct observation_tick {
	int64_t sent_ms, received_ms;
};

struct observation {
	uint64_t asked_ms, last_ms, ended_ms; /* 0: not yet */
	struct observation_head head;
	char http[8];   /* version, as in "1.1"; "": no answer */
	bool has_begun; /* some of the body has come */
	bool is_ended;  /* by the other side */
	enum verdict_kind verdict;
	char trouble[600]; /* "" or why there was no stream, in words */

	uint64_t heartbeat_ms; /* as announced, 0: not */
	unsigned n_retries;
	bool is_let_go;  /* a reconnection time came last */
	bool has_end;    /* the stream said that it ends */
	bool is_refused; /* pipecast has no room for it now */
	bool is_other;   /* there was an event, and it was no tick */

	struct observation_way way;
	unsigned n_ticks, n_ticks_of;
	struct observation_tick ticks[OBSERVATION_TICKS];
};

void observation_begin(struct observation *observation, uint64_t now_ms);

/* The head of another answer begins: a redirection was followed. */
void observation_begin_head(struct observation *observation);

/* A field of the head. */
void observation_take_field(
    struct observation *observation, struct span name, struct span value);

/* An event, a comment or a reconnection time. */
void observation_take_event(struct observation *observation,
    const struct event *event, uint64_t now_ms);

/* Whether that is a probe, of which every tick has come. */
bool observation_is_probe(const struct observation *observation);
bool observation_is_whole(const struct observation *observation);

/* Whether it was given up, with nothing to tell what it is. */
bool observation_is_silent(const struct observation *observation);

/* How much later than the promptest tick the latest was: held back so long. */
uint64_t observation_held_ms(const struct observation *observation);

/* Whether that is more than a network delays one tick more than another. */
bool observation_is_held(const struct observation *observation);

/* How long nothing had come at the end. */
uint64_t observation_silence_ms(const struct observation *observation);

#endif
