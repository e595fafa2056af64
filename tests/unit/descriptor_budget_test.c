/* SPDX-License-Identifier: MIT */

#include "loop/descriptor_budget.h"

#include "helpers.h"

#include <sys/types.h>

Test(descriptor_budget, leaves_the_rest_to_connections)
{
	struct descriptor_budget budget = descriptor_budget_of(1024, 10, 0, 0);

	cr_assert_eq(budget.connections, 1024 - 64 - 10);
	cr_assert_eq(budget.viewers, budget.connections - 64);
	cr_assert_eq(budget.for_catchups, 0);
	cr_assert_not(budget.is_short);
}

Test(descriptor_budget, gives_sources_what_they_may_need)
{
	struct descriptor_budget budget =
	    descriptor_budget_of(1024, 400, 0, 128);

	cr_assert_eq(budget.for_catchups, 560 / 6);
	cr_assert_eq(budget.connections, 560 - 560 / 6);
	cr_assert_not(budget.is_short);
	budget = descriptor_budget_of(1 << 20, 400, 0, 128);
	cr_assert_eq(budget.for_catchups, 128);
}

Test(descriptor_budget, leaves_a_few_to_viewers_of_too_many_sources)
{
	struct descriptor_budget budget =
	    descriptor_budget_of(256, 1000, 0, 128);

	cr_assert(budget.is_short);
	cr_assert_geq(budget.viewers, 32);
}

Test(descriptor_budget, gives_half_at_most_to_streams_on_demand)
{
	struct descriptor_budget budget = descriptor_budget_of(1064, 0, 200, 0);

	cr_assert_eq(budget.for_on_demand, 200);
	cr_assert_eq(budget.connections, 800);
	budget = descriptor_budget_of(1064, 0, 2000, 0);
	cr_assert_eq(budget.for_on_demand, 500);
	cr_assert_eq(budget.connections, 500);
}

/* Whatever the numbers, nothing is given twice. */
Test(descriptor_budget, gives_nothing_twice)
{
	static const size_t limits[] = {
	    0, 1, 10, 64, 255, 256, 1024, 1 << 20, SIZE_MAX - 1, SIZE_MAX};
	static const size_t wanted[] = {0, 1, 50, 128, 1000, SIZE_MAX};

	for (size_t i = 0; i < LENGTH(limits); i++)
		for (size_t j = 0; j < LENGTH(wanted) * LENGTH(wanted); j++) {
			size_t sources = wanted[j / LENGTH(wanted)];
			size_t catchups = wanted[j % LENGTH(wanted)];
			struct descriptor_budget budget = descriptor_budget_of(
			    limits[i], sources, catchups, catchups);
			size_t given =
			    budget.for_on_demand + budget.for_catchups;

			cr_assert_leq(budget.viewers, budget.connections);
			cr_assert_leq(budget.connections, limits[i]);
			cr_assert_leq(given, limits[i] - budget.connections);
			if (!budget.is_short)
				cr_assert_leq(sources,
				    limits[i] - budget.connections - given);
		}
}
