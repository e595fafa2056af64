/* SPDX-License-Identifier: MIT */

#include "core/buffer.h"

#include "helpers.h"

#include <errno.h>

Test(buffer, is_empty_but_present_at_first)
{
	struct buffer buffer = {0};

	assert_span(buffer_span(&buffer), LITERAL(""));
	buffer_fini(&buffer);
}

Test(buffer, appends)
{
	struct buffer buffer = {0};

	cr_assert_eq(buffer_append(&buffer, LITERAL("ab"), 10), 0);
	cr_assert_eq(buffer_append(&buffer, LITERAL("c\0d"), 10), 0);
	assert_span(buffer_span(&buffer), LITERAL("abc\0d"));
	buffer_fini(&buffer);
}

Test(buffer, takes_no_memory_for_nothing)
{
	struct buffer buffer = {0};

	cr_assert_eq(buffer_append(&buffer, ABSENT, 0), 0);
	cr_assert_eq(buffer_append(&buffer, LITERAL(""), 10), 0);
	cr_assert_null(buffer.bytes);
}

Test(buffer, holds_exactly_its_cap)
{
	struct buffer buffer = {0};

	cr_assert_eq(buffer_append(&buffer, LITERAL("abcd"), 5), 0);
	cr_assert_eq(buffer_append(&buffer, LITERAL("ef"), 5), -EMSGSIZE);
	assert_span(buffer_span(&buffer), LITERAL("abcd"));
	cr_assert_eq(buffer_append(&buffer, LITERAL("e"), 5), 0);
	cr_assert_eq(buffer_append(&buffer, LITERAL("f"), 5), -EMSGSIZE);
	cr_assert_eq(buffer_append(&buffer, LITERAL(""), 5), 0);
	assert_span(buffer_span(&buffer), LITERAL("abcde"));
	buffer_fini(&buffer);
}

Test(buffer, that_holds_more_than_a_lower_cap_takes_nothing)
{
	struct buffer buffer = {0};

	cr_assert_eq(buffer_append(&buffer, LITERAL("abc"), 3), 0);
	cr_assert_eq(buffer_append(&buffer, LITERAL(""), 2), -EMSGSIZE);
	cr_assert_eq(buffer_append(&buffer, LITERAL("d"), 2), -EMSGSIZE);
	assert_span(buffer_span(&buffer), LITERAL("abc"));
	buffer_fini(&buffer);
}

Test(buffer, grows_by_doubling_but_never_over_its_cap)
{
	static const char kilobyte[1024];
	struct buffer buffer = {0};
	size_t growths = 0, before = 0;

	for (size_t n = 1; n <= 100; n++) {
		cr_assert_eq(buffer_append(&buffer,
				 (struct span){kilobyte, 1000}, 100000),
		    0);
		cr_assert_geq(buffer.allocated, buffer.n);
		cr_assert_leq(buffer.allocated, 100000);
		growths += buffer.allocated != before;
		before = buffer.allocated;
	}
	cr_assert_lt(growths, 12);
	cr_assert_eq(buffer.n, 100000);
	buffer_fini(&buffer);
}

Test(buffer, keeps_its_bytes_while_it_grows)
{
	struct buffer buffer = {0};

	for (unsigned i = 0; i < 5000; i++) {
		char c = (char)(i * 7);

		cr_assert_eq(
		    buffer_append(&buffer, (struct span){&c, 1}, 5000), 0);
	}
	for (unsigned i = 0; i < 5000; i++)
		cr_assert_eq(buffer.bytes[i], (char)(i * 7));
	buffer_fini(&buffer);
}

Test(buffer, is_usable_after_fini)
{
	struct buffer buffer = {0};

	cr_assert_eq(buffer_append(&buffer, LITERAL("abc"), 10), 0);
	buffer_fini(&buffer);
	assert_span(buffer_span(&buffer), LITERAL(""));
	cr_assert_eq(buffer_append(&buffer, LITERAL("d"), 10), 0);
	assert_span(buffer_span(&buffer), LITERAL("d"));
	buffer_fini(&buffer);
}
