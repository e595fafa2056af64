/* SPDX-License-Identifier: MIT */

/*
 * Places in a file: a sum that was rolled along in any pieces is that of the
 * window alone, and a repetition is found where there is one.
 */

#include "core/place.h"

#include "fuzz.h"

enum { INPUT_BYTES = PLACE_WINDOW + 1024, AROUND_BYTES = 1024 };

/* By trying each length of a record. */
static bool
repeats(struct span bytes)
{
	for (size_t period = 1; period * 2 <= bytes.n; period++)
		if (memcmp(bytes.bytes, bytes.bytes + period,
			bytes.n - period) == 0)
			return true;
	return false;
}

static void
check_roll(const struct place_key *key, const char *bytes, size_t n,
    struct input *pieces)
{
	uint64_t sum = 0;

	for (size_t from = 0, to; from < n; from = to) {
		size_t window;

		to = from + 1 + take_number(pieces, PLACE_WINDOW);
		if (to > n)
			to = n;
		sum = place_roll(key, sum, bytes, from, to);
		window = to < PLACE_WINDOW ? to : PLACE_WINDOW;
		REQUIRE(sum ==
		    place_sum(key, (struct span){bytes + to - window, window}));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char bytes[INPUT_BYTES];
	struct input input = {data, size};
	size_t n = take_number(&input, INPUT_BYTES);
	char step = (char)take_number(&input, 2);
	struct place_key key;
	struct span around;

	if (input.n == 0)
		return 0;
	/* Records of the data, all the same, or each a little different. */
	for (size_t i = 0; i < n; i++)
		bytes[i] =
		    (char)(data[i % input.n] + step * (char)(i / input.n));
	place_key_init(&key, (struct span){(const char *)data, input.n});
	check_roll(&key, bytes, n, &input);
	around = (struct span){bytes, n < AROUND_BYTES ? n : AROUND_BYTES};
	REQUIRE(place_is_repetitive(around) == repeats(around));
	return 0;
}
