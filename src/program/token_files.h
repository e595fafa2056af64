/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_TOKEN_FILES_H
#define PIPECAST_PROGRAM_TOKEN_FILES_H

/*
 * The files of --read-token and --post-token.  A file holds one token, with or
 * without a line end behind it, and other users may not read it.
 */

#include "http/token.h"
#include "program/options.h"

/*
 * Reads the files that the options name.  Returns whether each was there and
 * right, having logged why not; no message contains anything of a file.
 */
bool token_files_read(struct tokens *tokens, const struct options *options);

#endif
