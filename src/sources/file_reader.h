/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_FILE_READER_H
#define PIPECAST_SOURCES_FILE_READER_H

/*
 * Reads one file of a followed name, from a place on: makes events of its
 * bytes, gives each the id of its place, and notices when the file was emptied.
 * Which file comes next is decided elsewhere (rotation.h).
 *
 * Of a spool it reads whole blocks alone: what is unfinished may yet be cut off
 * (sources/spool_file.h).
 */

#include "sources/file_head.h"
#include "sources/file_status.h"
#include "sources/intake.h"
#include "sources/source.h"

struct file_reader {
	struct source *source;
	struct intake intake;
	int fd; /* -1 while there is no file */
	struct file_identity identity;
	/* A copy goes on with the ids of the file that was emptied, so that it
	   makes no difference which viewer has read which of them. */
	uint32_t identity_in_ids;
	struct file_head head;
	size_t n_ahead;        /* bytes read ahead of the place */
	bool in_hole;          /* nothing but NULs was read yet */
	uint64_t record_start; /* of the next record */
	uint64_t record_n;     /* the size of the one before it */
	uint64_t run_start;    /* where equal records up to there begin */
	uint64_t blocks_end;   /* of a spool: only whole blocks up to there */
	uint64_t searched;     /* for their end, up to there */
};

/* The source is borrowed; no file yet. */
void file_reader_init(struct file_reader *reader, struct source *source);

/*
 * Begins with fd, which becomes the reader's, at the offset; in_middle: the
 * bytes up to the next event are no event.  Returns 0, or -ENOMEM: fd is
 * closed.
 */
int file_reader_open(struct file_reader *reader, int fd,
    const struct file_status *status, uint64_t offset, bool in_middle);

/*
 * Goes on in fd, which becomes the reader's: another file that holds the same
 * up to the place.
 */
void file_reader_continue_in(
    struct file_reader *reader, int fd, const struct file_status *status);

/* The unterminated rest of a file that is left is an event, too. */
void file_reader_leave(struct file_reader *reader);

/* Idempotent. */
void file_reader_fini(struct file_reader *reader);

static inline uint64_t
file_reader_position(const struct file_reader *reader)
{
	return reader->intake.position;
}

/* Whether everything that was read has become events, or there is no file. */
bool file_reader_is_between(const struct file_reader *reader);

/* The content of the place up to which was read. */
uint64_t file_reader_content(struct file_reader *reader);

/*
 * Whether the file was emptied: it is shorter than what was read, or both the
 * bytes before the place and the head of the file have changed.  If only the
 * former have, its writer has written in place, and reading goes on.
 */
bool file_reader_was_emptied(struct file_reader *reader);

/* Whether another file has all that was read. */
enum file_overlap {
	FILE_OVERLAP_NONE,
	FILE_OVERLAP_WHOLE,
	FILE_OVERLAP_UNSURE, /* it may as well have other lines, just alike */
};

/*
 * Whether that file has all that was read, because the reader's is a copy of it
 * that was made just now.  A copy is younger than what it is a copy of, unless
 * an older file was written over.
 */
enum file_overlap file_reader_overlap_with(
    struct file_reader *reader, int fd, const struct file_status *status);

/*
 * Reads once.  NULs at the beginning of the file are passed over: they are what
 * an emptied file has before the place at which its writer goes on.  Returns 0
 * at the end of the file, more if there may be more, or a negative errno.
 */
ssize_t file_reader_pull(struct file_reader *reader);

/*
 * The same, but makes no events yet: what was read stays ahead of the place
 * until it is taken, for file_reader_pull, or dropped, to be read once more.
 */
ssize_t file_reader_read_ahead(struct file_reader *reader);
void file_reader_take_ahead(struct file_reader *reader);
void file_reader_drop_ahead(struct file_reader *reader);

#endif
