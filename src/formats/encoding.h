/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_FORMATS_ENCODING_H
#define PIPECAST_FORMATS_ENCODING_H

/*
 * Which encoding input that is no UTF-8 seems to be in.  It is a guess, for a
 * warning; nothing is converted.
 */

#include "core/text.h"

/*
 * Returns NULL if the record is valid UTF-8 and does not look like UTF-16, else
 * a warning that names the likely encoding (static).  is_first: the input
 * begins with the record.
 */
const char *encoding_warning(struct span record, bool is_first);

#endif
