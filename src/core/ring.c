/* SPDX-License-Identifier: MIT */

#include "core/ring_state.h"

#include "core/siphash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct ring *
ring_create(size_t limit, const uint64_t id_key[2])
{
	struct ring *ring = calloc(1, sizeof(*ring));

	if (!ring)
		return NULL;
	ring->limit = limit;
	ring->id_key[0] = id_key[0];
	ring->id_key[1] = id_key[1];
	ring->size = ring->max_size = FIRST_BYTES;
	while (ring->max_size < limit && ring->max_size <= SIZE_MAX / 2)
		ring->max_size *= 2;
	ring->max_blocks = FIRST_BLOCKS;
	return ring;
}

void
ring_destroy(struct ring *ring)
{
	if (!ring)
		return;
	free(ring->bytes);
	free(ring->blocks);
	free(ring->newest);
	free(ring);
}

uint64_t
ring_start(const struct ring *ring)
{
	return ring->start;
}

uint64_t
ring_end(const struct ring *ring)
{
	return ring->end;
}

void
ring_end_past(struct ring *ring)
{
	ring->past_end = ring->end;
}

uint64_t
ring_past_end(const struct ring *ring)
{
	return ring->past_end > ring->start ? ring->past_end : ring->start;
}

uint64_t
ring_seq(const struct ring *ring)
{
	return ring->seq;
}

/* Whether it would hold more than it should with a block of n more bytes. */
static bool
ring_is_over(const struct ring *ring, size_t n)
{
	uint64_t n_blocks = ring->end_block - ring->first_block;

	return ring->end - ring->start + n > ring->limit ||
	    (n_blocks >= LEAST_BLOCKS &&
		n_blocks * sizeof(*ring->blocks) / 2 >= ring->limit);
}

/* Whether the last event ID stays as it is: the block is a comment, say. */
static bool
ring_keeps_last_id(const struct ring *ring, uint64_t number)
{
	return !ring_block_at(ring, number)->is_event &&
	    ring_block_id(ring, number) == 0;
}

static void
ring_evict(struct ring *ring)
{
	if (!ring_keeps_last_id(ring, ring->first_block))
		ring->evicted_id = ring_block_id(ring, ring->first_block);
	ring->start = ring_block_end(ring, ring->first_block);
	ring->first_block++;
}

void
ring_trim(struct ring *ring, uint64_t offset)
{
	while (ring->first_block < ring->end_block &&
	    ring_block_end(ring, ring->first_block) <= offset)
		ring_evict(ring);
}

/* For the first block.  Returns 0 or -ENOMEM. */
static int
ring_allocate(struct ring *ring)
{
	struct ring_block *blocks =
	    calloc(ring->max_blocks, sizeof(*ring->blocks));

	ring->bytes = blocks ? malloc(ring->size) : NULL;
	if (!ring->bytes) {
		free(blocks);
		return -ENOMEM;
	}
	ring->blocks = blocks;
	return 0;
}

int
ring_reserve(struct ring *ring, size_t n, bool has_id, uint64_t keep_from)
{
	uint64_t need;

	assert(ring->written == ring->end);
	if (!ring->bytes && ring_allocate(ring) < 0)
		return -ENOMEM;
	while (ring->first_block < ring->end_block && ring_is_over(ring, n) &&
	    ring_block_end(ring, ring->first_block) <= keep_from)
		ring_evict(ring);
	need = ring->end - ring->start + n;
	if (need > ring->max_size)
		ring->over = ring->end;
	else if (ring->size > ring->max_size &&
	    ring->end - ring->over > ring->size)
		ring_shrink(ring);
	if (ring->end_block - ring->first_block == ring->max_blocks &&
	    ring_grow_blocks(ring) < 0)
		return -ENOMEM;
	if (has_id && !ring->newest && ring_begin_ids(ring) < 0)
		return -ENOMEM;
	return need > ring->size ? ring_grow_bytes(ring, need) : 0;
}

static void
ring_put(void *ctx, const char *bytes, size_t n)
{
	struct ring *ring = ctx;
	size_t at = ring->written & (ring->size - 1);
	size_t before_wrap = ring->size - at;

	assert(ring->written - ring->start + n <= ring->size);
	ring->written += n;
	if (n > before_wrap) {
		memcpy(ring->bytes, bytes + before_wrap, n - before_wrap);
		n = before_wrap;
	}
	memcpy(ring->bytes + at, bytes, n);
}

struct byte_sink
ring_sink(struct ring *ring)
{
	return (struct byte_sink){ring_put, ring};
}

int
ring_read(
    const struct ring *ring, uint64_t from, uint64_t to, struct iovec iov[2])
{
	size_t at = from & (ring->size - 1);
	size_t n = (size_t)(to - from);
	size_t before_wrap = ring->size - at;

	assert(from >= ring->start && from <= to && to <= ring->end);
	if (n == 0)
		return 0;
	iov[0].iov_base = ring->bytes + at;
	iov[0].iov_len = n < before_wrap ? n : before_wrap;
	if (n <= before_wrap)
		return 1;
	iov[1].iov_base = ring->bytes;
	iov[1].iov_len = n - before_wrap;
	return 2;
}

