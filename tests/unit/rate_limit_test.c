/* SPDX-License-Identifier: MIT */

#include "core/rate_limit.h"

#include "helpers.h"

/* Takes n of the kind in one moment; returns how many of them are logged. */
static unsigned
take(struct rate_limit *limit, const char *kind, uint64_t n, uint64_t now_ms)
{
	struct rate_limit_log log;
	unsigned n_logged = 0;

	while (n-- > 0)
		n_logged += rate_limit_take(limit, kind, now_ms, &log);
	return n_logged;
}

Test(rate_limit, first_few_are_logged_then_powers_of_ten)
{
	struct rate_limit limit = {0};

	for (uint64_t n = 1; n <= 1000; n++) {
		struct rate_limit_log log;
		bool wanted = n <= 3 || n == 10 || n == 100 || n == 1000;

		cr_assert_eq(rate_limit_take(&limit, "a", n, &log), wanted);
		if (!wanted)
			continue;
		cr_assert_eq(log.is_first, n == 1);
		cr_assert_eq(log.n_unlogged,
		    n <= 3        ? 0
			: n == 10 ? 6
				  : n - n / 10 - 1);
	}
}

Test(rate_limit, kinds_are_counted_by_themselves)
{
	static const char a[] = "same text", b[] = "same text, too";
	struct rate_limit limit = {0};

	cr_assert_eq(take(&limit, a, 9, 0), 3);
	cr_assert_eq(take(&limit, b, 3, 0), 3);
	cr_assert_eq(take(&limit, a, 1, 0), 1);
}

Test(rate_limit, kind_that_was_quiet_begins_anew)
{
	struct rate_limit limit = {0};
	struct rate_limit_log log;

	cr_assert_eq(take(&limit, "a", 5, 1000), 3);
	cr_assert_eq(take(&limit, "a", 1, 60999), 0);
	cr_assert(rate_limit_take(&limit, "a", 120999, &log));
	cr_assert_not(log.is_first);
	cr_assert_eq(log.n_unlogged, 3);
	cr_assert_eq(take(&limit, "a", 5, 120999), 2);
}

Test(rate_limit, rest_is_told_once_for_each_kind)
{
	static const char a[] = "a", b[] = "b", c[] = "c";
	struct rate_limit limit = {0};
	uint64_t n;

	cr_assert_null(rate_limit_rest(&limit, &n));
	take(&limit, a, 7, 0);
	take(&limit, b, 2, 0);
	take(&limit, c, 11, 0);
	cr_assert_eq(rate_limit_rest(&limit, &n), a);
	cr_assert_eq(n, 4);
	cr_assert_eq(rate_limit_rest(&limit, &n), c);
	cr_assert_eq(n, 1);
	cr_assert_null(rate_limit_rest(&limit, &n));
}

Test(rate_limit, of_too_many_kinds_the_quietest_is_forgotten)
{
	static const char kinds[RATE_LIMIT_KINDS + 1];
	struct rate_limit limit = {0};

	for (size_t i = 0; i < RATE_LIMIT_KINDS; i++)
		cr_assert_eq(take(&limit, &kinds[i], 4, 100 + i), 3);
	cr_assert_eq(take(&limit, &kinds[0], 1, 200), 0);
	cr_assert_eq(take(&limit, &kinds[RATE_LIMIT_KINDS], 4, 201), 3);
	cr_assert_eq(take(&limit, &kinds[0], 1, 202), 0);
	cr_assert_eq(take(&limit, &kinds[1], 1, 203), 1);
}
