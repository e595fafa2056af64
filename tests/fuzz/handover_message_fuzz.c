/* SPDX-License-Identifier: MIT */

/*
 * What a CGI process hands over, on whatever may come: a message that is taken
 * is read within its bounds, and says of a request what it says once it is
 * written again.
 */

#include "gateways/handover_message.h"

#include "fuzz.h"

static void
check_again(struct span message)
{
	struct request before, after;
	struct buffer again = {0};
	struct span written;
	int rc =
	    handover_message_write(&again, handover_message_look_up, &message);

	REQUIRE(rc == 0);
	written = buffer_span(&again);
	REQUIRE(handover_message_is_valid(written));
	REQUIRE(written.n <= message.n);
	request_from_meta_variables(
	    &before, NULL, handover_message_look_up, &message);
	request_from_meta_variables(
	    &after, NULL, handover_message_look_up, &written);
	REQUIRE(span_equal(before.method, after.method));
	REQUIRE(span_equal(before.name, after.name));
	REQUIRE(span_equal(before.last_event_id, after.last_event_id));
	REQUIRE(before.length == after.length);
	REQUIRE(before.non_parsed_header == after.non_parsed_header);
	buffer_fini(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct span first = LITERAL("pipecast handover 1\0");
	struct bytes message = {0};

	handover_message_is_valid((struct span){(const char *)data, size});
	bytes_put(&message, first.bytes, first.n);
	bytes_put(&message, (const char *)data, size);
	if (handover_message_is_valid(bytes_span(&message)))
		check_again(bytes_span(&message));
	bytes_free(&message);
	return 0;
}
