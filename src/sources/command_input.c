/* SPDX-License-Identifier: MIT */

/* In the order of what happens: taking, writing, telling, waiting. */

#include "sources/command_input.h"

#include "loop/descriptor.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Events in one write, which is one of all their bytes or of none. */
enum { BATCH_EVENTS = 64, BATCH_BYTES = PIPE_BUF };

struct command_event {
	struct link link;
	struct source_ticket ticket;
	size_t n;
	char bytes[];
};

/* From the end of a pipe's reader to the end of the command, if it ends. */
enum { END_MS = 300 };

static const char why_stuck[] =
    "The command does not read what is posted; try again soon.";
static const char why_closed[] =
    "The command has closed its input and takes no more posts.";

static struct command_event *
command_event_of(struct link *link)
{
	return LIST_MEMBER(link, struct command_event, link);
}

static size_t
command_event_size(const struct command_event *event)
{
	return sizeof(*event) + event->n;
}

/* Taking. */

/* NULL: no memory, or *why says why the format cannot express it. */
static struct command_event *
command_event_create(const struct source *source, const struct event *event,
    const struct source_post *post, const char **why)
{
	const struct input_format_kind *format = source->spec->format;
	struct text_buffer text = {0};
	struct command_event *made;

	*why = input_format_write(
	    format, event, post->user, counting_sink(&text.cap));
	made = *why ? NULL : malloc(sizeof(*made) + text.cap);
	if (!made)
		return NULL;
	made->n = text.cap;
	text.bytes = made->bytes;
	input_format_write(format, event, post->user, text_buffer_sink(&text));
	return made;
}

static bool
command_input_takes_posts(const struct command_input *input)
{
	return input->state == COMMAND_INPUT_OPEN ||
	    input->state == COMMAND_INPUT_BROKEN;
}

bool
command_input_has_room(const struct command_input *input)
{
	/* Otherwise they are refused at once. */
	return !command_input_takes_posts(input) ||
	    input->n < COMMAND_INPUT_BYTES;
}

static int
command_input_refuse(const struct command_input *input, const char **why)
{
	*why = input->state == COMMAND_INPUT_STUCK ? why_stuck : why_closed;
	return -EAGAIN;
}

int
command_input_publish(struct command_input *input, const struct event *event,
    struct source_post *post)
{
	struct command_event *made;

	if (!command_input_takes_posts(input))
		return command_input_refuse(input, &post->why);
	made = command_event_create(input->source, event, post, &post->why);
	if (!made)
		return post->why ? -EINVAL : -ENOMEM;
	source_ticket_open(&made->ticket, post);
	list_append(&input->events, &made->link);
	input->n += command_event_size(made);
	/* While the pipe is full, the watch calls. */
	if (input->state == COMMAND_INPUT_OPEN && !input->watch.started)
		loop_defer(input->source->context->loop, &input->flush);
	return 0;
}

/* Writing. */

/* It is done with: in the pipe as a whole, or given up. */
static void
command_input_finish(
    struct command_input *input, struct link *at, struct link *done)
{
	input->n -= command_event_size(command_event_of(at));
	list_remove(at);
	list_append(done, at);
}

/* Finishes what was given up before any of it was written. */
static void
command_input_drop_given_up(struct command_input *input, struct link *done)
{
	struct link *next, *at = list_first(&input->events);

	if (at && input->n_begun > 0)
		at = list_next(&input->events, at);
	for (; at; at = next) {
		next = list_next(&input->events, at);
		if (!command_event_of(at)->ticket.post)
			command_input_finish(input, at, done);
	}
}

/*
 * Writes the first events.  A pipe takes up to PIPE_BUF bytes as a whole or not
 * at all, so that only a longer event can be torn by the command's end.
 * Returns as descriptor_write.
 */
static ssize_t
command_input_write(struct command_input *input)
{
	struct iovec parts[BATCH_EVENTS];
	size_t n = 0, skipped = input->n_begun;
	int n_parts = 0;

	for (struct link *at = list_first(&input->events);
	     at && n_parts < BATCH_EVENTS; at = list_next(&input->events, at)) {
		struct command_event *event = command_event_of(at);

		if (n_parts > 0 && n + event->n > BATCH_BYTES)
			break;
		parts[n_parts++] =
		    (struct iovec){event->bytes + skipped, event->n - skipped};
		n += event->n - skipped;
		skipped = 0;
	}
	return descriptor_write_parts(input->fd, parts, n_parts);
}

static void
command_input_take_written(
    struct command_input *input, size_t n, struct link *done)
{
	struct link *next, *at = list_first(&input->events);

