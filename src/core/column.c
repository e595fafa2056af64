/* SPDX-License-Identifier: MIT */

#include "core/column.h"

#include <string.h>

static void
column_write_blanks(struct byte_sink sink, size_t n)
{
	while (n-- > 0)
		sink_text(sink, " ");
}

void
column_write(struct byte_sink sink, size_t n, const char *text)
{
	size_t at = COLUMN_BEGIN;

	if (n >= COLUMN_BEGIN) {
		sink_text(sink, "\n");
		n = 0;
	}
	column_write_blanks(sink, COLUMN_BEGIN - n);
	while (*text) {
		struct span word = {text, strcspn(text, " ")};

		if (at + 1 + word.n > COLUMN_END && at > COLUMN_BEGIN) {
			sink_text(sink, "\n");
			column_write_blanks(sink, COLUMN_BEGIN);
			at = COLUMN_BEGIN;
		}
		if (at > COLUMN_BEGIN) {
			sink_text(sink, " ");
			at++;
		}
		sink_span(sink, word);
		at += word.n;
		text += word.n + strspn(text + word.n, " ");
	}
	sink_text(sink, "\n");
}
