/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_OPTIONS_FIT_H
#define PIPECAST_PROGRAM_OPTIONS_FIT_H

/* Which options and sources go together; for options.c. */

#include "program/options.h"

/* Returns whether these do, having logged why not. */
bool options_fit_together(const struct options *options);

#endif
