/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_PATH_NOTIFIER_H
#define PIPECAST_SOURCES_PATH_NOTIFIER_H

/*
 * Reports changes of files and folders, by inotify where there is any.  There
 * is one notifier for all sources, because a user may have only some 128.  Each
 * source marks the files and folders of interest; several may mark the same.
 */

#include "loop/loop.h"

#include <stddef.h>

/* A change of the marked file or folder. */
enum path_change {
	PATH_CHANGED, /* the file was written to, or has lost a name */
	PATH_CREATED, /* in the folder, a file was created, or linked */
	PATH_MOVED,   /* in the folder, a file was given that name */
	PATH_TAKEN,   /* in the folder, a file has lost that name */
	PATH_GONE,    /* the marked file or folder is no more */
	PATH_UNSEEN,  /* more changes at once than are reported */
};

struct path_notifier {
	struct loop *loop;
	bool is_open; /* something has been marked */
	int fd;       /* then: inotify's, or -1 */
	struct watch watch;
	struct path_mark *marks;
};

struct path_mark {
	struct path_mark *next; /* the notifier's */
	int number;             /* the system's, -1 while nothing is marked */
	/*
	 * The name, in the folder, is NULL for a file.  Must not touch any
	 * mark.
	 */
	void (*on_change)(
	    struct path_mark *mark, enum path_change change, const char *name);
};

/*
 * The system is asked for nothing before there is a mark.  Without inotify the
 * notifier tells of nothing, and the numbers of marks stay at -1.
 */
void path_notifier_init(struct path_notifier *notifier, struct loop *loop);

/* All marks must have been ended.  Idempotent. */
void path_notifier_fini(struct path_notifier *notifier);

/* Reports the changes so far, without waiting. */
void path_notifier_read(struct path_notifier *notifier);

/* on_change must be set; nothing is marked yet. */
void path_mark_init(struct path_mark *mark, struct path_notifier *notifier);

/* Harmless without path_mark_init, if the mark is zeroed memory. */
void path_mark_fini(struct path_mark *mark, struct path_notifier *notifier);

/* Marks the folder that the path is in; ends an earlier mark. */
void path_mark_folder_of(
    struct path_mark *mark, struct path_notifier *notifier, const char *path);

/* Marks the open file, -1 for none; ends an earlier mark. */
void path_mark_file(
    struct path_mark *mark, struct path_notifier *notifier, int fd);

#endif
