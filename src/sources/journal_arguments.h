/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_JOURNAL_ARGUMENTS_H
#define PIPECAST_SOURCES_JOURNAL_ARGUMENTS_H

/*
 * The arguments of journal:, split into words as a shell does it, by blanks,
 * quotes and backslashes, but with no expansion of anything.  Pure.
 */

#include "core/text.h"

/*
 * Writes each word for sh, with a blank before it and in quotes.  Returns NULL,
 * or what would be right (static); then what was written is of no use.
 */
const char *journal_write_arguments(const char *text, struct byte_sink sink);

/* Whether the id may be a cursor: letters, digits, "=" and ";" alone. */
bool journal_is_cursor(struct span id);

#endif
