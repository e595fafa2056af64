/* SPDX-License-Identifier: MIT */

#include "viewer_page.h"

#include "loop/log.h"
#include "page/page.h"
#include "read_file.h"

#include <stdlib.h>

/* The owner's page brings a policy of the owner's (--header), if any. */
static int
read_page(struct viewer_page *page, const char *path)
{
	const char *why;

	page->memory = read_file(path, &page->html.n, &why);
	page->html.bytes = page->memory;
	if (page->memory)
		return 0;
	log_line(LOG_ERROR, "page '%s': %s", path, why);
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
	/* Ours reads today's event stream only. */
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
