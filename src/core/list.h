/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_LIST_H
#define PIPECAST_CORE_LIST_H

/*
 * Lists without memory of their own: a member begins with its link, or has it
 * at a known place.  A list is a link, too, which joins its two ends.
 */

#include <stdbool.h>
#include <stddef.h>

struct link {
	struct link *prev, *next;
};

/* The struct that has the link as that member. */
#define LIST_MEMBER(LINK, TYPE, MEMBER) \
	((TYPE *)(void *)((char *)(LINK)-offsetof(TYPE, MEMBER)))

static inline void
list_init(struct link *list)
{
	list->prev = list->next = list;
}

static inline bool
list_is_empty(const struct link *list)
{
	return list->next == list;
}

/* The first link, or NULL. */
static inline struct link *
list_first(const struct link *list)
{
	return list_is_empty(list) ? NULL : list->next;
}

/* The link after that one, or NULL. */
static inline struct link *
list_next(const struct link *list, const struct link *link)
{
	return link->next == list ? NULL : link->next;
}

static inline void
list_insert_after(struct link *prev, struct link *link)
{
	*link = (struct link){prev, prev->next};
	prev->next->prev = link;
	prev->next = link;
}

static inline void
list_append(struct link *list, struct link *link)
{
	list_insert_after(list->prev, link);
}

static inline void
list_remove(struct link *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
}

/* Appends all members of the other list, in their order. */
static inline void
list_append_all(struct link *list, struct link *other)
{
	if (list_is_empty(other))
		return;
	list->prev->next = other->next;
	other->next->prev = list->prev;
	list->prev = other->prev;
	list->prev->next = list;
	list_init(other);
}

#endif
