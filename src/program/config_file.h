/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_CONFIG_FILE_H
#define PIPECAST_PROGRAM_CONFIG_FILE_H

/*
 * Config files: one long option a line without its dashes, its value after it;
 * "source SOURCE" lines; comments behind # at the beginning of a line.  Options
 * and sources apply in their order, as on the command line.  A first line that
 * begins with #! is a comment as well, so a config file can be a script.  A
 * byte order mark before it is dropped.
 */

#include <stdbool.h>

/*
 * Takes one line; value is NULL if there is none. where ("FILE:LINE: ") begins
 * the error that is logged if the line is wrong.  Returns whether it was right.
 */
typedef bool config_setter(
    void *ctx, const char *where, const char *name, const char *value);

/*
 * Reads the file and hands out its lines in their order, up to the first that
 * is wrong.  Names and values lie in *text, which the caller frees, whatever
 * comes back.  Returns 0, or after the error was logged -ENOMEM, -EMFILE or
 * -ENFILE if that was the reason, else -1.
 */
int config_file_read(
    const char *path, char **text, config_setter *set, void *ctx);

#endif
