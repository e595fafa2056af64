/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_RING_H
#define PIPECAST_CORE_RING_H

/*
 * The ring: a byte log in memory that holds an event stream exactly as it goes
 * over the wire, and an index of its blocks: sequence, offset, and a keyed hash
 * of the id, by which a block is found without a look at the others.
 *
 * Offsets count the bytes of the whole log since its start and never wrap; the
 * bytes from ring_start to ring_end are in memory.  Blocks are evicted whole,
 * the oldest first.  The ring grows by doubling up to its limit, and beyond it
 * only for bytes that must not be evicted yet.  It releases that extra memory
 * after a full turn that did not need it.  Before the first block it has none.
 *
 * It knows nothing of formats, viewers or time.
 */

#include "core/text.h"

#include <stdint.h>
#include <sys/uio.h>

struct ring;

/*
 * Returns a ring that holds about limit bytes of blocks, or NULL without
 * memory.  Their index takes another 16 bytes a block, and at most twice the
 * limit: of blocks under 8 bytes, fewer are held.  With ids it takes half as
 * much again.  The sizes of both are powers of two.  Under a secret key, nobody
 * can make up two ids that are taken for one.
 */
struct ring *ring_create(size_t limit, const uint64_t id_key[2]);
void ring_destroy(struct ring *ring);

/* How much memory it takes now, index included. */
size_t ring_memory(const struct ring *ring);

uint64_t ring_start(const struct ring *ring);
uint64_t ring_end(const struct ring *ring);

/*
 * ring_end_past: all blocks so far are the past.  ring_past_end: where the past
 * ends in memory; ring_start if none of it is left.
 */
void ring_end_past(struct ring *ring);
uint64_t ring_past_end(const struct ring *ring);

/* The sequence number of the newest event, 0 before the first. */
uint64_t ring_seq(const struct ring *ring);

/*
 * Makes room for a block of n bytes, with or without an id: evicts old blocks
 * to stay within the limit, but none that reaches beyond the offset keep_from;
 * grows for the rest.  Returns 0, or -ENOMEM with the ring as it was but for
 * evictions.
 */
int ring_reserve(struct ring *ring, size_t n, bool has_id, uint64_t keep_from);

/* Appends bytes; for use between ring_reserve and ring_commit. */
struct byte_sink ring_sink(struct ring *ring);

/*
 * The bytes put since the last commit are a block: an event, which gets the
 * next sequence number, or not.  Its own id is as a viewer sends it back;
 * absent or empty: it has none.
 */
void ring_commit(struct ring *ring, bool is_event, struct span id);

/* Evicts the blocks that end at or before the offset. */
void ring_trim(struct ring *ring, uint64_t offset);

/*
 * The bytes from one offset up to another, as one or two parts in *iov.
 * Returns the number of parts, 0 if there are none.
 */
int ring_read(
    const struct ring *ring, uint64_t from, uint64_t to, struct iovec iov[2]);

/*
 * Finds where a reader continues that has seen the event with that sequence
 * number, or with that id of its own: at the block after it, whether or not
 * that is an event.  If events with that id form a row, in which blocks that
 * are no events and have no id may stand between them, the first of the row
 * counts, so that none is lost.  If there is more than one such row, or the row
 * may have begun before the ring, there is no such point, because the reader
 * may have seen any of them.  Returns whether that point is still in the ring,
 * for an id as the number of blocks that have it; *offset receives the point.
 * A sequence of 0 is before the first event.
 */
bool ring_after_seq(const struct ring *ring, uint64_t seq, uint64_t *offset);
size_t ring_after_id(const struct ring *ring, struct span id, uint64_t *offset);

/* The end of the newest block with that id; false if there is none. */
bool ring_after_newest(
    const struct ring *ring, struct span id, uint64_t *offset);

/* How many events after the sequence number were evicted. */
uint64_t ring_missed(const struct ring *ring, uint64_t seq);

/* The offset from which the last n events follow, or all there are. */
uint64_t ring_last(const struct ring *ring, uint64_t n);

#endif
