/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_SPOOL_QUEUE_H
#define PIPECAST_SOURCES_SPOOL_QUEUE_H

/*
 * Events that wait to be appended to a spool, encoded as blocks, with the posts
 * that brought them.  All that come in one turn of the loop are appended
 * together.  A post that is given up leaves its event behind.
 */

#include "core/buffer.h"
#include "sources/source.h"
#include "sources/spool_file.h"

struct spool_queue {
	struct buffer blocks;
	struct link events;
	size_t n_events;
	size_t max; /* a queue of so much memory takes no more */
};

void spool_queue_init(struct spool_queue *queue, size_t max);

static inline bool
spool_queue_is_empty(const struct spool_queue *queue)
{
	return list_is_empty(&queue->events);
}

bool spool_queue_is_full(const struct spool_queue *queue);

/*
 * Adds an event, which is borrowed, of a post, which is told the outcome.
 * Returns 0, -EAGAIN if the queue is full, or -ENOMEM.
 */
int spool_queue_add(struct spool_queue *queue, const struct event *event,
    struct source_post *post);

/* The size of the first event of a queue that is not empty. */
size_t spool_queue_first(const struct spool_queue *queue);

/*
 * Tells the posts the outcome, and empties the queue, which may be filled again
 * meanwhile.  The first append->n bytes of the blocks are in the file; events
 * that are not have failed with the error.
 */
void spool_queue_finish(struct spool_queue *queue,
    const struct spool_append *append, const struct place_key *key, int error);

#endif
