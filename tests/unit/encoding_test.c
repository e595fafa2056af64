/* SPDX-License-Identifier: MIT */

#include "formats/encoding.h"

#include "helpers.h"

static void
check(struct span record, bool is_first, const char *wanted)
{
	char *copy = copy_of(record);
	const char *warning =
	    encoding_warning((struct span){copy, record.n}, is_first);

	if (wanted)
		cr_assert(warning && strstr(warning, wanted), "%s, not %s",
		    warning, wanted);
	else
		cr_assert_null(warning, "%s", warning);
	free(copy);
}

Test(encoding, utf8_is_nothing_to_warn_of)
{
	check(LITERAL(""), true, NULL);
	check(LITERAL("ab"), true, NULL);
	check(LITERAL("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), true, NULL);
	check(LITERAL("\xef\xbb\xbf"), true, NULL);
}

Test(encoding, nul_in_text_is_not_utf16)
{
	check(LITERAL("\0"), true, NULL);
	check(LITERAL("a\0"), true, NULL);
	check(LITERAL("a\0b"), true, NULL);
	check(LITERAL("id: \0"), true, NULL);
	check(LITERAL("one\0two\0three\0"), true, NULL);
	check(LITERAL("\0\0\0\0\0\0\0\0"), true, NULL);
}

Test(encoding, utf16_is_known_by_its_mark)
{
	check(LITERAL("\xff\xfe"
		      "a\0b\0"),
	    true, "-f UTF-16 ");
	check(LITERAL("\xfe\xff\0a\0b\0"), true, "-f UTF-16 ");
	check(LITERAL("\xff\xfe"), true, "-f UTF-16 ");
}

Test(encoding, utf16_is_known_by_its_nuls)
{
	check(LITERAL("a\0b\0"), true, "-f UTF-16LE ");
	check(LITERAL("\0a\0b\0"), true, "-f UTF-16BE ");
	check(LITERAL("a\0\xac\x20"
		      "b\0c\0d\0"),
	    true, "-f UTF-16LE ");
	/* after a line end that was cut in half */
	check(LITERAL("\0c\0d\0"), false, "-f UTF-16 ");
}

Test(encoding, single_bytes_are_perhaps_latin1)
{
	check(LITERAL("gr\xfc\xdf"
		      "e"),
	    true, "-f ISO-8859-1 ");
	check(LITERAL("\xe4"), false, "-f ISO-8859-1 ");
	check(LITERAL("\xfe\xff"), false, "-f ISO-8859-1 ");
	check(LITERAL("5 \x80"), true, "-f WINDOWS-1252 ");
	check(LITERAL("\x93quoted\x94 \xe4"), true, "-f WINDOWS-1252 ");
}

Test(encoding, damaged_utf8_is_no_other_encoding)
{
	check(LITERAL("\xc3\xa4 \xc3"), true, "U+FFFD");
	check(LITERAL("\xc3 \xe2\x82\xac"), true, "U+FFFD");
	check(LITERAL("\xff\0\xff"), false, "U+FFFD");
}
