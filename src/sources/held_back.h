/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_HELD_BACK_H
#define PIPECAST_SOURCES_HELD_BACK_H

/*
 * Detects a program that writes into a pipe and holds its output back.
 * Standard libraries do so unless they write to a terminal: C's and many others
 * write once they have a block of 4096 or 8192 bytes, in the middle of a line;
 * Python writes as many whole lines as fit into 8192 bytes.  Between such
 * blocks nothing comes.
 *
 * It judges by the sizes and times of reads alone, and reads no clock.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct held_back {
	uint64_t last_ms;  /* of the read before */
	size_t last_n;     /* its size */
	unsigned n_blocks; /* reads that were blocks, in a row */
};

/* Begins to wait for the first read. */
void held_back_init(struct held_back *held_back, uint64_t now_ms);

/*
 * Takes note of a read of n bytes.  Returns whether the reads up to it show
 * that the writer holds its output back.
 */
bool held_back_note(
    struct held_back *held_back, size_t n, bool ends_in_line, uint64_t now_ms);

/* Ignores the time up to now, in which nothing was read. */
void held_back_skip(struct held_back *held_back, uint64_t now_ms);

#endif
