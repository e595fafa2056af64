/* SPDX-License-Identifier: MIT */

/*
 * A Redis stream: redis:KEY.  Any number of processes, on any machines, read it
 * and add to it; all see the same events in the same order, under the ids that
 * Redis has given them.
 *
 * redis_hub.c connects; redis_read.c reads what comes, redis_check.c finds out
 * whether anything is missing, redis_seek.c finds where to begin, redis_post.c
 * adds what visitors post.
 */

#include "sources/redis_state.h"

#include "core/gap.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Until a key that Redis refuses is tried again. */
enum { REDIS_REFUSED_MS = 5000 };

/* Taking entries. */

static void
redis_source_emit(
    struct redis_source *member, struct redis_id id, const struct event *event)
{
	char memory[REDIS_ID_SIZE];

	source_emit(member->source, event, redis_id_write(memory, id));
}

static void
redis_source_lose_one(struct redis_source *member, struct redis_id id,
    const char *why, size_t n_bytes)
{
	char memory[REDIS_ID_SIZE];

	redis_id_write(memory, id);
	source_warn(member->source, "skipped the entry %s: %s (%zu byte%s)",
	    memory, why, n_bytes, text_plural(n_bytes));
	source_lose(member->source, 1);
}

/*
 * Moves the place on to that entry, if it is a new one and is wanted.  Once one
 * is not, all the others of the reply are left for the next.
 */
static bool
redis_source_moves(struct redis_source *member, struct redis_id id)
{
	if (redis_id_compare(id, member->place) <= 0)
		return false;
	member->is_dropping |= member->source->paused || member->is_stopping;
	if (member->is_dropping)
		return false;
	member->place = id;
	member->is_entry = true;
	return true;
}

void
redis_source_take(struct redis_source *member, const struct redis_entry *entry)
{
	struct source *source = member->source;
	size_t max = source->context->max_event;
	struct event event;
	bool dropped;
	int rc;

	if (!redis_source_moves(member, entry->id))
		return;
	rc =
	    redis_entry_event(entry, &event, &member->hub->json, max, &dropped);
	if (dropped)
		source_warn(source,
		    "ignored an event type with CR, LF or NUL, "
		    "or of more than %d bytes",
		    EVENT_ID_MAX);
	if (rc == 0)
		redis_source_emit(member, entry->id, &event);
	else
		redis_source_lose_one(member, entry->id,
		    rc == -ENOMEM ? "out of memory" : "it is too long",
		    entry->n_bytes);
	if (redis_id_compare(entry->id, member->newest) >= 0)
		source_past_read(source);
	if (member->hub->json.allocated > max)
		buffer_fini(&member->hub->json);
}

void
redis_source_skip(struct redis_source *member, struct redis_id id)
{
	if (!redis_source_moves(member, id))
		return;
	redis_source_lose_one(
	    member, id, "it is too large, or not as Redis has them", 0);
}

void
redis_source_lose(struct redis_source *member)
{
	char memory[REDIS_ID_SIZE];

	if (member->is_promised) {
		source_gone(
		    member->source, redis_id_write(memory, member->promised));
		return;
	}
	source_warn(member->source,
	    "events are missing: Redis has lost them, or no longer has them");
	source_lose(member->source, GAP_UNKNOWN);
}

void
redis_source_rest(struct redis_source *member)
{
	source_past_read(member->source);
	source_idle(member->source);
}

/* States. */

void
redis_source_begin(struct redis_source *member)
{
	struct source *source = member->source;

	if (member->state == REDIS_REFUSED)
		member->state = member->before;
	source->trouble = NULL;
	switch (member->state) {
	case REDIS_SEEKING:
		redis_seek(member);
		break;
	case REDIS_CATCHING_UP:
		redis_catch_up(member);
		break;
	default:
		redis_reading_change(member->hub);
	}
	if (source_has_room(source))
		source_room(source);
}

/* With nothing read yet, the past begins elsewhere by then. */
void
redis_source_pause(struct redis_source *member, const char *trouble)
{
	struct source *source = member->source;

	if (!source->trouble)
		source->trouble_since_ms = loop_now_ms();
	source->trouble = trouble;
	timer_stop(&member->again);
	member->is_in_doubt = member->is_entry;
	if (member->state == REDIS_FOLLOWING && !member->is_entry &&
	    redis_id_compare(member->place, (struct redis_id){0, 0}) != 0)
		member->state = REDIS_SEEKING;
	/* Those that wait are refused now. */
	if (source_has_room(source))
		source_room(source);
}

void
redis_source_refuse(
    struct redis_source *member, const char *error, const char *what)
{
	struct source *source = member->source;

	if (member->state != REDIS_REFUSED)
		member->before = member->state;
	member->state = REDIS_REFUSED;
	if (!source->trouble) {
		source_warn(source, "cannot read it: %s (%s)", what, error);
		source->trouble_since_ms = loop_now_ms();
	}
	source->trouble = what;
	timer_start(&member->again, REDIS_REFUSED_MS);
}

