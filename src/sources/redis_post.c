/* SPDX-License-Identifier: MIT */

/* Posts: each is an XADD, and is acknowledged once Redis has given it an ID. */

#include "sources/redis_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* On their way from one source; and bytes of all that wait to be sent. */
enum { REDIS_POSTS_MAX = 1024, REDIS_BACKLOG_MAX = 1 << 20 };

/* An event on its way. */
struct redis_post {
	struct link link;            /* the member's, or by itself */
	struct redis_source *member; /* NULL: it was given up */
	struct source_ticket ticket;
	struct redis_id id; /* 0-0: none yet */
};

static const char why_away[] = "Redis cannot be reached; try again soon.";
static const char why_unknown[] =
    "The connection to Redis broke before it answered: this event, and those "
    "sent after it, may or may not have been published.";
static const char why_full[] =
    "Redis has no memory left for the event; those sent after it may have been "
    "published.";
static const char why_refused[] =
    "Redis does not take the event; the log says why. Those sent after it may "
    "have been published.";

bool
redis_post_has_room(const struct source *source)
{
	const struct redis_source *member = source->state;
	const struct redis_hub *hub = member->hub;

	/* While it is away, they are refused at once. */
	if (hub->state != REDIS_THERE)
		return hub->state == REDIS_AWAY;
	return member->n_posts < REDIS_POSTS_MAX &&
	    redis_connection_backlog(&hub->writer) < REDIS_BACKLOG_MAX;
}

/* Outcomes. */

static void
redis_post_on_token(void *ctx, const struct redis_token *token)
{
	struct redis_post *post = ctx;

	if (token->depth != 0 || token->type != REDIS_TOKEN_STRING ||
	    !redis_id_parse(&post->id, token->text))
		post->id = (struct redis_id){0, 0};
}

/* Tells its visitor, and frees it.  why is for an error. */
static void
redis_post_finish(struct redis_post *post, int error, const char *why)
{
	struct redis_source *member = post->member;
	struct redis_id id = post->id;
	struct source_ticket *ticket = &post->ticket;
	char memory[REDIS_ID_SIZE];
	struct span text = {NULL, 0};
	bool had_room;

	if (!member) {
		free(post);
		return;
	}
	had_room = redis_post_has_room(member->source);
	list_remove(&post->link);
	member->n_posts--;
	if (error == 0 && redis_id_compare(id, member->acked) > 0)
		member->acked = id;
	if (error == 0 && source_ticket_needs_id(ticket))
		text = redis_id_write(memory, id);
	if (error < 0 && ticket->post)
		ticket->post->why = why;
	source_ticket_close(ticket, error, text);
	free(post);
	if (!had_room && redis_post_has_room(member->source))
		source_room(member->source);
	if (member->is_stopping && member->n_posts == 0)
		source_stopped(member->source);
}

static void
redis_post_on_error(struct redis_post *post, const char *error)
{
	struct redis_source *member = post->member;
	const char *what;

	if (!member) {
		redis_post_finish(post, -EIO, NULL);
	} else if (redis_hub_takes_error(member->hub, error, &what)) {
		redis_post_finish(post, -EIO, why_away);
	} else if (strncmp(error, "OOM", 3) == 0) {
		source_warn(member->source, "cannot add to it: %s", what);
		redis_post_finish(post, -ENOSPC, why_full);
	} else {
		source_warn(
		    member->source, "cannot add to it: %s (%s)", what, error);
		redis_post_finish(post, -EIO, why_refused);
	}
}

static void
redis_post_on_end(void *ctx, const char *error)
{
	struct redis_post *post = ctx;

	if (error)
		redis_post_on_error(post, error);
	else if (post->id.ms == 0 && post->id.seq == 0)
		redis_post_finish(post, -EIO, why_unknown);
	else
		redis_post_finish(post, 0, NULL);
}

static void
redis_post_on_broken(void *ctx)
{
	redis_post_finish(ctx, -EIO, why_unknown);
}

static const struct redis_reply_kind redis_post_reply = {
    redis_post_on_token, redis_post_on_end, redis_post_on_broken};

void
redis_post_give_up(struct redis_source *member)
{
	struct link *first;

	while ((first = list_first(&member->posts))) {
		struct redis_post *post =
		    LIST_MEMBER(first, struct redis_post, link);

		list_remove(first);
		post->member = NULL;
		if (post->ticket.post)
			post->ticket.post->why = why_unknown;
		source_ticket_close(
		    &post->ticket, -ESHUTDOWN, (struct span){NULL, 0});
	}
	member->n_posts = 0;
}

/* Publishing. */

static void
redis_post_write(struct redis_source *member, const struct event *event)
{
	uint64_t maxlen = member->hub->context->redis->maxlen;
	bool has_type = event->type.n > 0;
	struct redis_command_writer *writer =
	    redis_connection_begin(&member->hub->writer,
		5 + (maxlen > 0 ? 3 : 0) + (has_type ? 2 : 0));

	redis_command_text(writer, "XADD");
	redis_command_text(writer, member->source->spec->argument);
	if (maxlen > 0) {
		redis_command_text(writer, "MAXLEN");
		redis_command_text(writer, "~");
		redis_command_number(writer, maxlen);
	}
	redis_command_text(writer, "*");
	if (has_type) {
		redis_command_text(writer, "event");
		redis_command_word(writer, event->type);
	}
	redis_command_text(writer, "data");
	redis_command_word(writer, event->data);
}

int
redis_post_publish(
    struct source *source, const struct event *event, struct source_post *to)
{
	struct redis_source *member = source->state;
	struct redis_hub *hub = member->hub;
	struct redis_post *post;

	if (hub->state != REDIS_THERE || hub->writer.state != REDIS_OPEN) {
		to->why = why_away;
		return -EAGAIN;
	}
	post = calloc(1, sizeof(*post));
	if (!post)
		return -ENOMEM;
	post->member = member;
	list_append(&member->posts, &post->link);
	member->n_posts++;
	source_ticket_open(&post->ticket, to);
	redis_post_write(member, event);
	redis_connection_end(&hub->writer, &redis_post_reply, post);
	return 0;
}
