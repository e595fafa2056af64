/* SPDX-License-Identifier: MIT */

#include "core/group.h"

void
group_init(struct group *group)
{
	group->ends.prev = group->ends.next = &group->ends;
}

bool
group_is_empty(const struct group *group)
{
	return group->ends.next == &group->ends;
}

uint64_t
group_from(const struct group *group)
{
	return group_is_empty(group) ? UINT64_MAX : group->from;
}

/* A subscriber begins with its link. */
static struct subscriber *
at(const struct group *group, struct link *link)
{
	return link == &group->ends ? NULL : (struct subscriber *)link;
}

struct subscriber *
group_first(const struct group *group)
{
	return at(group, group->ends.next);
}

struct subscriber *
group_next(const struct group *group, const struct subscriber *subscriber)
{
	return at(group, subscriber->link.next);
}

void
group_look(struct group *group)
{
	group->from = UINT64_MAX;
	for (struct subscriber *s = group_first(group); s;
	     s = group_next(group, s))
		if (s->cursor < group->from)
			group->from = s->cursor;
}

static void
join_after(
    struct group *group, struct link *prev, struct subscriber *subscriber)
{
	uint64_t from = group_from(group);
	struct link *next = prev->next;

	group->from = subscriber->cursor < from ? subscriber->cursor : from;
	subscriber->link = (struct link){prev, next};
	prev->next = next->prev = &subscriber->link;
}

void
group_join(struct group *group, struct subscriber *subscriber)
{
	join_after(group, group->ends.prev, subscriber);
}

void
group_join_by_time(struct group *group, struct subscriber *subscriber)
{
	struct link *prev = group->ends.prev;

	while (prev != &group->ends &&
	    at(group, prev)->quiet_since_ms > subscriber->quiet_since_ms)
		prev = prev->prev;
	join_after(group, prev, subscriber);
}

void
group_leave(struct subscriber *subscriber)
{
	struct link link = subscriber->link;

	link.prev->next = link.next;
	link.next->prev = link.prev;
}

void
group_merge(struct group *group, struct group *other)
{
	uint64_t from = group_from(group), others = group_from(other);
	struct link *last = group->ends.prev;

	if (group_is_empty(other))
		return;
	group->from = others < from ? others : from;
	last->next = other->ends.next;
	last->next->prev = last;
	group->ends.prev = other->ends.prev;
	group->ends.prev->next = &group->ends;
	group_init(other);
}
