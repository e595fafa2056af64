/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_PATH_WATCH_H
#define PIPECAST_SOURCES_PATH_WATCH_H

/*
 * Calls back when a followed file should be looked at again: it may have grown,
 * or its name may lead to another file.  It uses inotify, if the system has it
 * and grants a watch, and always a timer.  The timer also notices changes that
 * inotify does not report (on network file systems, or of a symbolic link).
 */

#include "loop/loop.h"

struct path_watch {
	const char *path;
	struct timer timer;
	struct watch watch;
	int notify;     /* inotify's descriptor, or -1 */
	int directory;  /* its watch of the path's directory, or -1 */
	int next;       /* its watch of the empty file to come, or -1 */
	int file;       /* its watch of the open file, or -1 */
	bool awaiting;  /* there is an empty file to come */
	bool following; /* there is an open file */
	loop_callback *on_change;
	void *ctx;
};

/* How often the timer looks, with and without inotify. */
enum { PATH_WATCH_SLOW_MS = 1000, PATH_WATCH_FAST_MS = 50 };

/* The path is borrowed.  Returns 0 or -ENOMEM. */
int path_watch_init(struct path_watch *watch, struct loop *loop,
    const char *path, loop_callback *on_change, void *ctx);

/* The file of that descriptor, empty so far, is the next to be read. */
void path_watch_await(struct path_watch *watch, int fd);

/* The file of that descriptor is the one being read now. */
void path_watch_follow(struct path_watch *watch, int fd);

/* Idempotent. */
void path_watch_fini(struct path_watch *watch);

#endif
