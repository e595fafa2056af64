/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_ROTATION_H
#define PIPECAST_SOURCES_ROTATION_H

/*
 * The order in which the files of a followed name are read.  A rotation renames
 * the file that is read, to PATH.1, PATH.2 and so on, or copies it there and
 * empties it.  Each file is known by its identity, so a rotation remembers
 * which were there when the current one began to be read: the older ones were
 * read before or are not wanted, and those that came since are still to be
 * read.
 */

#include "sources/file_head.h"
#include "sources/file_names.h"

/* The system tells nothing of changes of names. */
#define ROTATION_UNSEEN UINT64_MAX

struct rotation {
	struct file_names names;
	struct file_status seen[FILE_NAMES_MAX]; /* from the youngest on */
	size_t n_seen;
	bool has_seen_path;   /* as the first of them */
	uint64_t seen_n_come; /* by then */
	bool has_current;
	struct file_identity current;
	bool has_successor; /* the next younger file that was there */
	struct file_identity successor;
	struct file_status older[FILE_NAMES_MAX]; /* as they were then */
	size_t n_older;
	uint64_t n_copies; /* that were there, and are not among older */
	bool is_unsure;    /* which are older could not be found out */
	uint64_t n_come;   /* when current began to be read */
};

/* As file_names_init. */
void rotation_init(
    struct rotation *rotation, const char *path, const char *asked);
void rotation_fini(struct rotation *rotation);

/*
 * Looks which files there are.  n_come is how many files have been seen to come
 * so far, or ROTATION_UNSEEN.
 */
void rotation_look(struct rotation *rotation, uint64_t n_come);

/*
 * That file is read now; NULL: there is none yet.  What the last look did not
 * see will have come since: names may change before the file is open.
 */
void rotation_follow(
    struct rotation *rotation, const struct file_identity *current);

/* Whether the current file has a name; no file without one is copied. */
bool rotation_has_name(const struct rotation *rotation);

/*
 * The next older file may be a copy of the current one, fd, which has not been
 * emptied yet: then it counts as one that has come since.
 */
void rotation_admit_copy(
    struct rotation *rotation, const struct place_key *key, int fd);

/* The next file. */
struct rotation_next {
	int fd;
	struct file_status status;
	uint64_t offset; /* where to begin; 0 unless it is an older file */
	bool may_miss;   /* a file in between may have come and gone */
};

/*
 * These three look first.
 *
 * Opens the file after the current one: the next younger name with something in
 * it, else PATH itself, which may be empty.  If the current one has no name any
 * more, that is the oldest of those that have come since, but for copies of
 * what was read up to the position of a file with that head.  Returns 0,
 * -ENOENT if there is none yet, or another negative errno if it cannot be
 * opened now.
 */
int rotation_open_next(struct rotation *rotation, uint64_t n_come,
    const struct file_head *head, uint64_t position,
    struct rotation_next *next);

/*
 * The current file was emptied.  Opens what it was copied to: the file that has
 * come since and that has that content before the offset.  Of several it is the
 * youngest, and *is_unsure.  Returns the descriptor at that offset, or -ENOENT.
 */
int rotation_open_copy(struct rotation *rotation, uint64_t n_come,
    const struct place_key *key, uint64_t offset, uint64_t content,
    struct file_status *status, bool *is_unsure);

/*
 * The current file was emptied, and that copy is not there: opens the oldest of
 * the files that have come before it since, but for copies of what has that
 * head and was read.  Returns the descriptor, -EAGAIN if names changed in the
 * meantime, or -ENOENT.
 */
int rotation_open_missed(struct rotation *rotation, uint64_t n_come,
    const struct file_head *head, struct file_status *status);

#endif
