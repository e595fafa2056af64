/* SPDX-License-Identifier: MIT */

#include "config.h"

#include "sources/path_notifier.h"

#include "loop/descriptor.h"

#ifdef HAVE_SYS_INOTIFY_H

#include <limits.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

static void
on_readable(void *ctx)
{
	path_notifier_read(ctx);
}

static void
path_notifier_open(struct path_notifier *notifier)
{
	notifier->is_open = true;
	notifier->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (notifier->fd < 0)
		return;
	if (watch_init(&notifier->watch, notifier->loop, notifier->fd,
		WATCH_READABLE, on_readable, notifier) < 0)
		descriptor_close(&notifier->fd);
	watch_set(&notifier->watch, true);
}

/* Telling. */

static enum path_change
path_change_of(const struct inotify_event *event)
{
	if (event->mask & IN_IGNORED)
		return PATH_GONE;
	if (event->mask & IN_CREATE)
		return PATH_CREATED;
	if (event->mask & IN_MOVED_TO)
		return PATH_MOVED;
	if (event->mask & (IN_MOVED_FROM | IN_DELETE))
		return PATH_TAKEN;
	return event->mask & IN_Q_OVERFLOW ? PATH_UNSEEN : PATH_CHANGED;
}

static void
path_notifier_tell(
    struct path_notifier *notifier, const struct inotify_event *event)
{
	enum path_change change = path_change_of(event);
	const char *name = event->len > 0 ? event->name : NULL;

	for (struct path_mark *mark = notifier->marks; mark;
	     mark = mark->next) {
		if (mark->number < 0 ||
		    (mark->number != event->wd && change != PATH_UNSEEN))
			continue;
		if (change == PATH_GONE)
			mark->number = -1;
		mark->on_change(mark, change, name);
	}
}

void
path_notifier_read(struct path_notifier *notifier)
{
	alignas(struct inotify_event) char buffer[4096];
	ssize_t n;

	while (notifier->is_open && notifier->fd >= 0 &&
	    (n = read(notifier->fd, buffer, sizeof(buffer))) > 0) {
		const char *at = buffer;

		while (at < buffer + n) {
			const struct inotify_event *event = (const void *)at;

			path_notifier_tell(notifier, event);
			at += sizeof(*event) + event->len;
		}
	}
}

/* Marking. */

/* The system has one number for all marks of one file. */
static bool
path_mark_is_shared(
    const struct path_mark *mark, const struct path_notifier *notifier)
{
	for (const struct path_mark *other = notifier->marks; other;
	     other = other->next)
		if (other != mark && other->number == mark->number)
			return true;
	return false;
}

static void
path_mark_set(
    struct path_mark *mark, struct path_notifier *notifier, int number)
{
	if (mark->number >= 0 && mark->number != number &&
	    !path_mark_is_shared(mark, notifier))
		inotify_rm_watch(notifier->fd, mark->number);
	mark->number = number;
}

void
path_mark_folder_of(
    struct path_mark *mark, struct path_notifier *notifier, const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX] = ".";

	if (slash == path)
		folder[0] = '/';
	else if (slash)
		snprintf(
		    folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	path_mark_set(mark, notifier,
	    inotify_add_watch(notifier->fd, folder,
		IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
		    IN_ONLYDIR));
}

void
path_mark_file(struct path_mark *mark, struct path_notifier *notifier, int fd)
{
	char path[32];
	int number = -1;

	/* By descriptor: the name may have passed to another file. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd >= 0)
		number = inotify_add_watch(
		    notifier->fd, path, IN_MODIFY | IN_ATTRIB);
	path_mark_set(mark, notifier, number);
}

#else

static void
path_notifier_open(struct path_notifier *notifier)
{
	notifier->is_open = true;
	notifier->fd = -1;
}

void
path_notifier_read(struct path_notifier *notifier)
{
	(void)notifier;
}

static void
path_mark_set(
    struct path_mark *mark, struct path_notifier *notifier, int number)
{
	(void)notifier;
	mark->number = number;
}

void
path_mark_folder_of(
    struct path_mark *mark, struct path_notifier *notifier, const char *path)
{
	(void)path;
	path_mark_set(mark, notifier, -1);
}

void
path_mark_file(struct path_mark *mark, struct path_notifier *notifier, int fd)
{
	(void)fd;
	path_mark_set(mark, notifier, -1);
}

#endif

void
path_notifier_init(struct path_notifier *notifier, struct loop *loop)
{
	*notifier = (struct path_notifier){.loop = loop};
}

void
path_notifier_fini(struct path_notifier *notifier)
{
	if (!notifier->is_open)
		return;
	watch_fini(&notifier->watch);
	descriptor_close(&notifier->fd);
	notifier->is_open = false;
}

void
path_mark_init(struct path_mark *mark, struct path_notifier *notifier)
{
	if (!notifier->is_open)
		path_notifier_open(notifier);
	mark->number = -1;
	mark->next = notifier->marks;
	notifier->marks = mark;
}

void
path_mark_fini(struct path_mark *mark, struct path_notifier *notifier)
{
	if (!mark->on_change)
		return;
	path_mark_set(mark, notifier, -1);
	for (struct path_mark **at = &notifier->marks; *at; at = &(*at)->next) {
		if (*at != mark)
			continue;
		*at = mark->next;
		return;
	}
}
