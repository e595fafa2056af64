/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_SIPHASH_H
#define PIPECAST_CORE_SIPHASH_H

/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash of short input.
 * Without the key nobody can tell its values from random ones.
 */

#include "core/text.h"

#include <stdint.h>

/* Returns the 64-bit hash of the bytes under the 128-bit key. */
uint64_t siphash(const uint64_t key[2], struct span bytes);

#endif
