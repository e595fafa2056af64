/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_TICK_DATA_H
#define PIPECAST_SOURCES_TICK_DATA_H

/* The data of a tick: the time of day in a strftime format. */

#include <stdbool.h>

/* The longest data of a tick, with its NUL. */
enum { TICK_DATA_SIZE = 1024 };

#define TICK_DATA_DEFAULT "%s.%f"

/*
 * Writes the time of day into out.  The format is strftime's plus %f, the
 * microseconds in six digits.  Returns whether it fits; out is "" if not.
 */
bool tick_data_format(char out[TICK_DATA_SIZE], const char *format);

#endif
