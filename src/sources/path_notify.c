/* SPDX-License-Identifier: MIT */

#include "config.h"

#include "sources/path_notify.h"

#ifdef HAVE_SYS_INOTIFY_H

#include <limits.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

int
path_notify_open(void)
{
	return inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
}

void
path_notify_watch_directory(struct path_watch *watch)
{
	const char *slash = strrchr(watch->path, '/');
	char directory[PATH_MAX] = ".";

	if (watch->notify < 0 || watch->directory >= 0)
		return;
	if (slash == watch->path)
		directory[0] = '/';
	else if (slash)
		snprintf(directory, sizeof(directory), "%.*s",
		    (int)(slash - watch->path), watch->path);
	watch->directory = inotify_add_watch(watch->notify, directory,
	    IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_ONLYDIR);
}

void
path_notify_unwatch(struct path_watch *watch, int *number)
{
	if (*number >= 0)
		inotify_rm_watch(watch->notify, *number);
	*number = -1;
}

void
path_notify_watch_file(struct path_watch *watch, int *number, int fd)
{
	char path[32];
	int added;

	if (watch->notify < 0)
		return;
	/* By descriptor: the name may have passed to another file. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	added = inotify_add_watch(watch->notify, path, IN_MODIFY | IN_ATTRIB);
	/* The system gives the same number for the same file. */
	if (added != *number)
		path_notify_unwatch(watch, number);
	*number = added;
}

/* A watch that the system removed (its directory is gone) is made anew. */
static void
path_notify_forget_removed(
    struct path_watch *watch, const struct inotify_event *event)
{
	if (!(event->mask & IN_IGNORED))
		return;
	if (event->wd == watch->directory)
		watch->directory = -1;
	if (event->wd == watch->file)
		watch->file = -1;
	if (event->wd == watch->next)
		watch->next = -1;
}

void
path_notify_read(struct path_watch *watch)
{
	alignas(struct inotify_event) char buffer[4096];
	ssize_t n;

	while ((n = read(watch->notify, buffer, sizeof(buffer))) > 0) {
		const char *at = buffer;

		while (at < buffer + n) {
			const struct inotify_event *event = (const void *)at;

			path_notify_forget_removed(watch, event);
			at += sizeof(*event) + event->len;
		}
	}
}

#else

int
path_notify_open(void)
{
	return -1;
}

void
path_notify_watch_directory(struct path_watch *watch)
{
	(void)watch;
}

void
path_notify_watch_file(struct path_watch *watch, int *number, int fd)
{
	(void)watch;
	(void)number;
	(void)fd;
}

void
path_notify_unwatch(struct path_watch *watch, int *number)
{
	(void)watch;
	(void)number;
}

void
path_notify_read(struct path_watch *watch)
{
	(void)watch;
}

#endif
