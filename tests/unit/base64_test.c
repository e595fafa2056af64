/* SPDX-License-Identifier: MIT */

#include "http/base64.h"

#include "helpers.h"

static void
assert_decoded(struct span text, struct span wanted)
{
	char *exact = copy_of(text), out[64];
	long n = base64_decode(out, wanted.n, (struct span){exact, text.n});

	cr_assert_eq(n, (long)wanted.n, "%ld", n);
	assert_span(((struct span){out, wanted.n}), wanted);
	if (wanted.n > 0)
		cr_assert_eq(base64_decode(out, wanted.n - 1,
				 (struct span){exact, text.n}),
		    -1, "one byte too many fits");
	free(exact);
}

/* RFC 4648, 10. */
Test(base64, text_of_any_length_is_decoded)
{
	assert_decoded(LITERAL(""), LITERAL(""));
	assert_decoded(LITERAL("Zg=="), LITERAL("f"));
	assert_decoded(LITERAL("Zm8="), LITERAL("fo"));
	assert_decoded(LITERAL("Zm9v"), LITERAL("foo"));
	assert_decoded(LITERAL("Zm9vYg=="), LITERAL("foob"));
	assert_decoded(LITERAL("Zm9vYmFy"), LITERAL("foobar"));
	assert_decoded(
	    LITERAL("AAEC/f7/+++/"), LITERAL("\0\1\2\xfd\xfe\xff\xfb\xef\xbf"));
}

Test(base64, other_text_is_refused)
{
	static const char *const texts[] = {"Z", "Zg",
	    "Zg=", "Zg===", "====", "=", "Z===", "Zg==Zg==", "Zm9v=", "Zm 9",
	    "Zm9v\n", " Zm9v", "Zm-_", "Zm9\xff", "Z=9v", "Zm=v"};
	char out[64];

	for (size_t i = 0; i < LENGTH(texts); i++)
		cr_assert_eq(base64_decode(out, sizeof(out), span_of(texts[i])),
		    -1, "%s", texts[i]);
	cr_assert_eq(base64_decode(out, sizeof(out), LITERAL("Zm\0v")), -1);
}
