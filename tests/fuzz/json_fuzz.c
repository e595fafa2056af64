/* SPDX-License-Identifier: MIT */

#include "formats.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct json_members mapped = {
	    .data = "a", .event = "b", .id = "c"};
	bool is_mapped = size > 0 && data[size - 1] & 8;

	return fuzz_format_with(
	    &format_json, is_mapped ? &mapped : NULL, data, size);
}
