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

#include "program/options.h"

/*
 * Takes one line; value is NULL if there is none. where ("FILE:LINE: ") begins
 * the error that is logged if the line is wrong.  Returns OPTIONS_RUN if it was
 * right.
 */
typedef enum options_result config_setter(
    void *ctx, const char *where, const char *name, const char *value);

/*
 * Reads the file.  Returns OPTIONS_RUN and its text in *text, for free(), or
 * OPTIONS_WRONG or OPTIONS_FAILED, having logged why.
 */
enum options_result config_file_read(const char *path, char **text);

/*
 * Hands out the lines of the text, which it cuts, in their order, up to the
 * first that is wrong.  Names and values lie in the text.  Returns as the
 * setter.
 */
enum options_result config_file_parse(
    const char *path, char *text, config_setter *set, void *ctx);

#endif
