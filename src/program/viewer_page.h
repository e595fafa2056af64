/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_PROGRAM_VIEWER_PAGE_H
#define PIPECAST_PROGRAM_VIEWER_PAGE_H

/*
 * The page for browsers that open a stream: the built-in one, the file of
 * --page, or none.
 */

#include "core/owned.h"
#include "program/options.h"

struct viewer_page {
	struct span html;     /* absent if there is none */
	const char *security; /* its Content-Security-Policy, or NULL */
	struct owned file;    /* of --page */
	struct owned gzip;    /* the page, compressed */
};

/*
 * Chooses the page by the options, and reads it if it is a file.  Returns
 * whether it could be read, having logged why not.
 */
bool viewer_page_init(struct viewer_page *page, const struct options *options);
/*
 * For a program that answers many requests: compresses the page once.  Without
 * memory, or zlib, it is sent as it is.
 */
void viewer_page_compress(struct viewer_page *page);

void viewer_page_fini(struct viewer_page *page);

#endif
