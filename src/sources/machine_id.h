/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_MACHINE_ID_H
#define PIPECAST_SOURCES_MACHINE_ID_H

/*
 * The id of this machine, machine-id(5): the secret from which all pipecasts of
 * a machine make the same key of places (core/place.h).
 */

#include <stddef.h>

enum { MACHINE_ID_SIZE = 64 };

/* Returns how much of the id there is, 0 if the machine has none. */
size_t machine_id_read(char id[MACHINE_ID_SIZE]);

#endif
