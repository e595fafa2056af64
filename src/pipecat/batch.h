/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PIPECAT_BATCH_H
#define PIPECAST_PIPECAT_BATCH_H

/*
 * The lines of standard input on their way to a server.  A batch is the whole
 * lines at the front; they are kept until they are acknowledged.  Pure: the
 * caller reads and posts.
 */

#include "core/text.h"

/* A batch that goes on its way holds at most this, or one longer line. */
enum { BATCH_MAX = 65536 };

struct batch {
	char *bytes;
	size_t cap;
	size_t n;
	size_t whole; /* of those: whole lines that are to be posted */
	size_t max_line;
	uint64_t dropped; /* size so far of a line over max_line, or 0 */
};

/* Returns 0 or -ENOMEM. */
int batch_init(struct batch *batch, size_t max_line);

/* Where the caller may read *n bytes to. */
char *batch_room(struct batch *batch, size_t *n);

/*
 * So many were read there.  Returns the size of a line over the limit that has
 * ended among them and is left out, or 0; it is then called again with 0.
 */
uint64_t batch_take(struct batch *batch, size_t n);

/* The input has ended: what is left is a line.  Returns as batch_take. */
uint64_t batch_finish(struct batch *batch);

/* The lines to post, each with its LF; n is 0 if there is none. */
struct span batch_lines(const struct batch *batch);

/* The first lines of those.  All of them if there are not so many. */
struct span batch_first_lines(const struct batch *batch, uint64_t n_lines);

/* The first n bytes are acknowledged. */
void batch_drop(struct batch *batch, size_t n);

/*
 * How many events of a refused batch were published, as the text of a refusal
 * says: "Event 5, after 4 that were published: ...".  Returns whether it does.
 */
bool batch_is_partly_taken(const char *text, uint64_t *n_published);

/* Idempotent. */
void batch_fini(struct batch *batch);

#endif
