/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CONFIG_FILE_H
#define PIPECAST_CONFIG_FILE_H

/*
 * Config files: one long option a line without its dashes, its value after
 * it; "source SOURCE" lines; comments behind # at the beginning of a line.
 * Options and sources count in the order in which they stand, as on the
 * command line.  A first line that begins with #! is a comment as well, so a
 * config file can be a script.
 */

#include "options.h"

/* The largest config file that is read, in bytes. */
enum { CONFIG_FILE_MAX = 1 << 20 };

/*
 * Applies the file to the options, which own its text from then on.  Returns 0, or -1 after the error was logged with FILE:LINE.
 */
int config_file_read(struct options *options, const char *path);

#endif
