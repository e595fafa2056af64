/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PIPECAT_BACKOFF_H
#define PIPECAST_PIPECAT_BACKOFF_H

/*
 * How long to wait before the next attempt.  After a stream that was open it is
 * the reconnection time (WHATWG HTML 9.2.3); while attempts fail it doubles.
 * All waits are spread, so that many clients of one server do not come back at
 * once.  Reads no clock.
 */

#include "core/jitter.h"

#include <stdbool.h>

enum {
	BACKOFF_RETRY_MS = 2000,   /* until the server names another time */
	BACKOFF_MIN_MS = 100,      /* even if the server names a shorter one */
	BACKOFF_MAX_MS = 30000,    /* of attempts that fail */
	BACKOFF_FINAL_MS = 60000,  /* after an error that is final */
	BACKOFF_LIMIT_MS = 3600000 /* even if the server names a longer one */
};

struct backoff {
	uint64_t retry_ms;
	unsigned n_failures; /* since a stream was open */
	struct jitter jitter;
};

void backoff_init(struct backoff *backoff, uint32_t seed);

/* The server has named the reconnection time. */
void backoff_set_retry(struct backoff *backoff, uint64_t ms);

/* The stream is open. */
void backoff_succeed(struct backoff *backoff);

/* An attempt has failed. */
void backoff_fail(struct backoff *backoff);

/*
 * The time to wait now, at least min_ms, such as what a Retry-After asked for.
 */
uint64_t backoff_delay(struct backoff *backoff, uint64_t min_ms);

#endif
