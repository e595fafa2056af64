/* SPDX-License-Identifier: MIT */

#include "http/hmac.h"

#include "helpers.h"

/* RFC 4231, 4; a key of one block and one of more; nothing at all. */
static const struct {
	struct span key, message;
	const char *digits;
} cases[] = {
    {LITERAL("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
	     "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"),
	LITERAL("Hi There"),
	"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {LITERAL("Jefe"), LITERAL("what do ya want for nothing?"),
	"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {{NULL, 131},
	LITERAL("Test Using Larger Than Block-Size Key - Hash Key "
		"First"),
	"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {ABSENT, LITERAL(""),
	"b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
};

Test(hmac, is_that_of_the_standard)
{
	char key[131];

	memset(key, 0xaa, sizeof(key));
	for (size_t i = 0; i < LENGTH(cases); i++) {
		unsigned char out[HMAC_SIZE];
		char digits[2 * HMAC_SIZE + 1];
		struct span own = cases[i].key;

		if (own.n == sizeof(key))
			own.bytes = key;
		cr_assert(hmac_sha256(out, own, cases[i].message));
		for (size_t at = 0; at < HMAC_SIZE; at++)
			snprintf(digits + 2 * at, 3, "%02x", out[at]);
		cr_assert_str_eq(digits, cases[i].digits);
	}
}
