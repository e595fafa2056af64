/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_COLUMN_H
#define PIPECAST_CORE_COLUMN_H

/* The column of texts in --help, beside that of the options. */

#include "core/text.h"

/* Where the column begins, and where it ends at the latest. */
enum { COLUMN_BEGIN = 28, COLUMN_END = 79 };

/*
 * Writes the words of the text in the column, beginning on a line that has n
 * characters so far, and ends the line.
 */
void column_write(struct byte_sink sink, size_t n, const char *text);

#endif
