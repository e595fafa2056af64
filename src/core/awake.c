/* SPDX-License-Identifier: MIT */

#include "core/awake.h"

/* A busy machine may be late by less than this. */
enum { ASLEEP_MS = 1000 };

uint64_t
awake_at(struct awake *awake, uint64_t now_ms)
{
	if (awake->due_ms > 0 && now_ms > awake->due_ms + ASLEEP_MS)
		awake->slept_ms += now_ms - awake->seen_ms;
	awake->seen_ms = now_ms;
	awake->due_ms = 0;
	return now_ms - awake->slept_ms;
}

void
awake_until(struct awake *awake, uint64_t within_ms)
{
	if (within_ms < UINT64_MAX - awake->seen_ms)
		awake->due_ms = awake->seen_ms + within_ms;
	else
		awake->due_ms = 0;
}
