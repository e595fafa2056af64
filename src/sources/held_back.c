/* SPDX-License-Identifier: MIT */

#include "sources/held_back.h"

/* Blocks that come faster than this look like a stream. */
enum { RARE_MS = 500 };

enum { SMALL_BLOCK = 4096, BLOCK = 8192 };

/* So much of a block is left over when no other line fits. */
enum { LINE_MAX_LEFT_OVER = 128 };

/*
 * How many blocks in a row leave no doubt.  Programs that write reports of
 * nearly that size exist, but their lines are whole.
 */
enum { ENOUGH_BLOCKS = 2, ENOUGH_BLOCKS_OF_LINES = 3 };

static bool
held_back_is_block(size_t n, bool ends_in_line)
{
	if (ends_in_line)
		return n == SMALL_BLOCK || n == BLOCK;
	return n > BLOCK - LINE_MAX_LEFT_OVER && n <= BLOCK;
}

void
held_back_init(struct held_back *held_back, uint64_t now_ms)
{
	*held_back = (struct held_back){.last_ms = now_ms};
}

bool
held_back_note(
    struct held_back *held_back, size_t n, bool ends_in_line, uint64_t now_ms)
{
	bool is_rare = now_ms - held_back->last_ms >= RARE_MS;
	bool is_alike = n == held_back->last_n;
	unsigned enough = ends_in_line ? ENOUGH_BLOCKS : ENOUGH_BLOCKS_OF_LINES;

	held_back->last_ms = now_ms;
	held_back->last_n = n;
	if (!is_rare || !held_back_is_block(n, ends_in_line))
		held_back->n_blocks = 0;
	/* A report has the same size again and again. */
	else if (ends_in_line || !is_alike)
		held_back->n_blocks++;
	return held_back->n_blocks >= enough;
}

void
held_back_skip(struct held_back *held_back, uint64_t now_ms)
{
	held_back->last_ms = now_ms;
	held_back->n_blocks = 0;
}
