/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_SPOOL_FILE_H
#define PIPECAST_SOURCES_SPOOL_FILE_H

/*
 * A spool is a file of event-stream blocks to which any number of processes
 * append, and which each of them follows.  This is its writer.  Every append
 * opens the file, locks it (flock), and closes it; nothing is held in between,
 * and nothing waits.
 *
 * Whole blocks stay as they are for as long as the file exists.  What comes
 * after the last of them is unfinished: a writer was killed, power failed, the
 * disk is full.  The next writer cuts it off.  Readers that take whole blocks
 * alone (sources/file_reader.h) have not read it, so none sees a part of an
 * event, or two events as one.
 *
 * A script publishes without the lock: printf 'data: hi\n\n' >>PATH.  It should
 * write each event at once; for one that does not, an unfinished end that is
 * younger than SPOOL_QUIET_MS stays, and pipecast waits.
 */

#include "core/event_id.h"

#include <stdbool.h>

/* How old an unfinished end is when nobody will finish it. */
enum { SPOOL_QUIET_MS = 1000 };

struct spool_file {
	const char *path;  /* borrowed */
	uint64_t max_size; /* before it would be larger, it becomes PATH.1 */
	bool sync;         /* wait until the disk has what was appended */
};

/* What became of blocks that were to be appended. */
struct spool_append {
	struct file_identity identity;
	uint64_t offset; /* where they begin in the file */
	size_t n;        /* how many bytes are there: those of whole blocks */
	uint64_t n_cut;  /* the size of the unfinished end that was cut off */
	char before[PLACE_WINDOW]; /* the bytes in front of the offset */
	size_t n_before;
};

/*
 * Creates the file if it is missing, with the mode and group of PATH.1, else
 * 0660.  Cuts an unfinished end off, whose size *n_cut receives.  Returns 0 or
 * a negative errno, as spool_file_append does.
 */
int spool_file_create(const struct spool_file *spool, uint64_t *n_cut);

/*
 * Appends blocks, which stream_write_event has written, by one write; n_first
 * is the size of the first.  If they do not all fit on the disk, as many whole
 * ones stay as do.  Returns 0 if all are there; -EAGAIN if another process
 * writes now: try again soon; -EBADMSG if the file does not end as an event
 * stream does; -ELOOP for a symbolic link, -EINVAL or -EISDIR for what is not a
 * file; or another negative errno.
 */
int spool_file_append(const struct spool_file *spool, struct span blocks,
    size_t n_first, struct spool_append *append);

/*
 * A comment with that number, to stand before an event that is the same as the
 * one before it: else the places after the two could not be told apart, and the
 * event would get none.
 */
enum { SPOOL_MARK_SIZE = 24 };
struct span spool_file_mark(uint64_t number, char mark[SPOOL_MARK_SIZE]);

/*
 * The id of the place after the event that ends at that offset of the blocks:
 * the one that the event has for everybody who reads the file.
 */
struct span spool_append_id(const struct spool_append *append,
    const struct place_key *key, struct span blocks, size_t to,
    char id[EVENT_ID_SIZE]);

/* What its errors mean.  Valid until the next call. */
const char *spool_file_error(int error);

#endif
