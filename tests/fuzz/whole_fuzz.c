/* SPDX-License-Identifier: MIT */

#include "formats.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(&format_whole, data, size);
}
