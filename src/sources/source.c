/* SPDX-License-Identifier: MIT */

#include "sources/source.h"

#include "core/event_id.h"
#include "loop/log.h"
#include "sources/source_warn.h"

#include <errno.h>
#include <string.h>

/* Running. */

int
source_start(struct source *source, const struct source_spec *spec,
    const struct source_context *context,
    const struct source_listener *listener, const struct source_begin *begin)
{
	int rc;

	*source = (struct source){
	    .spec = spec,
	    .context = context,
	    .listener = *listener,
	    .ending = {.exit_status = -1},
	};
	/* A file read again, for one viewer: the first reading has warned. */
	if (begin->only_at_id)
		source->told_of_reserved_id = source->told_of_unsendable_id =
		    source->told_of_blanks = source->told_of_type = true;
	rc = spec->kind->start(source, begin);
	if (rc < 0) {
		source->state = NULL;
		source_forget_warnings(source);
	}
	return rc;
}

void
source_log_failure(const struct source *source, int error)
{
	char text[256];

	log_line(LOG_ERROR, "%s: %s",
	    text_escape(text, sizeof(text), span_of(source->spec->text)),
	    source->why ? source->why : strerror(-error));
}

bool
source_resume(struct source *source)
{
	if (!source->paused || !source->state)
		return false;
	source->paused = false;
	if (source->spec->kind->resume)
		source->spec->kind->resume(source);
	if (source->spec->kind->publish && source_has_room(source))
		source_room(source);
	return true;
}

bool
source_has_room(const struct source *source)
{
	const struct source_kind *kind = source->spec->kind;

	/* It does not run: source_publish refuses. */
	if (!source->state)
		return true;
	return kind->has_room ? kind->has_room(source) : !source->paused;
}

int
source_publish(
    struct source *source, const struct event *event, struct source_post *post)
{
	if (!source_spec_takes_posts(source->spec))
		return -ENOTSUP;
	if (!source->state || source->ended)
		return -ESHUTDOWN;
	return source->spec->kind->publish(source, event, post);
}

static void
source_ticket_give_up(struct source_ticket *ticket)
{
	list_remove(&ticket->link);
	ticket->post = NULL;
}

void
source_post_give_up(struct source_post *post)
{
	struct link *first;

	while ((first = list_first(&post->tickets)))
		source_ticket_give_up(
		    LIST_MEMBER(first, struct source_ticket, link));
}

void
source_ticket_open(struct source_ticket *ticket, struct source_post *post)
{
	ticket->post = post;
	list_append(&post->tickets, &ticket->link);
}

bool
source_ticket_needs_id(const struct source_ticket *ticket)
{
	return ticket->post &&
	    !list_next(&ticket->post->tickets, &ticket->link);
}

void
source_ticket_close(struct source_ticket *ticket, int error, struct span id)
{
	struct source_post *post = ticket->post;

	if (!post)
		return;
	while (error < 0 && post->tickets.prev != &ticket->link)
		source_ticket_give_up(LIST_MEMBER(
		    post->tickets.prev, struct source_ticket, link));
	source_ticket_give_up(ticket);
	post->on_published(post, error, id);
}

void
source_room(struct source *source)
{
	if (source->listener.on_room)
		source->listener.on_room(source->listener.ctx);
}

void
source_stop(struct source *source)
{
	if (source->state && source->spec->kind->stop)
		source->spec->kind->stop(source);
	else
		source_stopped(source);
}

void
source_fini(struct source *source)
{
	if (source->state) {
		source_warn_of_rest(source);
		source->spec->kind->fini(source);
	}
	source->state = NULL;
	source_forget_warnings(source);
}

/* Returns whether it is the first time. */
static bool
source_is_first(bool *told)
{
	bool first = !*told;

	*told = true;
	return first;
}

static struct span
source_trim_id(struct source *source, struct span id)
{
	struct span trimmed = span_trim(id);

	if (trimmed.n < id.n && source_is_first(&source->told_of_blanks))
		source_warn(source,
		    "an id has blanks at its ends, which no browser can send "
		    "back; they are removed");
	return trimmed;
}

