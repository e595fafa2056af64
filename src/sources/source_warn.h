/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_SOURCES_SOURCE_WARN_H
#define PIPECAST_SOURCES_SOURCE_WARN_H

/*
 * The warnings of a source, of which only the first of a kind and then a few
 * are logged.  For source.c; the kinds have source_warn of source.h.
 */

#include "sources/source.h"

/* Warns of input that has become no event. */
void source_warn_of_rejection(
    struct source *source, const struct rejection *rejection);

/* Says how many warnings of each kind were only counted. */
void source_warn_of_rest(struct source *source);

void source_forget_warnings(struct source *source);

#endif
