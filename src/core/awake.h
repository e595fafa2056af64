/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_AWAKE_H
#define PIPECAST_CORE_AWAKE_H

/*
 * The time that a process was awake: without the time during which it was
 * stopped or the machine slept, when no viewer could have been served.  A
 * process that looks at the clock much later than it intended was not running
 * in between.
 *
 * Times are milliseconds of any clock that never goes back.
 */

#include <stdint.h>

struct awake {
	uint64_t due_ms;  /* of the next look, 0 if unknown */
	uint64_t seen_ms; /* of the last one */
	uint64_t slept_ms;
};

/* Returns the time awake when the clock shows now_ms. */
uint64_t awake_at(struct awake *awake, uint64_t now_ms);

/*
 * From now on awake_at will be called within that time; UINT64_MAX means
 * unknown.
 */
void awake_until(struct awake *awake, uint64_t within_ms);

#endif
