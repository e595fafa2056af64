/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_PATH_NOTIFY_H
#define PIPECAST_SOURCES_PATH_NOTIFY_H

/*
 * The part of a file watch that depends on the system: inotify, or nothing.
 * On any failure the watch number is -1, and the timer does the work.
 */

#include "sources/path_watch.h"

/* Returns a non-blocking descriptor to be watched, or -1. */
int path_notify_open(void);

/* Watches the directory of the path, unless it does already. */
void path_notify_watch_directory(struct path_watch *watch);

/* Watches the open file instead of the one that *number watched before. */
void path_notify_watch_file(struct path_watch *watch, int *number, int fd);

/* Ends the watch of that number, if there is one, and sets it to -1. */
void path_notify_unwatch(struct path_watch *watch, int *number);

/* Takes the notifications off the descriptor. */
void path_notify_read(struct path_watch *watch);

#endif
