/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_FILE_FOLLOWER_H
#define PIPECAST_SOURCES_FILE_FOLLOWER_H

/*
 * Follows a file by name, one step at a time: reads the file that the name
 * leads to, notices that it was replaced or emptied, and goes over to the next.
 * A file that was replaced is left only after it was read to its end once more,
 * and after the next one has got something: until then its writer may still be
 * at it.
 *
 *  state          what holds                         next
 *  READING        there may be more to read          AT_END, AWAITING, LEAVING
 *  AT_END         all is read, or there is no file   READING, AWAITING, LEAVING
 *  AWAITING_NEXT  at the end; the next one is empty  READING, LEAVING
 *  LEAVING        the next one has begun; this one   READING (the next one)
 *                 is read to its end once more
 */

#include "sources/file_reader.h"
#include "sources/path_watch.h"
#include "sources/rotation.h"

enum file_follower_state {
	FILE_FOLLOWER_READING,
	FILE_FOLLOWER_AT_END,
	FILE_FOLLOWER_AWAITING_NEXT,
	FILE_FOLLOWER_LEAVING,
};

struct file_follower {
	struct source *source;
	struct path_watch watch;
	struct rotation rotation;
	struct file_reader reader;
	enum file_follower_state state;
	struct file_identity next; /* AWAITING_NEXT: the empty one */
	int error;         /* that was told of: the next cannot be opened */
	bool has_emptied;  /* what was copied is read; this file was emptied: */
	uint32_t emptied;  /* its identity in ids */
	bool has_copy;     /* which has not been emptied yet */
	uint64_t n_looked; /* files that had come when copies were looked for */
};

/*
 * Looks which files there are; none is open yet.  The source, whose argument is
 * the path, is borrowed.  on_change is called from the loop when a step may
 * have something to do.  Returns 0 or -ENOMEM; file_follower_fini must be
 * called in either case.
 */
int file_follower_init(struct file_follower *follower, struct source *source,
    loop_callback *on_change, void *ctx);

/* Idempotent. */
void file_follower_fini(struct file_follower *follower);

/*
 * Begins with fd, which becomes the follower's, at the offset; in_middle: the
 * bytes up to the next event are no event.  Returns 0 or -ENOMEM.
 */
int file_follower_begin(struct file_follower *follower, int fd,
    const struct file_status *status, uint64_t offset, bool in_middle);

/* There is no file yet; steps look for it. */
void file_follower_await(struct file_follower *follower);

/*
 * Begins at the place.  Returns 0, -ENOENT if it is gone, or another negative
 * errno.
 */
int file_follower_resume(
    struct file_follower *follower, const struct file_place *place);

/* One step.  Returns 0 if there may be more to do, else -EAGAIN. */
int file_follower_step(struct file_follower *follower);

/*
 * Whether both have read the same: one may be at the end of a file after which
 * the other's comes, empty.
 */
bool file_follower_are_level(
    const struct file_follower *one, const struct file_follower *other);

#endif
