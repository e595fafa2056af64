/* SPDX-License-Identifier: MIT */

#include "core/ring_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

size_t
ring_memory(const struct ring *ring)
{
	size_t n = sizeof(*ring->blocks);

	if (!ring->bytes)
		return sizeof(*ring);
	if (ring->newest)
		n += sizeof(*ring->newest) + sizeof(*ring->older);
	return sizeof(*ring) + ring->size + ring->max_blocks * n;
}

/* Copies the bytes from one offset to another as they lie in the ring. */
static void
ring_copy_out(const struct ring *ring, uint64_t from, uint64_t to, char *out)
{
	struct iovec iov[2];
	int n = ring_read(ring, from, to, iov);

	for (int i = 0; i < n; i++) {
		memcpy(out, iov[i].iov_base, iov[i].iov_len);
		out += iov[i].iov_len;
	}
}

static bool
ring_shrink_bytes(struct ring *ring, size_t size)
{
	size_t mask = size - 1;
	char *bytes = malloc(size);

	if (!bytes)
		return false;
	/* The log's part before the wrap, then the one after it. */
	for (uint64_t at = ring->start, next; at < ring->end; at = next) {
		next = (at & ~(uint64_t)mask) + size;
		if (next > ring->end)
			next = ring->end;
		ring_copy_out(ring, at, next, bytes + (at & mask));
	}
	free(ring->bytes);
	ring->bytes = bytes;
	ring->size = size;
	return true;
}

/*
 * Grows by realloc, which moves large memory without a copy where the system
 * can, and leaves no piece behind that is too small for the next time.  Bytes
 * whose place changes with the size move beyond the old memory, so nothing is
 * overwritten.
 */
int
ring_grow_bytes(struct ring *ring, uint64_t need)
{
	size_t old = ring->size, size = old;
	char *bytes;

	while (size < need && size <= SIZE_MAX / 2)
		size *= 2;
	bytes = size < need ? NULL : realloc(ring->bytes, size);
	if (!bytes)
		return -ENOMEM;
	for (uint64_t at = ring->start, next; at < ring->end; at = next) {
		next = (at | (old - 1)) + 1;
		if (next > ring->end)
			next = ring->end;
		if ((at & (size - 1)) >= old)
			memcpy(bytes + (at & (size - 1)),
			    bytes + (at & (old - 1)), (size_t)(next - at));
	}
	ring->bytes = bytes;
	ring->size = size;
	return 0;
}

static uint32_t *
ring_create_chains(size_t max)
{
	return calloc(2 * max, sizeof(uint32_t));
}

/* Makes the chains of all ids anew. */
static void
ring_use_chains(struct ring *ring, uint32_t *chains)
{
	free(ring->newest);
	ring->newest = chains;
	ring->older = chains + ring->max_blocks;
	for (uint64_t b = ring->first_block; b < ring->end_block; b++)
		if (ring_block_id(ring, b))
			ring_link_id(ring, b);
}

int
ring_begin_ids(struct ring *ring)
{
	uint32_t *chains = ring_create_chains(ring->max_blocks);

	if (!chains)
		return -ENOMEM;
	ring_use_chains(ring, chains);
	return 0;
}

/* As ring_grow_bytes. */
int
ring_grow_blocks(struct ring *ring)
{
	size_t old = ring->max_blocks, max = 2 * old;
	uint32_t *chains = ring->newest ? ring_create_chains(max) : NULL;
	struct ring_block *blocks = NULL;

	if (chains || !ring->newest)
		blocks = realloc(ring->blocks, max * sizeof(*blocks));
	if (!blocks) {
		free(chains);
		return -ENOMEM;
	}
	for (uint64_t b = ring->first_block; b < ring->end_block; b++)
		if ((b & (max - 1)) >= old)
			blocks[b & (max - 1)] = blocks[b & (old - 1)];
	ring->blocks = blocks;
	ring->max_blocks = max;
	if (chains)
		ring_use_chains(ring, chains);
	return 0;
}

static void
ring_shrink_blocks(struct ring *ring, size_t max)
{
	struct ring_block *blocks = malloc(max * sizeof(*blocks));
	uint32_t *chains = ring->newest ? ring_create_chains(max) : NULL;

	if (!blocks || (ring->newest && !chains)) {
		free(blocks);
		free(chains);
		return;
	}
	for (uint64_t b = ring->first_block; b < ring->end_block; b++)
		blocks[b & (max - 1)] = *ring_block_at(ring, b);
	free(ring->blocks);
	ring->blocks = blocks;
	ring->max_blocks = max;
	if (chains)
		ring_use_chains(ring, chains);
}

void
ring_shrink(struct ring *ring)
{
	size_t max = ring->max_blocks;

	if (!ring_shrink_bytes(ring, ring->max_size))
		return;
	while (
	    max > FIRST_BLOCKS && max / 2 > ring->end_block - ring->first_block)
		max /= 2;
	if (max < ring->max_blocks)
		ring_shrink_blocks(ring, max);
}
