/* SPDX-License-Identifier: MIT */

#include "sources/spool_queue.h"

#include "core/stream_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct spool_queued {
	struct link link;
	struct link post; /* a list of it, or of none if it was given up */
	size_t end;       /* of the event in the blocks */
	bool has_id;
};

void
spool_queue_init(struct spool_queue *queue)
{
	*queue = (struct spool_queue){0};
	list_init(&queue->events);
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

int
spool_queue_add(struct spool_queue *queue, const struct event *event,
    struct source_post *post)
{
	struct spool_queued *queued;
	int rc;

	if (spool_queue_is_full(queue))
		return -EAGAIN;
	queued = malloc(sizeof(*queued));
	rc = queued ? spool_encode(&queue->blocks, event) : -ENOMEM;
	if (rc < 0) {
		free(queued);
		return rc;
	}
	queued->end = queue->blocks.n;
	queued->has_id = event->id.bytes != NULL;
	list_init(&queued->post);
	list_append(&queued->post, &post->link);
	list_append(&queue->events, &queued->link);
	return 0;
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

static void
spool_tell(struct spool_queued *queued, int error, struct span id)
{
	struct link *link = list_first(&queued->post);
	struct source_post *post;

	if (!link)
		return;
	post = LIST_MEMBER(link, struct source_post, link);
	list_remove(link);
	list_init(link);
	post->on_published(post, error, id);
}

void
spool_queue_finish(struct spool_queue *queue, const struct spool_append *append,
    const struct place_key *key, int error)
{
	struct spool_queue taken = *queue;
	struct span blocks = buffer_span(&taken.blocks), id;
	char memory[EVENT_ID_SIZE];
	struct link *next;
	size_t from = 0;

	list_init(&taken.events);
	list_append_all(&taken.events, &queue->events);
	spool_queue_init(queue);
	for (struct link *at = list_first(&taken.events); at; at = next) {
		struct spool_queued *queued =
		    LIST_MEMBER(at, struct spool_queued, link);
		bool is_there = queued->end <= append->n;

		next = list_next(&taken.events, at);
		id = (struct span){NULL, 0};
		if (is_there && queued->has_id)
			id = spool_own_id((struct span){
			    blocks.bytes + from, queued->end - from});
		else if (is_there)
			id = spool_append_id(
			    append, key, blocks, from, queued->end, memory);
		from = queued->end;
		spool_tell(queued, is_there ? 0 : error, id);
		free(queued);
	}
	buffer_fini(&taken.blocks);
}
