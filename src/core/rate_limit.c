/* SPDX-License-Identifier: MIT */

#include "core/rate_limit.h"

#include <stddef.h>

/* Its own, else the one that has been quiet for longest. */
static struct rate_limit_kind *
find_kind(struct rate_limit *limit, const char *kind, uint64_t now_ms)
{
	struct rate_limit_kind *oldest = &limit->kinds[0];

	for (size_t i = 0; i < RATE_LIMIT_KINDS; i++) {
		struct rate_limit_kind *at = &limit->kinds[i];

		if (at->kind == kind)
			return at;
		if (oldest->kind &&
		    (!at->kind || at->last_ms < oldest->last_ms))
			oldest = at;
	}
	*oldest = (struct rate_limit_kind){.kind = kind, .last_ms = now_ms};
	return oldest;
}

static bool
is_power_of_ten(uint64_t n)
{
	while (n >= 10 && n % 10 == 0)
		n /= 10;
	return n == 1;
}

bool
rate_limit_take(struct rate_limit *limit, const char *kind, uint64_t now_ms,
    struct rate_limit_log *log)
{
	struct rate_limit_kind *at = find_kind(limit, kind, now_ms);

	if (now_ms - at->last_ms >= RATE_LIMIT_QUIET_MS) {
		at->n = 0;
		at->has_begun_anew = true;
	}
	at->last_ms = now_ms;
	at->n++;
	if (at->n > RATE_LIMIT_FIRST && !is_power_of_ten(at->n)) {
		at->n_unlogged++;
		return false;
	}
	*log = (struct rate_limit_log){
	    .is_first = at->n == 1 && !at->has_begun_anew,
	    .n_unlogged = at->n_unlogged,
	};
	at->n_unlogged = 0;
	return true;
}

const char *
rate_limit_rest(struct rate_limit *limit, uint64_t *n)
{
	for (size_t i = 0; i < RATE_LIMIT_KINDS; i++) {
		struct rate_limit_kind *at = &limit->kinds[i];

		if (at->n_unlogged == 0)
			continue;
		*n = at->n_unlogged;
		at->n_unlogged = 0;
		return at->kind;
	}
	return NULL;
}
