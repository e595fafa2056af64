/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_RATE_LIMIT_H
#define PIPECAST_CORE_RATE_LIMIT_H

/*
 * Keeps a log readable where the same thing happens again and again.  Of each
 * kind the first few are worth a line, then the tenth, the hundredth, the
 * thousandth and so on, with the number of those in between.  A kind that has
 * not happened for a while begins anew.
 *
 * It reads no clock and logs nothing itself.
 */

#include <stdbool.h>
#include <stdint.h>

enum {
	RATE_LIMIT_FIRST = 3,        /* so many of a kind are logged each */
	RATE_LIMIT_QUIET_MS = 60000, /* after which a kind begins anew */
	RATE_LIMIT_KINDS = 16, /* at a time; a further one replaces another */
};

struct rate_limit {
	struct rate_limit_kind {
		const char *kind;    /* NULL: free */
		uint64_t n;          /* of them since it began anew */
		uint64_t n_unlogged; /* since the last that was logged */
		uint64_t last_ms;    /* when the last one happened */
		bool has_begun_anew; /* its first one was another time */
	} kinds[RATE_LIMIT_KINDS];
};

/* How to log one. */
struct rate_limit_log {
	bool is_first;       /* of its kind ever */
	uint64_t n_unlogged; /* of its kind before it */
};

/*
 * One of that kind (static text, known by its address) happens.  Returns
 * whether to log it; if so *log says how.
 */
bool rate_limit_take(struct rate_limit *limit, const char *kind,
    uint64_t now_ms, struct rate_limit_log *log);

/*
 * It is over: returns a kind of which some were not logged, and how many in *n,
 * each kind once; then NULL.
 */
const char *rate_limit_rest(struct rate_limit *limit, uint64_t *n);

#endif
