/* SPDX-License-Identifier: MIT */

#include "http/own_header.h"

#include "helpers.h"

static void
assert_wanted(const char *header, const char *wanted)
{
	const char *why = own_header_check(header);

	cr_assert_not_null(why, "%s", header);
	cr_assert_str_eq(why, wanted, "%s: %s", header, why);
}

Test(own_header, is_a_name_and_a_value)
{
	static const char *const right[] = {"A: b", "A:", "a-B_c!: \t: d",
	    "X: \xc3\xa4", "Cache-Control: no-cache", "Content-Typ: a"};

	for (size_t i = 0; i < LENGTH(right); i++)
		cr_assert_null(own_header_check(right[i]), "%s", right[i]);
}

Test(own_header, without_a_token_for_a_name_is_refused)
{
	static const char *const wrong[] = {
	    "", "A", ": a", "A b: c", "A : b", "\xc3\xa4: b", "A\n: b"};

	for (size_t i = 0; i < LENGTH(wrong); i++)
		assert_wanted(wrong[i], "a header such as 'NAME: VALUE'");
}

Test(own_header, that_would_break_the_head_is_refused)
{
	static const char *const wrong[] = {
	    "A: b\r\nC: d", "A: \n", "A: \x01", "A: b\x7f"};

	for (size_t i = 0; i < LENGTH(wrong); i++)
		assert_wanted(wrong[i], "a header without control characters");
}

Test(own_header, that_pipecast_sets_is_refused_in_any_case)
{
	static const char *const wrong[] = {"Status: 1", "content-type: a",
	    "CONTENT-LENGTH:1", "Transfer-Encoding: a", "Connection: close",
	    "Location: /"};

	for (size_t i = 0; i < LENGTH(wrong); i++)
		assert_wanted(
		    wrong[i], "a header that the stream does not set itself");
}
