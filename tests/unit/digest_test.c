/* SPDX-License-Identifier: MIT */

#include "core/digest.h"

#include "helpers.h"

Test(digest, of_another_list_is_another)
{
	const char *const lists[][3] = {{NULL}, {""}, {"", ""}, {"a"}, {"b"},
	    {"ab"}, {"a", "b"}, {"b", "a"}, {"ab", ""}, {"", "ab"}, {"a", "a"}};
	char digests[LENGTH(lists)][DIGEST_TEXT_SIZE];

	for (size_t i = 0; i < LENGTH(lists); i++) {
		struct digest digest = {0};

		for (size_t at = 0; lists[i][at]; at++)
			digest_add(&digest, span_of(lists[i][at]));
		digest_write(&digest, digests[i]);
		for (size_t j = 0; j < i; j++)
			cr_assert_str_neq(digests[i], digests[j]);
	}
}

Test(digest, is_written_in_full)
{
	const struct digest digest = {{1, UINT64_MAX}};
	char out[DIGEST_TEXT_SIZE];

	cr_assert_str_eq(
	    digest_write(&digest, out), "0000000000000001ffffffffffffffff");
}
