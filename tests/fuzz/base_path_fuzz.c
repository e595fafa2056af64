/* SPDX-License-Identifier: MIT */

/*
 * A base path and the path behind it: whatever base path is accepted, a path
 * with it in front leads where the path alone does, in each of a request's
 * variables.
 */

#include "http/base_path.h"

#include "fuzz.h"

static void
put_decoded(struct bytes *path, struct span base_path)
{
	for (size_t i = 0; i < base_path.n; i++) {
		char c = base_path.bytes[i];

		if (c == '%') {
			char hex[] = {
			    base_path.bytes[i + 1], base_path.bytes[i + 2], 0};

			c = (char)strtoul(hex, NULL, 16);
			i += 2;
		}
		bytes_put(path, &c, 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	char *base_path = string_of(take_string(&input));
	char *rest = string_of(take_string(&input));
	char *script = string_of(take_string(&input));
	struct span name = base_path_strip(NULL, rest, script);
	struct bytes path = {0};

	REQUIRE(!name.bytes || name.n > 0);
	if (name.bytes)
		REQUIRE(*name.bytes != '/' && name.bytes[name.n - 1] != '/');
	base_path_strip(base_path, rest, script);
	if (!base_path_check(base_path)) {
		struct span at = base_path_trim(base_path);

		REQUIRE(at.n == 0 || at.bytes[at.n - 1] != '/');
		put_decoded(&path, at);
		bytes_put(&path, "/", 1);
		bytes_put(&path, rest, strlen(rest));
		REQUIRE(span_equal(
		    base_path_strip(base_path, path.at, script), name));
		if (at.n > 0)
			REQUIRE(span_equal(
			    base_path_strip(base_path, "", path.at), name));
	}
	bytes_free(&path);
	free(base_path);
	free(rest);
	free(script);
	return 0;
}
