/* SPDX-License-Identifier: MIT */
#ifndef BENCH_PROGRESS_H
#define BENCH_PROGRESS_H

/*
 * What the load client, the publisher and the runner tell each other while
 * they work: a file of six numbers that each of them maps.  The runner knows
 * them by their order.
 */

#include <stdatomic.h>
#include <stdint.h>

struct progress {
	_Atomic uint64_t ready;     /* load: 1 once all streams are open */
	_Atomic uint64_t low;       /* load: every viewer has events 1 to low */
	_Atomic uint64_t delivered; /* load: events received by all together */
	_Atomic uint64_t done;    /* load: 1 once counted, streams still open */
	_Atomic uint64_t release; /* runner: 1 to have the streams closed */
	_Atomic uint64_t total;   /* publisher, at its end: the last event */
};

/* Maps the file, created if missing; a NULL path is a file that nobody else
   sees.  Ends the program if it cannot. */
struct progress *progress_open(const char *path);

#endif
