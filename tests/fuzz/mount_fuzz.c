/* SPDX-License-Identifier: MIT */

/*
 * A mount and the path behind it: whatever mount is accepted, a path with it
 * in front leads where the path alone does, in each of a request's variables.
 */

#include "core/mount.h"

#include "fuzz.h"

static void
put_decoded(struct bytes *path, struct span mount)
{
	for (size_t i = 0; i < mount.n; i++) {
		char c = mount.bytes[i];

		if (c == '%') {
			char hex[] = {
			    mount.bytes[i + 1], mount.bytes[i + 2], 0};

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
	char *mount = string_of(take_string(&input));
	char *rest = string_of(take_string(&input));
	char *script = string_of(take_string(&input));
	struct span name = mount_rest(NULL, rest, script);
	struct bytes path = {0};

	REQUIRE(!name.bytes || name.n > 0);
	if (name.bytes)
		REQUIRE(*name.bytes != '/' && name.bytes[name.n - 1] != '/');
	mount_rest(mount, rest, script);
	if (!mount_check(mount)) {
		struct span at = mount_path(mount);

		REQUIRE(at.n == 0 || at.bytes[at.n - 1] != '/');
		put_decoded(&path, at);
		bytes_put(&path, "/", 1);
		bytes_put(&path, rest, strlen(rest));
		REQUIRE(span_equal(mount_rest(mount, path.at, script), name));
		if (at.n > 0)
			REQUIRE(
			    span_equal(mount_rest(mount, "", path.at), name));
	}
	bytes_free(&path);
	free(mount);
	free(rest);
	free(script);
	return 0;
}