static void
redis_source_on_timer(void *ctx)
{
	struct redis_source *member = ctx;

	if (member->hub->state != REDIS_THERE)
		return;
	if (member->state == REDIS_CATCHING_UP) {
		redis_catch_up(member);
		return;
	}
	if (member->state != REDIS_REFUSED)
		return;
	/* Its trouble is over once Redis answers. */
	member->state = member->before;
	member->is_in_doubt = member->is_entry;
	if (member->state == REDIS_SEEKING)
		redis_seek(member);
	else if (member->state == REDIS_CATCHING_UP)
		redis_catch_up(member);
	else
		redis_reading_change(member->hub);
}

/* Starting and ending. */

static bool
redis_source_is_read(const struct redis_source *member)
{
	const struct redis_hub *hub = *member->source->context->redis->hub;

	for (struct link *at = hub ? list_first(&hub->sources) : NULL; at;
	     at = list_next(&hub->sources, at)) {
		const struct redis_source *other =
		    LIST_MEMBER(at, struct redis_source, link);

		if (other->state != REDIS_CATCHING_UP && !other->is_stopping &&
		    strcmp(other->source->spec->argument,
			member->source->spec->argument) == 0)
			return true;
	}
	return false;
}

/* Where to begin: at a viewer's place, or with the past. */
static int
redis_source_choose(
    struct redis_source *member, const struct source_begin *begin)
{
	struct source *source = member->source;
	bool has_place = redis_id_parse(&member->place, begin->last_event_id);

	if (begin->only_at_id && !has_place)
		return -ENOENT;
	if (has_place) {
		member->promised = member->place;
		member->is_entry = member->is_promised = true;
		member->is_in_doubt = true;
		member->state =
		    begin->only_at_id ? REDIS_CATCHING_UP : REDIS_FOLLOWING;
		source->resumed_at_id = true;
	} else {
		member->state = REDIS_SEEKING;
		member->replay =
		    begin->last_event_id.bytes ? UINT64_MAX : begin->replay;
		source->reads_past = true;
	}
	if (!begin->only_at_id && redis_source_is_read(member)) {
		source->why = "another source reads the same key";
		return -EEXIST;
	}
	return 0;
}

static void
redis_source_fini(struct source *source)
{
	struct redis_source *member = source->state;

	redis_post_give_up(member);
	redis_hub_leave(member);
	redis_entries_fini(&member->entries);
	timer_fini(&member->again);
	free(member);
}

static int
redis_source_start(struct source *source, const struct source_begin *begin)
{
	struct redis_source *member = calloc(1, sizeof(*member));
	int rc;

	if (!member)
		return -ENOMEM;
	source->state = member;
	member->source = source;
	list_init(&member->posts);
	rc = timer_init(&member->again, source->context->loop,
	    redis_source_on_timer, member);
	if (rc == 0)
		rc = redis_source_choose(member, begin);
	if (rc == 0)
		rc = redis_hub_join(member);
	if (rc < 0)
		redis_source_fini(source);
	else if (member->hub->state == REDIS_THERE)
		redis_source_begin(member);
	else if (member->hub->state == REDIS_AWAY)
		redis_source_pause(member, member->hub->trouble);
	return rc;
}

static void
redis_source_resume(struct source *source)
{
	struct redis_source *member = source->state;

	if (member->state == REDIS_CATCHING_UP)
		redis_catch_up(member);
	else if (member->state == REDIS_FOLLOWING)
		redis_reading_change(member->hub);
}

/* What is on its way is acknowledged first. */
static void
redis_source_stop(struct source *source)
{
	struct redis_source *member = source->state;

	member->is_stopping = true;
	redis_reading_remove(member->hub, member);
	if (member->n_posts == 0)
		source_stopped(source);
}

static bool
redis_source_are_level(const struct source *a, const struct source *b)
{
	const struct redis_source *others = a->state, *viewer = b->state;

	return others->state == REDIS_FOLLOWING &&
	    viewer->state == REDIS_CATCHING_UP && !viewer->is_promised &&
	    !viewer->is_in_doubt &&
	    redis_id_compare(others->place, viewer->place) == 0;
}

static bool
redis_source_can_resume(const struct source_spec *spec, struct span id)
{
	struct redis_id place;

	(void)spec;
	return redis_id_parse(&place, id);
}

static const char *
redis_source_conflict(const struct source_spec *a, const struct source_spec *b)
{
	return !source_spec_is_template(a) && !source_spec_is_template(b) &&
		strcmp(a->argument, b->argument) == 0
	    ? "they read the same key"
	    : NULL;
}

const struct source_kind source_redis = {
    .prefix = "redis:",
    .forms = {{"redis:KEY", "a Redis stream, shared by many machines",
	SOURCE_POST}},
    .needs_argument = true,
    .has_templates = true,
    .conflict = redis_source_conflict,
    .start = redis_source_start,
    .resume = redis_source_resume,
    .stop = redis_source_stop,
    .fini = redis_source_fini,
    .are_level = redis_source_are_level,
    .can_resume = redis_source_can_resume,
    .publish = redis_post_publish,
    .has_room = redis_post_has_room,
};
