/* SPDX-License-Identifier: MIT */

#include "program/viewer_page.h"

#include "core/deflater.h"
#include "loop/log.h"
#include "page/page.h"
#include "program/read_file.h"

/* A page of the user's has only the policy that --header gives it. */
static bool
viewer_page_read(struct viewer_page *page, const char *path)
{
	int rc = read_file(path, &page->file);

	if (rc < 0)
		log_line(LOG_ERROR, "cannot read page '%s': %s", path,
		    read_file_error(rc));
	page->html = owned_span(&page->file);
	return rc == 0;
}

bool
viewer_page_init(struct viewer_page *page, const struct options *options)
{
	*page = (struct viewer_page){0};
	if (options->no_page)
		return true;
	if (options->page)
		return viewer_page_read(page, options->page);
	/* The built-in page does not read the dialect of 2006. */
	if (options->dialect != DIALECT_EVENT_STREAM)
		return true;
	page->html = page_html;
	page->security = page_security;
	return true;
}

void
viewer_page_compress(struct viewer_page *page)
{
	if (page->html.bytes)
		page->gzip = deflater_gzip(page->html);
}

void
viewer_page_fini(struct viewer_page *page)
{
	owned_free(&page->gzip);
	owned_free(&page->file);
	*page = (struct viewer_page){0};
}
