/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PIPECAT_POST_H
#define PIPECAST_PIPECAT_POST_H

/*
 * Posts standard input, an event a line.  Lines are posted in batches, and a
 * batch is kept until the server has acknowledged it; meanwhile nothing more is
 * read.  If the connection breaks before an answer, the batch is posted again,
 * and its events may then be in the stream twice, which is told.
 */

#include "pipecat/transfer.h"

/* Returns the exit status. */
int post_run(const struct settings *settings);

#endif
