/* SPDX-License-Identifier: MIT */

#include "loop/descriptor_budget.h"

enum {
	/*
	 * For the process itself: standard input, output and error, the loop,
	 * signals, listening sockets, and what is open for a moment only (to
	 * start a command, look for a file, or decode a request).
	 */
	FOR_ITSELF = 64,
	/* For connections that are told that there is no room for a viewer. */
	FOR_OTHERS = 64,
};

static size_t
budget_at_most(size_t wanted, size_t available)
{
	return wanted < available ? wanted : available;
}

struct descriptor_budget
descriptor_budget_of(
    size_t limit, size_t for_sources, size_t for_on_demand, size_t for_catchups)
{
	struct descriptor_budget budget;
	size_t left = limit - budget_at_most(FOR_ITSELF, limit / 4);

	budget.is_short = for_sources > left - left / 4;
	left -= budget_at_most(for_sources, left - left / 4);
	/* Each of these streams has a viewer, or had one a moment ago. */
	budget.for_on_demand = budget_at_most(for_on_demand, left / 2);
	left -= budget.for_on_demand;
	budget.for_catchups = budget_at_most(for_catchups, left / 6);
	left -= budget.for_catchups;
	budget.connections = left;
	budget.viewers = left - budget_at_most(FOR_OTHERS, left / 8);
	return budget;
}
