/* SPDX-License-Identifier: MIT */

#include "pipecat/backoff.h"

void
backoff_init(struct backoff *backoff, uint32_t seed)
{
	*backoff = (struct backoff){
	    .retry_ms = BACKOFF_RETRY_MS, .jitter = jitter_from(seed)};
}

void
backoff_set_retry(struct backoff *backoff, uint64_t ms)
{
	backoff->retry_ms = ms < BACKOFF_LIMIT_MS ? ms : BACKOFF_LIMIT_MS;
}

void
backoff_succeed(struct backoff *backoff)
{
	backoff->n_failures = 0;
}

void
backoff_fail(struct backoff *backoff)
{
	backoff->n_failures++;
}

uint64_t
backoff_delay(struct backoff *backoff, uint64_t min_ms)
{
	uint64_t ms = backoff->retry_ms;

	if (min_ms > BACKOFF_LIMIT_MS)
		min_ms = BACKOFF_LIMIT_MS;
	for (unsigned i = 1; i < backoff->n_failures && ms < BACKOFF_MAX_MS;
	     i++)
		ms = ms > 0 ? ms * 2 : BACKOFF_MIN_MS;
	if (ms > BACKOFF_MAX_MS && ms > backoff->retry_ms)
		ms = BACKOFF_MAX_MS;
	if (ms < min_ms)
		ms = min_ms;
	if (ms < BACKOFF_MIN_MS)
		ms = BACKOFF_MIN_MS;
	return ms + jitter_below(&backoff->jitter, (uint32_t)(ms / 4) + 1);
}
