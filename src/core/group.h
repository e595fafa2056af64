/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_GROUP_H
#define PIPECAST_CORE_GROUP_H

/*
 * A group of subscribers that are in the same state: an intrusive list, so that
 * joining and leaving costs nothing.  Each subscriber of a fan-out is in one
 * group.
 */

#include "core/subscriber.h"

struct group {
	struct link ends;
	uint64_t from;
};

void group_init(struct group *group);
bool group_is_empty(const struct group *group);

/*
 * A lower bound of the cursors in the group; UINT64_MAX if the group is empty.
 * Members that have left still count until group_look recomputes it.
 */
uint64_t group_from(const struct group *group);

/* Makes group_from exact, by looking at every member. */
void group_look(struct group *group);

/* Each returns NULL if there is none. */
struct subscriber *group_first(const struct group *group);
struct subscriber *group_next(
    const struct group *group, const struct subscriber *subscriber);

/* Appends a subscriber that is in no group. */
void group_join(struct group *group, struct subscriber *subscriber);

/* The same, but before members whose quiet_since_ms is later. */
void group_join_by_time(struct group *group, struct subscriber *subscriber);

/* Removes the subscriber from its group. */
void group_leave(struct subscriber *subscriber);

/* Appends all members of the other group, in their order. */
void group_merge(struct group *group, struct group *other);

#endif
