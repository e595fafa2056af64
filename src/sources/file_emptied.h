/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_FILE_EMPTIED_H
#define PIPECAST_SOURCES_FILE_EMPTIED_H

/*
 * Notices that a followed file was emptied, and finds what it was copied to
 * before.  Most of the time the bytes before the place tell.  The beginnings of
 * two files may be the same, though (a head line, half a time of day), and then
 * it takes the copy to tell: a file that was not emptied has all that its copy
 * has.
 */

#include "sources/file_follower.h"

/* Whether as little was read of the file as another may begin with. */
bool file_emptied_may_deceive(const struct file_follower *follower);

/*
 * Whether the file was emptied.  n_come is how many files have come so far: for
 * a copy is looked only if that has changed.
 */
bool file_emptied_notice(struct file_follower *follower, uint64_t n_come);

/* As rotation_open_copy. */
int file_emptied_open_copy(struct file_follower *follower,
    struct file_status *status, bool *is_unsure);

#endif
