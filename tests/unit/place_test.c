/* SPDX-License-Identifier: MIT */

#include "core/place.h"
#include "core/siphash.h"

#include "helpers.h"

static char bytes[3 * PLACE_WINDOW];

static void
fill(void)
{
	uint32_t random = 1;

	for (size_t i = 0; i < sizeof(bytes); i++) {
		random = random * 1664525 + 1013904223;
		bytes[i] = (char)(random >> 24);
	}
}

/* The vector that the authors of SipHash print. */
Test(siphash, is_as_published)
{
	const uint64_t key[2] = {
	    UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
	char input[15];

	for (size_t i = 0; i < sizeof(input); i++)
		input[i] = (char)i;
	cr_assert_eq(siphash(key, (struct span){input, sizeof(input)}),
	    UINT64_C(0xa129ca6149be45e5));
}

Test(place, rolled_sum_is_that_of_the_window_alone)
{
	struct place_key key;
	uint64_t sum = 0;
	size_t at = 0;

	fill();
	place_key_init(&key, LITERAL("secret"));
	for (size_t step = 1; at + step <= sizeof(bytes);
	     step = step % 97 + 1) {
		size_t n;

		sum = place_roll(&key, sum, bytes, at, at + step);
		at += step;
		n = at < PLACE_WINDOW ? at : PLACE_WINDOW;
		cr_assert_eq(sum,
		    place_sum(&key, (struct span){bytes + at - n, n}),
		    "up to byte %zu", at);
	}
}

Test(place, content_tells_lines_apart_whose_ends_are_alike)
{
	static const char line[] = "{\"n\":%02d,\"service\":\"payments\"}\n";
	char first[64], second[64];
	struct place_key key;

	place_key_init(&key, LITERAL("secret"));
	snprintf(first, sizeof(first), line, 9);
	snprintf(second, sizeof(second), line, 30);
	cr_assert_neq(
	    place_sum(&key, span_of(first)), place_sum(&key, span_of(second)));
}

Test(place, content_depends_on_offset_sum_and_secret)
{
	struct place_key key, other;

	place_key_init(&key, LITERAL("secret"));
	place_key_init(&other, LITERAL("another"));
	cr_assert_eq(place_content(&key, 1, 2), place_content(&key, 1, 2));
	cr_assert_neq(place_content(&key, 1, 2), place_content(&key, 2, 2));
	cr_assert_neq(place_content(&key, 1, 2), place_content(&key, 1, 3));
	cr_assert_neq(place_content(&key, 1, 2), place_content(&other, 1, 2));
	cr_assert_neq(place_content(&key, 0, 0), 0);
}

Test(place, identity_depends_on_device_inode_and_birth)
{
	static const struct file_identity files[] = {
	    {1, 2, 3}, {2, 2, 3}, {1, 3, 3}, {1, 2, 4}};
	struct place_key key;

	place_key_init(&key, LITERAL("secret"));
	for (size_t i = 1; i < LENGTH(files); i++)
		cr_assert_neq(place_identity(&key, &files[0]),
		    place_identity(&key, &files[i]), "file %zu", i);
}

Test(place, key_bears_any_secret)
{
	struct place_key key, again;

	place_key_init(&key, ABSENT);
	place_key_init(&again, LITERAL(""));
	cr_assert_eq(place_content(&key, 1, 1), place_content(&again, 1, 1));
	place_key_init(&again, (struct span){bytes, sizeof(bytes)});
	cr_assert_neq(place_content(&key, 1, 1), place_content(&again, 1, 1));
}

Test(place, repetition_is_of_whole_records)
{
	cr_assert(place_is_repetitive(LITERAL("a\na\n")));
	cr_assert(place_is_repetitive(LITERAL("ab\nab\nab\na")));
	cr_assert(place_is_repetitive(LITERAL("aa")));
	cr_assert_not(place_is_repetitive(LITERAL("")));
	cr_assert_not(place_is_repetitive(LITERAL("a")));
	cr_assert_not(place_is_repetitive(LITERAL("a\n")));
	cr_assert_not(place_is_repetitive(LITERAL("a 1\na 2\n")));
	cr_assert_not(place_is_repetitive(LITERAL("b\na\na\na\n")));
}

Test(place, repetition_is_seen_on_both_sides_of_a_place)
{
	memset(bytes, 'x', PLACE_AROUND_MAX);
	cr_assert(place_is_repetitive((struct span){bytes, PLACE_AROUND_MAX}));
	bytes[0] = 'y';
	cr_assert_not(
	    place_is_repetitive((struct span){bytes, PLACE_AROUND_MAX}));
}
