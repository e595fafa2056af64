/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_JITTER_H
#define PIPECAST_CORE_JITTER_H

/*
 * Numbers for spreading viewers over time (Marsaglia's xorshift): jitter needs
 * spread, not secrecy.
 */

#include <stdint.h>

struct jitter {
	uint32_t state; /* not 0 */
};

static inline struct jitter
jitter_from(uint32_t seed)
{
	return (struct jitter){seed | 1};
}

/* Returns a number from 0 to n - 1; 0 for n = 0. */
static inline uint32_t
jitter_below(struct jitter *jitter, uint32_t n)
{
	jitter->state ^= jitter->state << 13;
	jitter->state ^= jitter->state >> 17;
	jitter->state ^= jitter->state << 5;
	return n ? jitter->state % n : 0;
}

#endif
