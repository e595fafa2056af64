/* SPDX-License-Identifier: MIT */

/* Ids that come back from viewers: what is taken for ours is as we wrote it. */

#include "core/event_id.h"

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const identities[] = {
	    "a", "abc", "0123456789abcdef"};
	struct span id = {(const char *)data, size};
	struct file_place position;
	char out[EVENT_ID_SIZE];
	uint64_t seq;

	for (size_t i = 0; i < LENGTH(identities); i++)
		if (event_id_is_sequence(id, identities[i], &seq))
			REQUIRE(span_equal(
			    id, event_id_of_sequence(out, identities[i], seq)));
	if (event_id_is_file(id, &position)) {
		REQUIRE(position.offset <= INT64_MAX);
		REQUIRE(span_equal(id, event_id_of_file(out, &position)));
	}
	if (size >= sizeof(position)) {
		struct file_place back;

		memcpy(&position, data, sizeof(position));
		position.offset &= INT64_MAX;
		REQUIRE(
		    event_id_is_file(event_id_of_file(out, &position), &back));
		REQUIRE(back.identity == position.identity);
		REQUIRE(back.offset == position.offset);
		REQUIRE(back.content == position.content);
		REQUIRE(event_id_is_sequence(
		    event_id_of_sequence(out, "abc", position.content), "abc",
		    &seq));
		REQUIRE(seq == position.content);
	}
	if (event_id_is_acceptable(id)) {
		struct bytes written = {0};

		decode_by_the_book(id, &written);
		REQUIRE(written.n <= EVENT_ID_MAX);
		REQUIRE(!span_has_line_break_or_nul(bytes_span(&written)));
		bytes_free(&written);
	}
	return 0;
}
