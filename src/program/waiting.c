/* SPDX-License-Identifier: MIT */

#include "program/waiting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct waiting {
	struct link link;
	struct waitings *all;
	struct stream *stream; /* to begin in */
	struct task task;
	struct subscriber *subscriber;
	struct channel_resume resume;
	struct channel *channel;
	struct fan_out *fan_out;
	char last_event_id[]; /* that of resume */
};

static struct waiting *
waiting_of(struct link *link)
{
	return LIST_MEMBER(link, struct waiting, link);
}

static void
waiting_destroy(struct waiting *waiting)
{
	list_remove(&waiting->link);
	waiting->all->n--;
	task_fini(&waiting->task);
	fan_out_destroy(waiting->fan_out);
	channel_destroy(waiting->channel);
	stream_unref(waiting->stream);
	free(waiting);
}

static bool
waiting_is_taken_in(struct waiting *waiting)
{
	const struct waitings *all = waiting->all;

	return waiting->stream->n_reading_past == 0 &&
	    all->take_in(all->ctx, waiting->stream, waiting->subscriber,
		&waiting->resume);
}

static uint64_t
waiting_run(void *ctx, uint64_t now_ms)
{
	struct waiting *waiting = ctx;

	fan_out_flush(waiting->fan_out, now_ms);
	if (fan_out_n_subscribers(waiting->fan_out) == 0 ||
	    waiting_is_taken_in(waiting)) {
		waiting_destroy(waiting);
		return UINT64_MAX;
	}
	return fan_out_next_flush(waiting->fan_out);
}

static void
waiting_wake(void *ctx)
{
	struct waiting *waiting = ctx;

	task_wake(&waiting->task);
}

static int
waiting_open(struct waiting *waiting)
{
	struct channel_config config =
	    *channel_config(waiting->stream->channel);
	struct fan_out_config fan_out = waiting->stream->config;

	config.history = 0;
	fan_out.viewers_event = NULL;
	fan_out.compression = NULL; /* for one viewer */
	fan_out.on_due = waiting_wake;
	fan_out.ctx = waiting;
	waiting->channel = channel_create(&config);
	if (waiting->channel)
		waiting->fan_out = fan_out_create(waiting->channel, &fan_out);
	if (!waiting->fan_out)
		return -ENOMEM;
	return task_init(
	    &waiting->task, waiting->all->scheduler, waiting_run, waiting);
}

static struct waiting *
waiting_create(struct waitings *waitings, struct stream *stream,
    struct subscriber *subscriber, const struct channel_resume *resume)
{
	struct span id = resume->last_event_id;
	struct waiting *waiting = calloc(1, sizeof(*waiting) + id.n);

	if (!waiting)
		return NULL;
	waiting->all = waitings;
	waiting->stream = stream_ref(stream);
	waiting->subscriber = subscriber;
	waiting->resume = *resume;
	if (id.bytes) {
		memcpy(waiting->last_event_id, id.bytes, id.n);
		waiting->resume.last_event_id.bytes = waiting->last_event_id;
	}
	list_append(&waitings->list, &waiting->link);
	waitings->n++;
	return waiting;
}

int
waiting_start(struct waitings *waitings, struct stream *stream,
    struct subscriber *subscriber, const struct channel_resume *resume,
    struct fan_out **fan_out)
{
	struct waiting *waiting;
	int rc;

	if (waitings->n >= WAITING_MAX)
		return -EBUSY;
	waiting = waiting_create(waitings, stream, subscriber, resume);
	if (!waiting)
		return -ENOMEM;
	rc = waiting_open(waiting);
	if (rc < 0) {
		waiting_destroy(waiting);
		return rc;
	}
	/* If nobody is attached by then, that ends it. */
	task_wake(&waiting->task);
	*fan_out = waiting->fan_out;
	return 0;
}

/* All of them. */

void
waitings_wake(struct waitings *waitings, const struct stream *stream)
{
	for (struct link *at = list_first(&waitings->list); at;
	     at = list_next(&waitings->list, at))
		if (waiting_of(at)->stream == stream)
			task_wake(&waiting_of(at)->task);
}

void
waitings_drain(struct waitings *waitings)
{
	for (struct link *at = list_first(&waitings->list); at;
	     at = list_next(&waitings->list, at))
		fan_out_drain(waiting_of(at)->fan_out);
}

void
waitings_fini(struct waitings *waitings)
{
	struct link *next;

	for (struct link *at = list_first(&waitings->list); at; at = next) {
		next = list_next(&waitings->list, at);
		waiting_destroy(waiting_of(at));
	}
}
