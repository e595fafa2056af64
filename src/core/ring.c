/* SPDX-License-Identifier: MIT */

#include "core/ring.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Small enough for a CGI process, large enough for most turns. */
enum { FIRST_BYTES = 4096, FIRST_BLOCKS = 32 };

struct ring {
	char *bytes;      /* offset o lies at o % size */
	size_t size;      /* a power of two */
	size_t limit;     /* evict rather than hold more */
	size_t max_size;  /* of a ring that stays within its limit */
	uint64_t over;    /* where it last needed more than that */
	uint64_t start;   /* of the oldest block */
	uint64_t end;     /* of the newest */
	uint64_t written; /* end plus what was put since the last commit */
	uint64_t seq;
	struct ring_block *blocks; /* block number b lies at b % max_blocks */
	size_t max_blocks;         /* a power of two */
	uint64_t first_block;
	uint64_t end_block;
	size_t n_ids; /* blocks that have one of their own */
};

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

static struct ring_block *
block_at(const struct ring *ring, uint64_t number)
{
	return &ring->blocks[number & (ring->max_blocks - 1)];
}

static uint64_t
block_end(const struct ring *ring, uint64_t number)
{
	return number + 1 == ring->end_block
	    ? ring->end
	    : block_at(ring, number + 1)->offset;
}

static void
evict(struct ring *ring)
{
	ring->start = block_end(ring, ring->first_block);
	ring->n_ids -= block_at(ring, ring->first_block)->id_n > 0;
	ring->first_block++;
}

void
ring_trim(struct ring *ring, uint64_t offset)
{
	while (ring->first_block < ring->end_block &&
	    block_end(ring, ring->first_block) <= offset)
		evict(ring);
}

/* Copies the bytes from one offset to another as they lie in the ring. */
static void
copy_out(const struct ring *ring, uint64_t from, uint64_t to, char *out)
{
	struct iovec iov[2];
	int n = ring_read(ring, from, to, iov);

	for (int i = 0; i < n; i++) {
		memcpy(out, iov[i].iov_base, iov[i].iov_len);
		out += iov[i].iov_len;
	}
}

static int
resize_bytes(struct ring *ring, size_t size)
{
	size_t mask = size - 1;
	char *bytes = malloc(size);

	if (!bytes)
		return -ENOMEM;
	/* The log's part before the wrap, then the one after it. */
	for (uint64_t at = ring->start, next; at < ring->end; at = next) {
		next = (at & ~(uint64_t)mask) + size;
		if (next > ring->end)
			next = ring->end;
		copy_out(ring, at, next, bytes + (at & mask));
	}
	free(ring->bytes);
	ring->bytes = bytes;
	ring->size = size;
	return 0;
}

static int
grow_bytes(struct ring *ring, uint64_t need)
{
	size_t size = ring->size;

	while (size < need && size <= SIZE_MAX / 2)
		size *= 2;
	return size < need ? -ENOMEM : resize_bytes(ring, size);
}

static int
resize_blocks(struct ring *ring, size_t max)
{
	struct ring_block *blocks = malloc(max * sizeof(*blocks));

	if (!blocks)
		return -ENOMEM;
	for (uint64_t b = ring->first_block; b < ring->end_block; b++)
		blocks[b & (max - 1)] = *block_at(ring, b);
	free(ring->blocks);
	ring->blocks = blocks;
	ring->max_blocks = max;
	return 0;
}

/* Without memory to do it with it stays as it is. */
static void
shrink(struct ring *ring)
{
	size_t max = ring->max_blocks;

	if (resize_bytes(ring, ring->max_size) < 0)
		return;
	while (
	    max > FIRST_BLOCKS && max / 2 > ring->end_block - ring->first_block)
		max /= 2;
	if (max < ring->max_blocks)
		resize_blocks(ring, max);
}

int
ring_reserve(struct ring *ring, size_t n, uint64_t keep_from)
{
	uint64_t need;

	assert(ring->written == ring->end);
	while (ring->first_block < ring->end_block &&
	    ring->end - ring->start + n > ring->limit &&
	    block_end(ring, ring->first_block) <= keep_from)
		evict(ring);
	need = ring->end - ring->start + n;
	if (need > ring->max_size)
		ring->over = ring->end;
	else if (ring->size > ring->max_size &&
	    ring->end - ring->over > ring->size)
		shrink(ring);
	if (ring->end_block - ring->first_block == ring->max_blocks &&
	    resize_blocks(ring, ring->max_blocks * 2) < 0)
		return -ENOMEM;
	return need > ring->size ? grow_bytes(ring, need) : 0;
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

void
ring_commit(struct ring *ring, bool is_event, size_t id_at, size_t id_n)
{
	struct ring_block *block = block_at(ring, ring->end_block);
	uint64_t id_from = ring->end + id_at;
	struct iovec iov[2];
	int n;

	if (is_event)
		ring->seq++;
	*block = (struct ring_block){
	    .seq = ring->seq,
	    .offset = ring->end,
	    .id_at = (uint32_t)id_at,
	    .id_n = (uint32_t)id_n,
	    .is_event = is_event,
	};
	ring->end = ring->written;
	ring->end_block++;
	ring->n_ids += id_n > 0;
	if (id_n == 0)
		return;
	n = ring_read(ring, id_from, id_from + id_n, iov);
	for (int i = 0; i < n; i++)
		block->id_hash = add_to_hash(
		    block->id_hash, iov[i].iov_base, iov[i].iov_len);
}

/* The sequence number of the newest event that is no longer in the ring. */
static uint64_t
evicted_seq(const struct ring *ring)
{
	const struct ring_block *oldest;

	if (ring->first_block == ring->end_block)
		return ring->seq;
	oldest = block_at(ring, ring->first_block);
	return oldest->seq - (oldest->is_event ? 1 : 0);
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
		const struct ring_block *block = block_at(ring, middle);

		if (block->seq < seq || (block->seq == seq && block->is_event))
			low = middle + 1;
		else
			high = middle;
	}
	*offset =
	    low == ring->end_block ? ring->end : block_at(ring, low)->offset;
	return true;
}

static bool
has_id(const struct ring *ring, uint64_t number, struct span id, uint32_t hash)
{
	const struct ring_block *block = block_at(ring, number);
	struct iovec iov[2];
	uint64_t from = block->offset + block->id_at;
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

/* A comment, say, which changes nothing about the last event ID. */
static bool
is_aside(const struct ring *ring, uint64_t number)
{
	const struct ring_block *block = block_at(ring, number);

	return !block->is_event && block->id_n == 0;
}

bool
ring_after_id(const struct ring *ring, struct span id, uint64_t *offset)
{
	uint32_t hash = add_to_hash(0, id.bytes, id.n);
	uint64_t b = ring->end_block;
	bool found = false;

	if (id.n == 0 || ring->n_ids == 0)
		return false;
	while (b > ring->first_block) {
		b--;
		if (has_id(ring, b, id, hash)) {
			*offset = block_end(ring, b);
			found = true;
		} else if (found && !is_aside(ring, b)) {
			break;
		}
	}
	return found;
}

size_t
ring_count_id(const struct ring *ring, struct span id)
{
	uint32_t hash = add_to_hash(0, id.bytes, id.n);
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
		const struct ring_block *block = block_at(ring, b - 1);

		offset = block->offset;
		if (block->is_event)
			n--;
	}
	return offset;
}
