/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_PATH_WATCH_H
#define PIPECAST_SOURCES_PATH_WATCH_H

/*
 * Tells when it is worth looking at a path again: the file may have grown, or
 * the name may stand for another file.  It uses inotify where the system has
 * that and has not run out of it.  A timer looks in any case, because inotify
 * misses changes on network file systems and a folder that was replaced.
 *
 * It also counts the files that appear, by a rename of the one before or by a
 * copy of it.  So a file that has come and gone unread is noticed.
 */

#include "sources/path_notifier.h"

struct path_watch {
	const char *path;
	char *target; /* where the path's link leads, NULL: no link */
	struct path_notifier *notifier;
	struct timer timer;
	struct path_mark folder; /* that the path is in */
	struct path_mark target_folder;
	struct path_mark file; /* that is open */
	struct path_mark next; /* empty, and to be read after that */
	bool awaiting;         /* there is an empty file to come */
	bool following;        /* there is an open file */
	bool is_blind;         /* names may have changed unseen */
	uint64_t n_files;
	loop_callback *on_change;
	void *ctx;
};

/* How often the timer looks, with and without inotify. */
enum { PATH_WATCH_SLOW_MS = 1000, PATH_WATCH_FAST_MS = 50 };

/* Names may have changed unseen. */
#define PATH_WATCH_BLIND UINT64_MAX

/*
 * The path and the notifier are borrowed.  on_change is called from the loop.
 * Returns 0 or -ENOMEM.
 */
int path_watch_init(struct path_watch *watch, struct loop *loop,
    struct path_notifier *notifier, const char *path, loop_callback *on_change,
    void *ctx);

/*
 * How many files have come so far: were given the name, be it that of the link
 * or of its target, or were created under the name of a rotated one, PATH.1 to
 * PATH.9.  PATH_WATCH_BLIND if not all was seen since path_watch_follow.
 */
uint64_t path_watch_count(struct path_watch *watch);

/* The file of that descriptor, empty so far, is the next to be read. */
void path_watch_await(struct path_watch *watch, int fd);

/*
 * The file of that descriptor is the one being read now.  The target (copied)
 * is where the path's link leads, NULL if it is no link.
 */
void path_watch_follow(struct path_watch *watch, int fd, const char *target);

/* Idempotent. */
void path_watch_fini(struct path_watch *watch);

#endif
