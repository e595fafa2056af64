/* SPDX-License-Identifier: MIT */

#include "core/event_id.h"

#include "helpers.h"

Test(event_id, is_acceptable_as_it_comes_back)
{
	char id[EVENT_ID_MAX + 1];

	cr_assert(event_id_is_acceptable(LITERAL("")));
	cr_assert(event_id_is_acceptable(LITERAL(" a:\t\xff")));
	cr_assert_not(event_id_is_acceptable(LITERAL("a\rb")));
	cr_assert_not(event_id_is_acceptable(LITERAL("a\n")));
	cr_assert_not(event_id_is_acceptable(LITERAL("\0")));
	memset(id, 'a', sizeof(id));
	cr_assert(event_id_is_acceptable((struct span){id, EVENT_ID_MAX}));
	cr_assert_not(
	    event_id_is_acceptable((struct span){id, EVENT_ID_MAX + 1}));
	/* each of these bytes becomes a U+FFFD of three */
	memset(id, '\xff', sizeof(id));
	cr_assert(event_id_is_acceptable((struct span){id, EVENT_ID_MAX / 3}));
	cr_assert_not(
	    event_id_is_acceptable((struct span){id, EVENT_ID_MAX / 3 + 1}));
}

Test(event_id, of_our_forms_is_reserved)
{
	static const char *const ids[] = {"pipecast-end", "s-abc-1",
	    "s-0123abcd-0", "s-ABC-18446744073709551616",
	    "s-0123456789abcdef-1", "f-1-1-1", "f-0-abc-0123456789abcdef",
	    "f-fffffffffffffffff-00-1"};
	char out[EVENT_ID_SIZE];

	for (size_t i = 0; i < LENGTH(ids); i++)
		cr_assert(event_id_is_reserved(span_of(ids[i])), "%s", ids[i]);
	cr_assert(
	    event_id_is_reserved(event_id_of_sequence(out, "x9", UINT64_MAX)));
}

Test(event_id, of_another_form_is_free)
{
	static const struct span ids[] = {ABSENT, LITERAL(""), LITERAL("1"),
	    LITERAL("s-"), LITERAL("s-1"), LITERAL("s--1"), LITERAL("s-a-"),
	    LITERAL("s-a-1x"), LITERAL("s-a-1-2"), LITERAL("s-a_b-1"),
	    LITERAL("s-0123456789abcdefg-1"), LITERAL("S-a-1"), LITERAL("f-"),
	    LITERAL("f-1"), LITERAL("f-1-2"), LITERAL("f-1-2-"),
	    LITERAL("f-1-2-3-4"), LITERAL("f-1-2-g"), LITERAL("f-1-2-A"),
	    LITERAL("f--1-2"), LITERAL("pipecast"), LITERAL("pipecast-end2"),
	    LITERAL("pipecast-end\0"), LITERAL("s-a\0-1"), LITERAL("s-a-1\0"),
	    LITERAL("1700000000000-0")};

	for (size_t i = 0; i < LENGTH(ids); i++)
		cr_assert_not(event_id_is_reserved(ids[i]), "%zu", i);
}

Test(event_id, of_a_sequence_reads_back)
{
	static const uint64_t seqs[] = {
	    0, 1, 9, 10, 12345, UINT64_MAX - 1, UINT64_MAX};
	char out[EVENT_ID_SIZE];

	for (size_t i = 0; i < LENGTH(seqs); i++) {
		uint64_t seq = 77;
		struct span id = event_id_of_sequence(out, "abc", seqs[i]);

		cr_assert(event_id_is_sequence(id, "abc", &seq));
		cr_assert_eq(seq, seqs[i]);
	}
}

Test(event_id, of_a_sequence_is_as_documented)
{
	char out[EVENT_ID_SIZE];

	assert_span(
	    event_id_of_sequence(out, "k3x9", 42), LITERAL("s-k3x9-42"));
	assert_span(event_id_of_sequence(out, "0123456789abcdef", UINT64_MAX),
	    LITERAL("s-0123456789abcdef-18446744073709551615"));
}

Test(event_id, of_a_sequence_keeps_to_its_memory)
{
	char out[EVENT_ID_SIZE];

	assert_span(
	    event_id_of_sequence(out, "0123456789abcdefXXXXXXXXXXXXXXXXXXX", 1),
	    LITERAL("s-0123456789abcdef-1"));
}

Test(event_id, of_another_stream_is_not_ours)
{
	uint64_t seq;

	cr_assert(event_id_is_sequence(LITERAL("s-abc-1"), "abc", &seq));
	cr_assert_not(event_id_is_sequence(LITERAL("s-abc-1"), "abd", &seq));
	cr_assert_not(event_id_is_sequence(LITERAL("s-abc-1"), "ab", &seq));
	cr_assert_not(event_id_is_sequence(LITERAL("s-abc-1"), "abcd", &seq));
}

