/* SPDX-License-Identifier: MIT */

#include "program/viewer_page.h"

#include "loop/log.h"
#include "page/page.h"
#include "program/read_file.h"

#include <stdlib.h>

/* A page of the user's has only the policy that --header gives it. */
static int
read_page(struct viewer_page *page, const char *path)
{
	const char *why;

	page->memory = read_file(path, &page->html.n, &why);
	page->html.bytes = page->memory;
	if (page->memory)
		return 0;
	log_line(LOG_ERROR, "cannot read page '%s': %s", path, why);
	return -1;
}

int
viewer_page_init(struct viewer_page *page, const struct options *options)
{
	*page = (struct viewer_page){0};
	if (options->no_page)
		return 0;
	if (options->page)
		return read_page(page, options->page);
	/* The built-in page does not read the dialect of 2006. */
	if (options->dialect != DIALECT_EVENT_STREAM)
		return 0;
	page->html = page_html;
	page->security = page_security;
	return 0;
}

void
viewer_page_fini(struct viewer_page *page)
{
	free(page->memory);
	*page = (struct viewer_page){0};
}
