/* SPDX-License-Identifier: MIT */

#include "program/viewer_page.h"

#include "loop/log.h"
#include "page/page.h"
#include "program/read_file.h"

#include <stdlib.h>

/* A page of the user's has only the policy that --header gives it. */
static bool
read_page(struct viewer_page *page, const char *path)
{
	const char *why;

	page->memory = read_file(path, &page->html.n, &why);
	page->html.bytes = page->memory;
	if (!page->memory)
		log_line(LOG_ERROR, "cannot read page '%s': %s", path, why);
	return page->memory;
}

bool
viewer_page_init(struct viewer_page *page, const struct options *options)
{
	*page = (struct viewer_page){0};
	if (options->no_page)
		return true;
	if (options->page)
		return read_page(page, options->page);
	/* The built-in page does not read the dialect of 2006. */
	if (options->dialect != DIALECT_EVENT_STREAM)
		return true;
	page->html = page_html;
	page->security = page_security;
	return true;
}

void
viewer_page_fini(struct viewer_page *page)
{
	free(page->memory);
	*page = (struct viewer_page){0};
}
