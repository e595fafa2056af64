/* SPDX-License-Identifier: MIT */

/* Channel and fan-out, played by random numbers from a seed. */

#include "../fuzz/fan_out_engine.h"

#include <criterion/criterion.h>

/* Marsaglia's xorshift, 64 bits. */
static void
fill(uint8_t *bytes, size_t n, uint64_t state)
{
	for (size_t i = 0; i < n; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		bytes[i] = (uint8_t)(state >> 32);
	}
}

Test(fan_out, random_runs_do_what_a_model_does)
{
	static uint8_t bytes[4096];
	struct play *play = malloc(sizeof(*play));
	unsigned n_dropped = 0, n_moved = 0, n_gaps = 0, n_farewells = 0;
	unsigned n_shares = 0;

	cr_assert_not_null(play);
	for (uint64_t seed = 1; seed <= 300; seed++) {
		fill(bytes, sizeof(bytes), seed * 7919);
		/* every configuration, and often a small ring */
		bytes[sizeof(bytes) - 1] = (uint8_t)seed;
		bytes[sizeof(bytes) - 2] = (uint8_t)(seed % 3 ? 0 : seed);
		play_bytes(play, bytes, sizeof(bytes));
		n_dropped += play->n_dropped;
		n_moved += play->n_moved;
		n_gaps += play->n_gaps;
		n_farewells += play->n_farewells;
		n_shares += play->n_shares;
	}
	free(play);
	cr_assert_gt(n_dropped, 1000);
	cr_assert_gt(n_moved, 1000);
	cr_assert_gt(n_gaps, 1000);
	cr_assert_gt(n_farewells, 50);
	cr_assert(n_shares > 1000 || !deflater_is_there());
}
