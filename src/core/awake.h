/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_AWAKE_H
#define PIPECAST_CORE_AWAKE_H

/*
 * The time that a process was awake: without what it did not live through (it
 * was stopped, the machine slept), when nobody could have been served.  Who
 * looks much later than it meant to has not been running in between.
 *
 * Times are milliseconds of any clock that never goes back.
 */

#include <stdint.h>

struct awake {
	uint64_t due_ms;  /* of the next look, 0: nobody knows */
	uint64_t seen_ms; /* of the last one */
	uint64_t slept_ms;
};

/* What the clock says now, as time awake. */
uint64_t awake_at(struct awake *awake, uint64_t now_ms);

/*
 * From now on awake_at is going to be called within that time, UINT64_MAX for
 * nobody knows.
 */
void awake_until(struct awake *awake, uint64_t within_ms);

#endif