/* The hash of an id in as many bits as a block has for it, 0 for none. */
static uint64_t
ring_hash(const struct ring *ring, struct span id)
{
	uint64_t hash;

	if (id.n == 0)
		return 0;
	hash = siphash(ring->id_key, id) >> 17;
	return hash + !hash;
}

void
ring_commit(struct ring *ring, bool is_event, struct span id)
{
	uint64_t hash = ring_hash(ring, id), number = ring->end_block;

	if (is_event)
		ring->seq++;
	*ring_block_at(ring, number) = (struct ring_block){
	    .seq = (uint32_t)ring->seq,
	    .offset = ring->end & OFFSET_MASK,
	    .id_high = hash >> 31 & UINT16_MAX,
	    .id_low = hash & INT32_MAX,
	    .is_event = is_event,
	};
	ring->end = ring->written;
	ring->end_block++;
	if (hash)
		ring_link_id(ring, number);
}

/* The sequence number of the newest event that is no longer in the ring. */
static uint64_t
ring_evicted_seq(const struct ring *ring)
{
	uint64_t oldest = ring->first_block;

	if (oldest == ring->end_block)
		return ring->seq;
	return ring_block_seq(ring, oldest) -
	    ring_block_at(ring, oldest)->is_event;
}

bool
ring_after_seq(const struct ring *ring, uint64_t seq, uint64_t *offset)
{
	uint64_t low = ring->first_block, high = ring->end_block;

	if (seq < ring_evicted_seq(ring) || seq > ring->seq)
		return false;
	/* The first block after that event. */
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		uint64_t found = ring_block_seq(ring, middle);

		if (found < seq ||
		    (found == seq && ring_block_at(ring, middle)->is_event))
			low = middle + 1;
		else
			high = middle;
	}
	*offset =
	    low == ring->end_block ? ring->end : ring_block_offset(ring, low);
	return true;
}

/*
 * Follows a chain from a cut number, whose block must be older than newer, to
 * the next block with that id.  Returns its number, or newer if there is none.
 */
static uint64_t
ring_find_id(
    const struct ring *ring, uint32_t cut, uint64_t newer, uint64_t hash)
{
	uint64_t at = newer;

	for (;;) {
		uint32_t back = (uint32_t)at - cut;

		if (back == 0 || back > at - ring->first_block)
			return newer;
		at -= back;
		if (ring_block_id(ring, at) == hash)
			return at;
		cut = ring->older[at & (ring->max_blocks - 1)];
	}
}

/* The same of all blocks from one up to another. */
static bool
ring_all_keep_last_id(const struct ring *ring, uint64_t from, uint64_t to)
{
	while (from < to && ring_keeps_last_id(ring, from))
		from++;
	return from == to;
}

bool
ring_after_newest(const struct ring *ring, struct span id, uint64_t *offset)
{
	uint64_t mask = ring->max_blocks - 1, hash = ring_hash(ring, id), at;

	if (!hash || !ring->newest)
		return false;
	at = ring_find_id(
	    ring, ring->newest[hash & mask], ring->end_block, hash);
	if (at == ring->end_block)
		return false;
	*offset = ring_block_end(ring, at);
	return true;
}

size_t
ring_after_id(const struct ring *ring, struct span id, uint64_t *offset)
{
	uint64_t mask = ring->max_blocks - 1, hash = ring_hash(ring, id);
	uint64_t newer = ring->end_block, at;
	uint32_t cut;
	size_t n = 0;

	if (!hash || !ring->newest)
		return 0;
	cut = ring->newest[hash & mask];
	while ((at = ring_find_id(ring, cut, newer, hash)) < newer) {
		if (n++ > 0 && !ring_all_keep_last_id(ring, at + 1, newer))
			return 0;
		*offset = ring_block_end(ring, at);
		cut = ring->older[at & mask];
		newer = at;
	}
	if (ring->evicted_id == hash &&
	    ring_all_keep_last_id(ring, ring->first_block, newer))
		return 0;
	return n;
}

uint64_t
ring_missed(const struct ring *ring, uint64_t seq)
{
	uint64_t evicted = ring_evicted_seq(ring);

	return seq < evicted ? evicted - seq : 0;
}

uint64_t
ring_last(const struct ring *ring, uint64_t n)
{
	uint64_t offset = ring->end;

	for (uint64_t b = ring->end_block; n > 0 && b > ring->first_block;
	     b--) {
		offset = ring_block_offset(ring, b - 1);
		if (ring_block_at(ring, b - 1)->is_event)
			n--;
	}
	return offset;
}
