/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_RING_STATE_H
#define PIPECAST_CORE_RING_STATE_H

/*
 * The inside of a ring, for ring.c (its content) and ring_resize.c (its memory)
 * alone.
 */

#include "core/ring.h"

#include <assert.h>

/* Small enough for a CGI process, large enough for most turns. */
enum { FIRST_BYTES = 4096, FIRST_BLOCKS = 32 };

/*
 * The index entry of a block.  There may be millions, so offset and seq are
 * cut: the blocks in memory span less; see the functions below.
 */
struct ring_block {
	uint64_t offset : 48; /* of its first byte */
	uint64_t id_at : 16;  /* where its own id begins in the block */
	uint32_t seq; /* of the newest event up to and with this block */
	uint16_t id_hash;
	uint16_t id_n : 15;    /* the id's length, 0 for none */
	uint16_t is_event : 1; /* has a sequence number of its own */
};

static_assert(sizeof(struct ring_block) == 16, "there are many");

#define OFFSET_MASK ((UINT64_C(1) << 48) - 1)

struct ring {
	char *bytes;      /* offset o lies at o % size */
	size_t size;      /* a power of two */
	size_t limit;     /* evict rather than hold more */
	size_t max_size;  /* of a ring that stays within its limit */
	uint64_t over;    /* where it last needed more than that */
	uint64_t start;   /* of the oldest block */
	uint64_t end;     /* of the newest */
	uint64_t written; /* end plus the bytes put since the last commit */
	uint64_t seq;
	struct ring_block *blocks; /* block number b lies at b % max_blocks */
	size_t max_blocks;         /* a power of two */
	uint64_t first_block;
	uint64_t end_block;
	size_t n_ids; /* blocks that have one of their own */
	/* Of the newest block that was evicted and is no aside. */
	uint16_t evicted_id_hash;
	uint16_t evicted_id_n;
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

/* For more bytes in all, for one more block.  Return 0 or -ENOMEM. */
int ring_grow_bytes(struct ring *ring, uint64_t need);
int ring_grow_blocks(struct ring *ring);

/* Shrinks to the limit, or stays as it is if memory is short. */
void ring_shrink(struct ring *ring);

#endif
