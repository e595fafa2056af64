/* SPDX-License-Identifier: MIT */

/*
 * The FastCGI reader on whatever a peer may send: it says the same whatever
 * the pieces, keeps to its caps, and answers in whole records.
 */

#include "fuzz.h"

#include "../unit/fastcgi_gateway.h"

/* A reader that has failed stays so. */
static void
check_failed(struct gateway *gateway)
{
	size_t used = SIZE_MAX;

	if (!has_failed(gateway))
		return;
	REQUIRE(fastcgi_reader_feed(&gateway->reader, "\1", 1, &used) ==
	    FASTCGI_ERROR);
	REQUIRE(used == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	unsigned manners = take_byte(&input);
	uint64_t random = 1 + take_byte(&input);
	struct gateway whole = gateway_begin(manners);
	struct gateway cut = gateway_begin(manners);
	struct span rest = {(const char *)input.at, input.n};
	size_t longest = take_number(&input, 64) + 1;

	feed(&whole, rest);
	check_failed(&whole);
	while (rest.n > 0 && !has_failed(&cut)) {
		size_t n;

		random = random * 6364136223846793005U + 1442695040888963407U;
		n = (random >> 40) % longest + 1;
		n = n < rest.n ? n : rest.n;
		feed(&cut, (struct span){rest.bytes, n});
		rest.bytes += n;
		rest.n -= n;
	}
	REQUIRE(span_equal(bytes_span(&whole.told), bytes_span(&cut.told)));
	gateway_end(&whole);
	gateway_end(&cut);
	return 0;
}
