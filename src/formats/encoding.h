/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_FORMATS_ENCODING_H
#define PIPECAST_FORMATS_ENCODING_H

/*
 * Guesses the encoding of input that is not UTF-8, for a warning.  Nothing is
 * converted.
 */

#include "core/text.h"

/*
 * Returns NULL if the record is valid UTF-8 and does not look like UTF-16, else
 * a warning that names the likely encoding (static).  is_first: the input
 * begins with the record.
 */
const char *encoding_warning(struct span record, bool is_first);

#endif