/* A field value has no control characters but tabs (RFC 9110, 5.5). */
static bool
source_has_control_characters(struct span id)
{
	for (size_t i = 0; i < id.n; i++) {
		unsigned char c = (unsigned char)id.bytes[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return true;
	}
	return false;
}

struct span
source_usable_id(struct source *source, struct span id)
{
	const struct span none = {NULL, 0};

	if (!id.bytes)
		return none;
	id = source_trim_id(source, id);
	if (source_has_control_characters(id)) {
		if (source_is_first(&source->told_of_unsendable_id))
			source_warn(source,
			    "an id has control characters, which no browser "
			    "can send back; the event gets another id");
		return none;
	}
	if (event_id_is_reserved(id)) {
		if (source_is_first(&source->told_of_reserved_id))
			source_warn(source,
			    "an id looks like one that pipecast made; the "
			    "event gets another id");
		return none;
	}
	return id;
}

static void
source_check_type(struct source *source, struct span type)
{
	char text[16];

	if (!event_type_is_taken(type) ||
	    !source_is_first(&source->told_of_type))
		return;
	source_warn(source,
	    "an event is of type \"%s\", which EventSource also uses for its "
	    "own events; pages cannot tell them apart",
	    text_escape(text, sizeof(text), type));
}

bool
source_emit(
    struct source *source, const struct event *event, struct span position)
{
	return source_emit_post(source, event, position, NULL);
}

bool
source_emit_post(struct source *source, const struct event *event,
    struct span position, struct source_post *post)
{
	struct event complete = *event;

	complete.id = source_usable_id(source, complete.id);
	source_check_type(source, complete.type);

	if (complete.type.n == 0)
		complete.type = source_spec_event_type(source->spec);
	if (!source->listener.on_event(
		source->listener.ctx, &complete, position, post))
		source->paused = true;
	return !source->paused;
}

void
source_end(struct source *source)
{
	if (source->ended)
		return;
	source->ended = true;
	source_warn_of_rest(source);
	source->listener.on_end(source->listener.ctx, &source->ending);
}

void
source_stopped(struct source *source)
{
	source->listener.on_stopped(source->listener.ctx);
}

void
source_lose(struct source *source, uint64_t n)
{
	source->listener.on_loss(source->listener.ctx, n);
}

void
source_gone(struct source *source, struct span last_event_id)
{
	if (source->listener.on_gone)
		source->listener.on_gone(source->listener.ctx, last_event_id);
}

void
source_idle(struct source *source)
{
	if (source->listener.on_idle)
		source->listener.on_idle(source->listener.ctx);
}

void
source_past_read(struct source *source)
{
	if (!source->reads_past)
		return;
	source->reads_past = false;
	if (source->listener.on_past_read)
		source->listener.on_past_read(source->listener.ctx);
}

/* For the formats. */

/* Whether it comes back from a browser as it is. */
static bool
source_is_place(struct span id)
{
	return id.n > 0 && span_trim(id).n == id.n &&
	    !source_has_control_characters(id);
}

/* The id of such an event is a place in what the source reads. */
static bool
source_emit_at_place(struct source *source, const struct event *event)
{
	struct event moved = *event;

	moved.id = (struct span){NULL, 0};
	return source_emit(source, &moved, event->id);
}

static bool
on_event(void *ctx, const struct event *event, uint64_t position)
{
	struct source *source = ctx;
	const struct source_kind *kind = source->spec->kind;

	(void)position;
	if (kind->on_input && !kind->on_input(source, event))
		return !source->paused;
	if (kind->ids_are_places && event->data.bytes &&
	    source_is_place(event->id))
		return source_emit_at_place(source, event);
	return source_emit(source, event, (struct span){NULL, 0});
}

static void
on_reject(void *ctx, const struct rejection *rejection)
{
	struct source *source = ctx;

	source_warn_of_rejection(source, rejection);
	if (rejection->is_loss)
		source_lose(source, 1);
}

struct input_options
source_input_options(const struct source *source)
{
	const struct source_spec *spec = source->spec;

	return (struct input_options){
	    .max_event = source->context->max_event,
	    .json = *spec->json.data ? &spec->json : NULL,
	    .ids_are_own = spec->kind->in_blocks || spec->kind->ids_are_places,
	};
}

struct event_sink
source_sink(struct source *source)
{
	return (struct event_sink){on_event, on_reject, source};
}
