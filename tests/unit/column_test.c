/* SPDX-License-Identifier: MIT */

#include "core/column.h"

#include "helpers.h"

#define MARGIN "                            "

static void
check(size_t n, const char *text, const char *wanted)
{
	struct bytes bytes = {0};

	column_write(bytes_sink(&bytes), n, text);
	cr_assert_str_eq(bytes.at, wanted);
	free(bytes.at);
}

Test(column, begins_beside_what_is_there_or_below_it)
{
	check(0, "text", MARGIN "text\n");
	check(26, "text", "  text\n");
	check(27, " two  words ", " two words\n");
	check(28, "text", "\n" MARGIN "text\n");
	check(28, "", "\n" MARGIN "\n");
}

Test(column, goes_on_below_before_a_line_is_too_long)
{
	const char *fits =
	    "123456789 123456789 123456789 123456789 1234567890 ";
	struct bytes wanted = {0}, text = {0};

	sink_text(bytes_sink(&text), fits);
	sink_text(bytes_sink(&text), "x");
	sink_text(bytes_sink(&wanted), MARGIN);
	sink_span(bytes_sink(&wanted), (struct span){fits, strlen(fits) - 1});
	sink_text(bytes_sink(&wanted), "\n" MARGIN "x\n");
	check(0, text.at, wanted.at);
	free(text.at);
	free(wanted.at);
}

Test(column, never_breaks_a_word)
{
	check(0, "a 123456789_123456789_123456789_123456789_123456789_1234",
	    MARGIN "a\n" MARGIN
		   "123456789_123456789_123456789_123456789_123456789_1234\n");
}
