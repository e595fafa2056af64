/* SPDX-License-Identifier: MIT */

/*
 * The Accept field: blanks around the members of its list, and their case, make
 * no difference, and a client that gives the stream the greatest weight by name
 * always gets it.
 */

#include "http/accept.h"

#include "fuzz.h"

#include <ctype.h>

/* The answer to the field with something before it. */
static bool
prefers_behind(const char *before, struct span accept)
{
	struct bytes bytes = {0};
	bool prefers;

	bytes_put(&bytes, before, strlen(before));
	bytes_put(&bytes, accept.bytes, accept.n);
	prefers = accept_prefers_html(bytes_span(&bytes));
	bytes_free(&bytes);
	return prefers;
}

static bool
prefers_in_capitals(struct span accept)
{
	char *copy = string_of(accept);
	bool prefers;

	for (size_t i = 0; i < accept.n; i++)
		copy[i] = (char)toupper((unsigned char)copy[i]);
	prefers = accept_prefers_html((struct span){copy, accept.n});
	free(copy);
	return prefers;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span accept = {size ? (const char *)data : "", size};
	bool prefers = accept_prefers_html(accept);

	if (size > ACCEPT_MAX - 64) {
		REQUIRE(size <= ACCEPT_MAX || !prefers);
		return 0;
	}
	REQUIRE(prefers_in_capitals(accept) == prefers);
	REQUIRE(prefers_behind(" \t,, ;,", accept) == prefers);
	REQUIRE(prefers_behind("text/html;q=1.1, a/b, ", accept) == prefers);
	REQUIRE(prefers_behind("a/b;c=\"text/html,\\\"\",", accept) == prefers);
	REQUIRE(!prefers_behind("text/event-stream,", accept));
	return 0;
}
