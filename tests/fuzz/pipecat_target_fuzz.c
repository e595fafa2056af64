/* SPDX-License-Identifier: MIT */

/*
 * URLs as users type them: what is accepted has no blank or control character,
 * and what is shown of it has no user, no password and no query.
 */

#include "pipecat/target.h"

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = string_of((struct span){(const char *)data, size});
	struct target target;

	if (!target_parse(&target, text)) {
		struct owned root =
		    target_below(owned_span(&target.url), 0, "/.probe");

		REQUIRE(root.bytes && target.url.n > 0);
		for (size_t i = 0; i < target.url.n; i++)
			REQUIRE((unsigned char)target.url.bytes[i] > ' ');
		REQUIRE(target.socket.bytes || !strchr(target.url.bytes, '#'));
		REQUIRE(
		    target.socket.bytes || !strpbrk(target.shown.bytes, "?"));
		owned_free(&root);
	}
	target_fini(&target);
	free(text);
	return 0;
}
