/* SPDX-License-Identifier: MIT */

#include "core/ring_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct ring *
ring_create(size_t limit)
{
	struct ring *ring = calloc(1, sizeof(*ring));

	if (!ring)
		return NULL;
	ring->limit = limit;
	ring->size = ring->max_size = FIRST_BYTES;
	while (ring->max_size < limit && ring->max_size <= SIZE_MAX / 2)
		ring->max_size *= 2;
	ring->max_blocks = FIRST_BLOCKS;
	ring->bytes = malloc(ring->size);
	ring->blocks = malloc(ring->max_blocks * sizeof(*ring->blocks));
	if (!ring->bytes || !ring->blocks) {
		ring_destroy(ring);
		return NULL;
	}
	return ring;
}

void
ring_destroy(struct ring *ring)
{
	if (!ring)
		return;
	free(ring->bytes);
	free(ring->blocks);
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

uint64_t
ring_seq(const struct ring *ring)
{
	return ring->seq;
}

/* Whether it would hold more than it should with a block of n more bytes. */
static bool
is_over(const struct ring *ring, size_t n)
{
	uint64_t n_blocks = ring->end_block - ring->first_block;

	return ring->end - ring->start + n > ring->limit ||
	    (n_blocks >= FIRST_BLOCKS &&
		n_blocks * sizeof(*ring->blocks) / 2 >= ring->limit);
}

/* A comment, say, which changes nothing about the last event ID. */
static bool
is_aside(const struct ring *ring, uint64_t number)
{
	const struct ring_block *block = ring_block_at(ring, number);

	return !block->is_event && block->id_n == 0;
}

static void
evict(struct ring *ring)
{
	const struct ring_block *block = ring_block_at(ring, ring->first_block);

	if (!is_aside(ring, ring->first_block)) {
		ring->evicted_id_hash = block->id_hash;
		ring->evicted_id_n = block->id_n;
	}
	ring->start = ring_block_end(ring, ring->first_block);
	ring->n_ids -= block->id_n > 0;
	ring->first_block++;
}

void
ring_trim(struct ring *ring, uint64_t offset)
{
	while (ring->first_block < ring->end_block &&
	    ring_block_end(ring, ring->first_block) <= offset)
		evict(ring);
}

int
ring_reserve(struct ring *ring, size_t n, uint64_t keep_from)
{
	uint64_t need;

	assert(ring->written == ring->end);
	while (ring->first_block < ring->end_block && is_over(ring, n) &&
	    ring_block_end(ring, ring->first_block) <= keep_from)
		evict(ring);
	need = ring->end - ring->start + n;
	if (need > ring->max_size)
		ring->over = ring->end;
	else if (ring->size > ring->max_size &&
	    ring->end - ring->over > ring->size)
		ring_shrink(ring);
	if (ring->end_block - ring->first_block == ring->max_blocks &&
	    ring_grow_blocks(ring) < 0)
		return -ENOMEM;
	return need > ring->size ? ring_grow_bytes(ring, need) : 0;
}

static void
put(void *ctx, const char *bytes, size_t n)
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
	return (struct byte_sink){put, ring};
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

/* Fowler, Noll and Vo's, of the bytes that follow those hashed before. */
static uint32_t
add_to_hash(uint32_t hash, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * 16777619;
	return hash;
}

static uint16_t
cut_hash(uint32_t hash)
{
	return (uint16_t)(hash ^ hash >> 16);
}

static uint16_t
hash_of(struct span id)
{
	return cut_hash(add_to_hash(0, id.bytes, id.n));
}

void
ring_commit(struct ring *ring, bool is_event, size_t id_at, size_t id_n)
{
	struct ring_block *block = ring_block_at(ring, ring->end_block);
	uint64_t id_from = ring->end + id_at;
	struct iovec iov[2];
	uint32_t hash = 0;
	int n;

	assert(id_at <= UINT16_MAX && id_n <= INT16_MAX);
	if (is_event)
		ring->seq++;
	*block = (struct ring_block){
	    .seq = (uint32_t)ring->seq,
	    .offset = ring->end & OFFSET_MASK,
	    .id_at = (uint16_t)id_at,
	    .id_n = (uint16_t)id_n & INT16_MAX,
	    .is_event = is_event,
	};
	ring->end = ring->written;
	ring->end_block++;
	ring->n_ids += id_n > 0;
	if (id_n == 0)
		return;
	n = ring_read(ring, id_from, id_from + id_n, iov);
	for (int i = 0; i < n; i++)
		hash = add_to_hash(hash, iov[i].iov_base, iov[i].iov_len);
	block->id_hash = cut_hash(hash);
}

/* The sequence number of the newest event that is no longer in the ring. */
static uint64_t
evicted_seq(const struct ring *ring)
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

	if (seq < evicted_seq(ring) || seq > ring->seq)
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

static bool
has_id(const struct ring *ring, uint64_t number, struct span id, uint16_t hash)
{
	const struct ring_block *block = ring_block_at(ring, number);
	struct iovec iov[2];
	uint64_t from = ring_block_offset(ring, number) + block->id_at;
	int n;

	if (block->id_n != id.n || block->id_hash != hash)
		return false;
	n = ring_read(ring, from, from + id.n, iov);
	for (int i = 0; i < n; i++) {
		if (memcmp(iov[i].iov_base, id.bytes, iov[i].iov_len) != 0)
			return false;
		id.bytes += iov[i].iov_len;
	}
	return true;
}

bool
ring_after_id(const struct ring *ring, struct span id, uint64_t *offset)
{
	uint16_t hash = hash_of(id);
	bool found = false, in_row = false;

	if (id.n == 0 || ring->n_ids == 0)
		return false;
	for (uint64_t b = ring->end_block; b-- > ring->first_block;) {
		if (has_id(ring, b, id, hash)) {
			if (found && !in_row)
				return false;
			*offset = ring_block_end(ring, b);
			found = in_row = true;
		} else if (!is_aside(ring, b)) {
			in_row = false;
		}
	}
	if (in_row && ring->evicted_id_hash == hash &&
	    ring->evicted_id_n == id.n)
		return false;
	return found;
}

size_t
ring_count_id(const struct ring *ring, struct span id)
{
	uint16_t hash = hash_of(id);
	size_t n = 0;

	if (id.n == 0 || ring->n_ids == 0)
		return 0;
	for (uint64_t b = ring->first_block; b < ring->end_block; b++)
		n += has_id(ring, b, id, hash);
	return n;
}

uint64_t
ring_missed(const struct ring *ring, uint64_t seq)
{
	uint64_t evicted = evicted_seq(ring);

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