Test(event_id, of_a_sequence_must_be_as_it_was_written)
{
	static const struct span bad[] = {ABSENT, LITERAL(""), LITERAL("s"),
	    LITERAL("s-"), LITERAL("s-abc"), LITERAL("s-abc-"),
	    LITERAL("s-abc1"), LITERAL("s-abc-x"), LITERAL("s-abc-1x"),
	    LITERAL("s-abc-1a"), LITERAL("s-abc-1 "), LITERAL("s-abc- 1"),
	    LITERAL("s-abc-1\0"), LITERAL("s-abc-01"), LITERAL("s-abc-00"),
	    LITERAL("s-abc-+1"), LITERAL("s-abc--1"), LITERAL("s-abc-0x1"),
	    LITERAL("s-abc-18446744073709551616"),
	    LITERAL("s-abc-28446744073709551615"),
	    LITERAL("s-abc-99999999999999999999999999"), LITERAL("S-abc-1"),
	    LITERAL("f-abc-1"), LITERAL(" s-abc-1"), LITERAL("pipecast-end")};

	for (size_t i = 0; i < LENGTH(bad); i++) {
		char *copy = copy_of(bad[i]);
		struct span id = {copy, bad[i].n};
		uint64_t seq;

		cr_assert_not(
		    event_id_is_sequence(id, "abc", &seq), "case %zu", i);
		free(copy);
	}
}

Test(event_id, of_a_file_reads_back)
{
	static const struct file_place positions[] = {
	    {0, 0, 0},
	    {1, 2, 3},
	    {0xabcdef, 0x123456789, 0xdeadbeef},
	    {INT64_MAX, UINT64_MAX, UINT32_MAX},
	};
	char out[EVENT_ID_SIZE];

	for (size_t i = 0; i < LENGTH(positions); i++) {
		struct file_place back;
		struct span id = event_id_of_file(out, &positions[i]);

		cr_assert(event_id_is_file(id, &back));
		cr_assert_eq(back.identity, positions[i].identity);
		cr_assert_eq(back.offset, positions[i].offset);
		cr_assert_eq(back.content, positions[i].content);
	}
}

Test(event_id, of_a_file_is_as_documented)
{
	struct file_place position = {
	    .offset = 0x12ab, .identity = 255, .content = 0x9f};
	char out[EVENT_ID_SIZE];

	assert_span(event_id_of_file(out, &position), LITERAL("f-12ab-ff-9f"));
}

Test(event_id, of_a_file_must_be_as_it_was_written)
{
	static const struct span bad[] = {ABSENT, LITERAL("f"), LITERAL("f-"),
	    LITERAL("f-1"), LITERAL("f-1-"), LITERAL("f-1-2"),
	    LITERAL("f-1-2-"), LITERAL("f--2-3"), LITERAL("f-1--3"),
	    LITERAL("f-1-2-3-"), LITERAL("f-1-2-3-4"), LITERAL("f-1-2-3 "),
	    LITERAL("f-A-2-3"), LITERAL("f-g-2-3"), LITERAL("f-0x1-2-3"),
	    LITERAL("f-01-2-3"), LITERAL("f-1-02-3"), LITERAL("f-1-2-03"),
	    LITERAL("f-8000000000000000-2-3"), LITERAL("f-1-100000000-3"),
	    LITERAL("f-1-2-10000000000000000"), LITERAL("f-1:2-3"),
	    LITERAL("f-1-2:3"), LITERAL("f-1-2-`"), LITERAL("f-1-2-/"),
	    LITERAL("s-1-2-3")};

	for (size_t i = 0; i < LENGTH(bad); i++) {
		char *copy = copy_of(bad[i]);
		struct span id = {copy, bad[i].n};
		struct file_place position;

		cr_assert_not(event_id_is_file(id, &position), "case %zu", i);
		free(copy);
	}
}

Test(event_id, cut_or_changed_anywhere_never_reads_as_itself)
{
	struct file_place position = {0xfffffffff, 0xabcdef, 0x12345678};
	char out[EVENT_ID_SIZE];
	struct span id = event_id_of_file(out, &position);

	for (size_t i = 0; i < id.n; i++) {
		for (int c = 0; c < 256; c++) {
			struct file_place back;
			char saved = out[i];

			if ((char)c == saved)
				continue;
			out[i] = (char)c;
			cr_assert(!event_id_is_file(id, &back) ||
			    back.identity != position.identity ||
			    back.offset != position.offset ||
			    back.content != position.content);
			out[i] = saved;
		}
	}
}
