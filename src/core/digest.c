/* SPDX-License-Identifier: MIT */

#include "core/digest.h"

#include "core/siphash.h"

#include <inttypes.h>
#include <stdio.h>

/* Each text is hashed under a key that all texts before it have made. */
void
digest_add(struct digest *digest, struct span text)
{
	const uint64_t other[2] = {~digest->words[1], digest->words[0]};
	uint64_t first = siphash(digest->words, text);

	digest->words[1] = siphash(other, text);
	digest->words[0] = first;
}

char *
digest_write(const struct digest *digest, char out[DIGEST_TEXT_SIZE])
{
	snprintf(out, DIGEST_TEXT_SIZE, "%016" PRIx64 "%016" PRIx64,
	    digest->words[0], digest->words[1]);
	return out;
}
