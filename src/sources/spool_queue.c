/* SPDX-License-Identifier: MIT */

#include "sources/spool_queue.h"

#include "core/stream_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct spool_queued {
	struct link link;
	struct source_ticket ticket;
	size_t begin; /* of the event in the blocks */
	size_t end;
	bool has_id;
};

void
spool_queue_init(struct spool_queue *queue, size_t max)
{
	*queue = (struct spool_queue){.max = max};
	list_init(&queue->events);
}

bool
spool_queue_is_full(const struct spool_queue *queue)
{
	size_t n = queue->n_events * sizeof(struct spool_queued);

	return n + queue->blocks.n >= queue->max;
}

/* Adding. */

struct spool_sink {
	struct buffer *buffer;
	int rc;
};

static void
spool_put(void *ctx, const char *bytes, size_t n)
{
	struct spool_sink *sink = ctx;

	if (sink->rc == 0)
		sink->rc = buffer_append(
		    sink->buffer, (struct span){bytes, n}, SIZE_MAX);
}

/* A comment alone is given an empty line as well: so it is a whole block. */
static int
spool_encode(struct buffer *blocks, const struct event *event)
{
	struct spool_sink memory = {blocks, 0};
	struct byte_sink sink = {spool_put, &memory};
	size_t from = blocks->n;

	stream_write_event(DIALECT_EVENT_STREAM, event, sink);
	if (!event->id.bytes && !event->data.bytes && event->retry_ms < 0)
		sink_text(sink, "\n");
	if (memory.rc < 0)
		blocks->n = from;
	return memory.rc;
}

/* Whether the event from there on is the same as the last one. */
static bool
spool_repeats_last(const struct spool_queue *queue, size_t begin)
{
	const struct spool_queued *last;
	const char *blocks = queue->blocks.bytes;

	if (spool_queue_is_empty(queue))
		return false;
	last = LIST_MEMBER(queue->events.prev, struct spool_queued, link);
	return last->end - last->begin == queue->blocks.n - begin &&
	    memcmp(blocks + last->begin, blocks + begin,
		queue->blocks.n - begin) == 0;
}

/* *begin receives where the event begins, perhaps after a comment. */
static int
spool_queue_encode(
    struct spool_queue *queue, const struct event *event, size_t *begin)
{
	size_t from = queue->blocks.n;
	char mark[SPOOL_MARK_SIZE];
	int rc = spool_encode(&queue->blocks, event);

	*begin = from;
	if (rc < 0 || !spool_repeats_last(queue, from))
		return rc;
	queue->blocks.n = from;
	rc = buffer_append(
	    &queue->blocks, spool_file_mark(from, mark), SIZE_MAX);
	*begin = queue->blocks.n;
	if (rc == 0)
		rc = spool_encode(&queue->blocks, event);
	if (rc < 0)
		queue->blocks.n = from;
	return rc;
}

int
spool_queue_add(struct spool_queue *queue, const struct event *event,
    struct source_post *post)
{
	struct spool_queued *queued;
	int rc;

	if (spool_queue_is_full(queue))
		return -EAGAIN;
	queued = malloc(sizeof(*queued));
	rc =
	    queued ? spool_queue_encode(queue, event, &queued->begin) : -ENOMEM;
	if (rc < 0) {
		free(queued);
		return rc;
	}
	queued->end = queue->blocks.n;
	queued->has_id = event->id.bytes != NULL;
	source_ticket_open(&queued->ticket, post);
	list_append(&queue->events, &queued->link);
	queue->n_events++;
	return 0;
}

size_t
spool_queue_first(const struct spool_queue *queue)
{
	return LIST_MEMBER(
	    list_first(&queue->events), struct spool_queued, link)
	    ->end;
}

/* Finishing. */

/* The id that the event has brought, from the first line of its block. */
static struct span
spool_own_id(struct span block)
{
	const char *id = block.bytes + strlen("id:");
	const char *end = memchr(id, '\n', block.n - strlen("id:"));

	if (*id == ' ')
		id++;
	return (struct span){id, (size_t)(end - id)};
}

/* Absent if it needs none, or has failed. */
static struct span
spool_id_of(const struct spool_queued *queued, struct span blocks,
    const struct spool_append *append, const struct place_key *key,
    char memory[EVENT_ID_SIZE])
{
	if (queued->end > append->n || !source_ticket_needs_id(&queued->ticket))
		return (struct span){NULL, 0};
	if (queued->has_id)
		return spool_own_id((struct span){
		    blocks.bytes + queued->begin, queued->end - queued->begin});
	return spool_append_id(append, key, blocks, queued->end, memory);
}

void
spool_queue_finish(struct spool_queue *queue, const struct spool_append *append,
    const struct place_key *key, int error)
{
	struct spool_queue taken = *queue;
	char memory[EVENT_ID_SIZE];
	struct link *next;

	list_init(&taken.events);
	list_append_all(&taken.events, &queue->events);
	spool_queue_init(queue, taken.max);
	for (struct link *at = list_first(&taken.events); at; at = next) {
		struct spool_queued *queued =
		    LIST_MEMBER(at, struct spool_queued, link);
		struct span id = spool_id_of(
		    queued, buffer_span(&taken.blocks), append, key, memory);

		next = list_next(&taken.events, at);
		source_ticket_close(
		    &queued->ticket, queued->end <= append->n ? 0 : error, id);
		free(queued);
	}
	buffer_fini(&taken.blocks);
}
