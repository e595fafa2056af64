/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_RING_STATE_H
#define PIPECAST_CORE_RING_STATE_H

/*
 * The inside of a ring, for ring.c (its content) and ring_resize.c (its memory)
 * alone.
 */

#include "core/ring.h"

#include <assert.h>

/*
 * For the few events of a stream that is hardly used: there may be thousands.
 */
enum { FIRST_BYTES = 512, FIRST_BLOCKS = 8 };

/* A ring never evicts for their index alone if it has no more than these. */
enum { LEAST_BLOCKS = 32 };

/*
 * The index entry of a block.  There may be millions, so offset and seq are
 * cut: the blocks in memory span less; see the functions below.
 */
struct ring_block {
	uint64_t offset : 48; /* of its first byte */
	uint64_t id_high : 16;
	uint32_t seq; /* of the newest event up to and with this block */
	uint32_t id_low : 31;
	uint32_t is_event : 1; /* has a sequence number of its own */
};

static_assert(sizeof(struct ring_block) == 16, "there are many");

#define OFFSET_MASK ((UINT64_C(1) << 48) - 1)

struct ring {
	char *bytes;       /* offset o lies at o % size; NULL at first */
	size_t size;       /* a power of two */
	size_t limit;      /* evict rather than hold more */
	size_t max_size;   /* of a ring that stays within its limit */
	uint64_t over;     /* where it last needed more than that */
	uint64_t start;    /* of the oldest block */
	uint64_t end;      /* of the newest */
	uint64_t written;  /* end plus the bytes put since the last commit */
	uint64_t past_end; /* at the last ring_end_past */
	uint64_t seq;
	struct ring_block *blocks; /* block number b lies at b % max_blocks */
	size_t max_blocks;         /* a power of two */
	uint64_t first_block;
	uint64_t end_block;
	uint64_t id_key[2];
	/*
	 * Blocks by id, NULL before the first.  Blocks whose ids have the same
	 * last bits form a chain; each number is cut.  What is no longer in the
	 * ring ends a chain.
	 */
	uint32_t *newest;    /* of each chain; max_blocks of them */
	uint32_t *older;     /* than each block in its chain; behind those */
	uint64_t evicted_id; /* the last event ID after all that is evicted */
};

static inline struct ring_block *
ring_block_at(const struct ring *ring, uint64_t number)
{
	return &ring->blocks[number & (ring->max_blocks - 1)];
}

/* No block begins before the ring does. */
static inline uint64_t
ring_block_offset(const struct ring *ring, uint64_t number)
{
	uint64_t cut = ring_block_at(ring, number)->offset;

	return ring->start + ((cut - ring->start) & OFFSET_MASK);
}

/* No event is newer than the ring's newest. */
static inline uint64_t
ring_block_seq(const struct ring *ring, uint64_t number)
{
	uint32_t newer = (uint32_t)ring->seq - ring_block_at(ring, number)->seq;

	return ring->seq - newer;
}

static inline uint64_t
ring_block_end(const struct ring *ring, uint64_t number)
{
	return number + 1 == ring->end_block
	    ? ring->end
	    : ring_block_offset(ring, number + 1);
}

/* The hash of its id, 0 for none. */
static inline uint64_t
ring_block_id(const struct ring *ring, uint64_t number)
{
	const struct ring_block *block = ring_block_at(ring, number);

	return (uint64_t)block->id_high << 31 | block->id_low;
}

/* Makes the block the newest of the chain of its id. */
static inline void
ring_link_id(struct ring *ring, uint64_t number)
{
	uint64_t mask = ring->max_blocks - 1;
	uint64_t chain = ring_block_id(ring, number) & mask;

	ring->older[number & mask] = ring->newest[chain];
	ring->newest[chain] = (uint32_t)number;
}

/* From the first id on.  Returns 0 or -ENOMEM. */
int ring_begin_ids(struct ring *ring);

/* For more bytes in all, for one more block.  Return 0 or -ENOMEM. */
int ring_grow_bytes(struct ring *ring, uint64_t need);
int ring_grow_blocks(struct ring *ring);

/* Shrinks to the limit, or stays as it is if memory is short. */
void ring_shrink(struct ring *ring);

#endif
