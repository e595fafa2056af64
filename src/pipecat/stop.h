/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PIPECAT_STOP_H
#define PIPECAST_PIPECAT_STOP_H

/*
 * SIGTERM, SIGINT and SIGHUP ask pipecat to stop: it first finishes what it is
 * writing, so that --state says where it stopped.
 */

#include <stdbool.h>
#include <stdint.h>

/*
 * Installs the handlers, and ignores SIGPIPE.  Returns 0 or a negative errno.
 */
int stop_init(void);

bool stop_is_asked(void);

/* A descriptor that is readable from then on. */
int stop_descriptor(void);

/* Waits so long, or until it is asked to stop. */
void stop_sleep(uint64_t ms);

/* Milliseconds of a clock that never goes back. */
uint64_t stop_now_ms(void);

#endif
