/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PIPECAT_DOCTOR_H
#define PIPECAST_PIPECAT_DOCTOR_H

/*
 * Finds out what the layers between here and a stream do to it, and prints it.
 */

#include "pipecat/settings.h"

/*
 * Asks for probes and for the stream.  Returns the exit status: EXIT_SUCCESS if
 * nothing is wrong.
 */
int doctor_run(const struct settings *settings);

#endif
