/* SPDX-License-Identifier: MIT */

/* In the order of what decides: answer, acknowledgements, events, room. */

#include "program/post_state.h"

#include "program/post_answer.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* For the next event to be acknowledged, or for room. */
enum { PUBLISH_MS = 15000 };

/* The answer. */

/* If all that are on their way arrive. */
static struct post_count
post_count(const struct post *post)
{
	struct post_count count = {
	    .is_of_many = post->format, .n_events = post->n_events};
	const struct link *tickets = &post->feed.base.tickets;

	for (struct link *at = list_first(tickets); at;
	     at = list_next(tickets, at))
		count.n_events++;
	return count;
}

static bool
post_is_acknowledged(const struct post *post)
{
	return list_is_empty(&post->feed.base.tickets);
}

static void
post_enter_answered(struct post *post)
{
	post->state = POST_ANSWERED;
	post->upload.is_answered = true;
	post->upload.is_full = false;
	feed_post_forget(&post->feed);
	timer_stop(&post->quiet);
	buffer_fini(&post->body);
	post->posts->held -= post->held;
	post->held = 0;
}

static void
post_enter_refused(struct post *post)
{
	post->state = POST_REFUSED;
	if (post_is_acknowledged(post))
		post_enter_answered(post);
}

void
post_refuse(struct post *post, int status, const char *reason)
{
	post_answer_refuse(
	    &post->upload.answer, status, reason, post_count(post));
	post_enter_refused(post);
}

/* The event could not be published. */
void
post_fail(struct post *post, int error)
{
	bool has_ended = stream_has_ended(post->feed.stream);

	if (post->feed.base.why)
		post_answer_refuse(&post->upload.answer,
		    error == -EINVAL ? 400 : 503, post->feed.base.why,
		    post_count(post));
	else
		post_answer_fail(&post->upload.answer, post->posts->policy,
		    error == -ESHUTDOWN && has_ended ? -EPIPE : error,
		    post_count(post));
	post_enter_refused(post);
}

static void
post_succeed(struct post *post)
{
	post_answer_succeed(
	    &post->upload.answer, span_of(post->last_id), post_count(post));
	post->feed.stream->n_posts++;
	post_enter_answered(post);
}

/* Acknowledgements. */

void
post_on_published(struct source_post *base, int error, struct span id)
{
	struct post *post = LIST_MEMBER(
	    LIST_MEMBER(base, struct feed_post, base), struct post, feed);

	if (error < 0) {
		post_fail(post, error);
	} else {
		post->n_events++;
		assert(id.n < sizeof(post->last_id));
		memcpy(post->last_id, id.bytes ? id.bytes : "", id.n);
		post->last_id[id.n] = '\0';
	}
	/* It takes no more under the feet of the source that tells it. */
	if (!post->is_inside && post->state >= POST_LAST)
		post_advance_and_tell(post);
}

/* Only its data and its type are a visitor's to choose. */
static void
post_publish(struct post *post, struct span type, struct span data)
{
	struct event event = EVENT_NONE;
	const char *why;
	int rc;

	event.type = type.n > 0 ? type : owned_span(&post->type);
	event.data = data;
	why = policy_check_type(post->posts->policy, event.type);
	if (why) {
		post_refuse(post, 400, why);
		return;
	}
	rc = feed_post_publish(&post->feed, &event);
	if (rc < 0)
		post_fail(post, rc);
}

/* Events. */

static bool
post_can_publish(const struct post *post)
{
	return post->state < POST_REFUSED && feed_post_has_room(&post->feed);
}

static bool
post_on_event(void *ctx, const struct event *event, uint64_t position)
{
	struct post *post = ctx;

	post->event_end = position;
	if (event->data.bytes && post->state < POST_REFUSED)
		post_publish(post, event->type, event->data);
	return post_can_publish(post);
}

/* An id or a time would not be used, but a wrong one is an error. */
static void
post_on_reject(void *ctx, const struct rejection *rejection)
{
	struct post *post = ctx;
	const char *reason = rejection->reason;
	char text[300];

	if (rejection->is_of_input || post->state >= POST_REFUSED)
		return;
	if (reason == input_format_too_long) {
		post_fail(post, -EMSGSIZE);
		return;
	}
	/* "skipped a ..." */
	reason += strcspn(reason, " ");
	snprintf(text, sizeof(text), "there is%s%s%s.", reason,
	    rejection->hint ? "; " : "",
	    rejection->hint ? rejection->hint : "");
	post_refuse(post, 400, text);
}

struct event_sink
post_sink(struct post *post)
{
	return (struct event_sink){post_on_event, post_on_reject, post};
}

/* The data of the one event: the body, but for a line end at its end. */
static struct span
post_data(const struct post *post)
{
	struct span data = buffer_span(&post->body);

	if (data.n > 0 && data.bytes[data.n - 1] == '\n')
		data.n--;
	if (data.n > 0 && data.bytes[data.n - 1] == '\r')
		data.n--;
	return data;
}

/* The body has ended, and there is room: what is left of it is an event. */
static void
post_publish_rest(struct post *post)
{
	struct span data;

	post->state = POST_LAST;
	if (post->format) {
		input_format_finish(post->format);
		return;
	}
	data = post_data(post);
	if (data.n > post->posts->policy->max_event)
		post_fail(post, -EMSGSIZE);
	else
		post_publish(post, (struct span){NULL, 0}, data);
}

void
post_advance(struct post *post)
{
	struct upload *upload = &post->upload;
	bool was_full = upload->is_full;

	if (post->state == POST_ENDED && post_can_publish(post))
		post_publish_rest(post);
	if (post->state == POST_LAST && post_is_acknowledged(post))
		post_succeed(post);
	if (post->state == POST_REFUSED && post_is_acknowledged(post))
		post_enter_answered(post);
	if (post->state == POST_ANSWERED)
		return;
	/* The body of one event is collected first. */
	upload->is_full = post->state != POST_TAKING ||
	    (post->format && !post_can_publish(post));
	if (upload->is_full && post->state < POST_LAST &&
	    list_is_empty(&post->feed.link))
		feed_post_await_room(&post->feed);
	if (upload->is_full || was_full)
		upload->due_ms = loop_now_ms() +
		    (upload->is_full ? PUBLISH_MS : post->posts->idle_ms);
}

void
post_advance_and_tell(struct post *post)
{
	post->is_inside = true;
	post_advance(post);
	post->is_inside = false;
	post->upload.on_change(post->upload.ctx);
}

void
post_on_room(struct feed_post *feed)
{
	struct post *post = LIST_MEMBER(feed, struct post, feed);

	post_advance_and_tell(post);
}
