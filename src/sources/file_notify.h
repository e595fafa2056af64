/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_FILE_NOTIFY_H
#define PIPECAST_SOURCES_FILE_NOTIFY_H

/*
 * The part of a file watch that depends on the system: inotify, or nothing.
 * Whatever fails leaves the watch number at -1, and the timer does the work.
 */

#include "sources/file_watch.h"

/* Returns a non-blocking descriptor to be watched, or -1. */
int file_notify_open(void);

/* Watches the directory of the path, unless it does already. */
void file_notify_watch_directory(struct file_watch *watch);

/* Watches the open file instead of the one that *number watched before. */
void file_notify_watch_file(struct file_watch *watch, int *number, int fd);

/* Ends the watch of that number, if there is one, and sets it to -1. */
void file_notify_unwatch(struct file_watch *watch, int *number);

/* Takes the notifications off the descriptor. */
void file_notify_read(struct file_watch *watch);

#endif
