/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_PROBE_H
#define PIPECAST_PROGRAM_PROBE_H

/*
 * The probe: a stream of a few ticks for one viewer, each with the time at
 * which it was sent.  A client that compares these times with those at which
 * the ticks arrive sees what a server or proxy on the way does to a stream
 * (pipecat --doctor).  It goes the way of every stream, through the same
 * gateways.
 *
 * The data of each tick is a JSON object:
 *
 *   n, of    its number, from 1, and that of the last
 *   ms       milliseconds of a clock of this machine that never goes back
 *   request  in the first alone: how the request has reached pipecast
 */

#include "program/stream.h"

#include "http/request.h"

enum {
	PROBE_TICKS = 10,
	PROBE_TICK_MS = 250,
	PROBES_MAX = 16, /* at a time; further viewers are asked to retry */
};

/* All of them. */
struct probes {
	struct link list;
	size_t n;
	struct scheduler *scheduler;   /* borrowed */
	const struct options *options; /* the same */
};

void probes_init(struct probes *probes, struct scheduler *scheduler,
    const struct options *options);

/*
 * Attaches the subscriber as fan_out_attach does, to a probe of its own that
 * answers the request.  Returns 0, -EBUSY if there are too many already, or
 * another negative errno.
 */
int probe_start(struct probes *probes, const struct request *request,
    struct subscriber *subscriber, struct span head, uint64_t now_ms);

/* As fan_out_drain of each. */
void probes_drain(struct probes *probes);

/*
 * Ends all of them; the viewers must have been detached.  Idempotent; harmless
 * before probes_init.
 */
void probes_fini(struct probes *probes);

#endif
