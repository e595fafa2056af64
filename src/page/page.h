/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PAGE_PAGE_H
#define PIPECAST_PAGE_PAGE_H

/*
 * The built-in viewer page: what stands in this folder, assembled by the
 * build into one HTML file that asks nobody for anything but the stream.
 */

#include "core/text.h"

/* The whole page, UTF-8. */
extern const struct span page_html;

/* The Content-Security-Policy under which it runs, and nothing else does. */
extern const char page_security[];

#endif
