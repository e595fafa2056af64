/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_LOOP_DESCRIPTOR_BUDGET_H
#define PIPECAST_LOOP_DESCRIPTOR_BUDGET_H

/*
 * Divides the descriptors that a process may have open: first comes what keeps
 * it running, then what the sources hold, and the rest is for connections.  So
 * a crowd of viewers never keeps a command from being run, or a log from being
 * followed after its rotation.
 */

#include <stdbool.h>
#include <stddef.h>

struct descriptor_budget {
	size_t for_on_demand; /* for sources of streams made on demand */
	size_t for_catchups;  /* for files that are read again for one viewer */
	size_t connections;   /* at a time, viewers' included */
	size_t viewers;
	bool is_short; /* the sources may need more than there are */
};

/*
 * Divides so many.  The sources need for_sources at most; for_on_demand and
 * for_catchups are how many there would be a use for.
 */
struct descriptor_budget descriptor_budget_of(size_t limit, size_t for_sources,
    size_t for_on_demand, size_t for_catchups);

#endif
