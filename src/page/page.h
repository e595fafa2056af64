/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PAGE_PAGE_H
#define PIPECAST_PAGE_PAGE_H

/*
 * The built-in viewer page: the files of this folder, assembled by the build
 * into one HTML file, which loads nothing but the stream.
 */

#include "core/text.h"

/* The whole page, UTF-8. */
extern const struct span page_html;

/* The Content-Security-Policy of the page, which lets nothing else run. */
extern const char page_security[];

#endif
