/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_GROUP_H
#define PIPECAST_CORE_GROUP_H

/*
 * A group of subscribers that are in the same state: a list through them, so
 * that to join and to leave one costs nothing.  Each subscriber of a hub is
 * in one group.
 */

#include "core/subscriber.h"

struct group {
	struct link ends;
	uint64_t from;
};

void group_init(struct group *group);
bool group_is_empty(const struct group *group);

/*
 * An offset that no cursor in the group is before; UINT64_MAX if the group is
 * empty.  It is exact but for those who have left it.
 */
uint64_t group_from(const struct group *group);

/* Makes group_from exact, by a look at everyone. */
void group_look(struct group *group);

/* Each returns NULL if there is none. */
struct subscriber *group_first(const struct group *group);
struct subscriber *group_next(
    const struct group *group, const struct subscriber *subscriber);

/* Puts a subscriber who is in no group at the end. */
void group_join(struct group *group, struct subscriber *subscriber);

/* The same, but before those of whom quiet_since_ms is later. */
void group_join_by_time(struct group *group, struct subscriber *subscriber);

/* Takes the subscriber out of the group it is in. */
void group_leave(struct subscriber *subscriber);

/* Puts all of the other group at the end, in their order. */
void group_merge(struct group *group, struct group *other);

#endif
