/* SPDX-License-Identifier: MIT */

#include "core/group.h"

void
group_init(struct group *group)
{
	list_init(&group->ends);
}

bool
group_is_empty(const struct group *group)
{
	return list_is_empty(&group->ends);
}

uint64_t
group_from(const struct group *group)
{
	return group_is_empty(group) ? UINT64_MAX : group->from;
}

/* A subscriber begins with its link. */
static struct subscriber *
group_member(struct link *link)
{
	return (struct subscriber *)link;
}

struct subscriber *
group_first(const struct group *group)
{
	return group_member(list_first(&group->ends));
}

struct subscriber *
group_next(const struct group *group, const struct subscriber *subscriber)
{
	return group_member(list_next(&group->ends, &subscriber->link));
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
group_join_after(
    struct group *group, struct link *prev, struct subscriber *subscriber)
{
	uint64_t from = group_from(group);

	group->from = subscriber->cursor < from ? subscriber->cursor : from;
	list_insert_after(prev, &subscriber->link);
}

void
group_join(struct group *group, struct subscriber *subscriber)
{
	group_join_after(group, group->ends.prev, subscriber);
}

void
group_join_by_time(struct group *group, struct subscriber *subscriber)
{
	struct link *prev = group->ends.prev;

	while (prev != &group->ends &&
	    group_member(prev)->quiet_since_ms > subscriber->quiet_since_ms)
		prev = prev->prev;
	group_join_after(group, prev, subscriber);
}

void
group_leave(struct subscriber *subscriber)
{
	list_remove(&subscriber->link);
}

void
group_merge(struct group *group, struct group *other)
{
	uint64_t from = group_from(group), others = group_from(other);

	if (group_is_empty(other))
		return;
	group->from = others < from ? others : from;
	list_append_all(&group->ends, &other->ends);
}
