/* SPDX-License-Identifier: MIT */

/* Channel and fan-out, played by whatever the fuzzer finds. */

#include "fan_out_engine.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct play *play = malloc(sizeof(*play));

	REQUIRE(play);
	play_bytes(play, data, size < 4096 ? size : 4096);
	free(play);
	return 0;
}