	input->n_begun += n;
	for (; at && input->n_begun >= command_event_of(at)->n; at = next) {
		next = list_next(&input->events, at);
		input->n_begun -= command_event_of(at)->n;
		command_input_finish(input, at, done);
	}
}

/* Returns 0 once nothing is left, or an error; *n receives how many bytes. */
static int
command_input_write_all(
    struct command_input *input, size_t *n, struct link *done)
{
	ssize_t rc;

	command_input_drop_given_up(input, done);
	while (!list_is_empty(&input->events)) {
		rc = command_input_write(input);
		if (rc < 0)
			return (int)rc;
		*n += (size_t)rc;
		command_input_take_written(input, (size_t)rc, done);
	}
	return 0;
}

/* Telling.  The posts may publish more meanwhile. */

/* Frees the events of a list, which is not used afterwards. */
static void
command_input_tell(struct link *events, int error, const char *why)
{
	struct link *next;

	for (struct link *at = list_first(events); at; at = next) {
		struct command_event *event = command_event_of(at);

		next = list_next(events, at);
		if (event->ticket.post)
			event->ticket.post->why = why;
		source_ticket_close(
		    &event->ticket, error, (struct span){NULL, 0});
		free(event);
	}
}

/* All that waits, but for what is begun if it can still be written. */
static void
command_input_fail(struct command_input *input, int error, const char *why)
{
	struct link *first = list_first(&input->events);
	struct link failed;
	bool is_begun =
	    input->n_begun > 0 && input->state == COMMAND_INPUT_STUCK;

	list_init(&failed);
	list_append_all(&failed, &input->events);
	if (is_begun) {
		list_remove(first);
		list_append(&input->events, first);
	}
	input->n = is_begun ? command_event_size(command_event_of(first)) : 0;
	command_input_tell(&failed, error, why);
}

/* Waiting. */

static void
on_patience(void *ctx)
{
	struct command_input *input = ctx;
	bool is_closed = input->state == COMMAND_INPUT_BROKEN;

	if (is_closed)
		source_warn(input->source,
		    "the command has closed its standard input; what visitors "
		    "post is refused");
	else
		source_warn(input->source,
		    "the command does not read what visitors post, which is "
		    "refused until it does");
	input->state = is_closed ? COMMAND_INPUT_CLOSED : COMMAND_INPUT_STUCK;
	command_input_fail(input, -EAGAIN, is_closed ? why_closed : why_stuck);
	source_room(input->source);
}

/* Either the command ends, and with it the stream, or it has closed it. */
static void
command_input_break(struct command_input *input)
{
	input->state = COMMAND_INPUT_BROKEN;
	watch_set(&input->watch, false);
	timer_start(&input->patience, END_MS);
}

static void
command_input_await(
    struct command_input *input, bool is_pipe_full, bool has_written)
{
	if (!is_pipe_full || has_written) {
		input->state = COMMAND_INPUT_OPEN;
		timer_stop(&input->patience);
	}
	if (is_pipe_full && (has_written || !input->watch.started))
		timer_start(&input->patience, COMMAND_INPUT_PATIENCE_MS);
	watch_set(&input->watch, is_pipe_full);
}

static void
command_input_advance(void *ctx)
{
	struct command_input *input = ctx;
	bool was_full = !command_input_has_room(input);
	struct link done;
	size_t n = 0;
	int rc;

	list_init(&done);
	rc = command_input_write_all(input, &n, &done);
	if (rc == 0 || rc == -EAGAIN)
		command_input_await(input, rc<0, n> 0);
	else
		command_input_break(input);
	command_input_tell(&done, 0, NULL);
	if (was_full && command_input_has_room(input))
		source_room(input->source);
}

/* Beginning and ending. */

int
command_input_init(struct command_input *input, struct source *source, int fd)
{
	struct loop *loop = source->context->loop;
	int rc;

	*input = (struct command_input){
	    .state = COMMAND_INPUT_OPEN,
	    .source = source,
	    .fd = fd,
	    .flush = {.callback = command_input_advance, .ctx = input},
	};
	list_init(&input->events);
	rc = timer_init(&input->patience, loop, on_patience, input);
	if (rc == 0)
		rc = watch_init(&input->watch, loop, fd, WATCH_WRITABLE,
		    command_input_advance, input);
	if (rc < 0)
		command_input_fini(input);
	return rc;
}

void
command_input_fini(struct command_input *input)
{
	if (input->state == COMMAND_INPUT_NONE)
		return;
	loop_forget(input->source->context->loop, &input->flush);
	watch_fini(&input->watch);
	timer_fini(&input->patience);
	descriptor_close(&input->fd);
	input->state = COMMAND_INPUT_NONE;
	command_input_fail(input, -ESHUTDOWN, NULL);
}
