/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_CORE_DIGEST_H
#define PIPECAST_CORE_DIGEST_H

/*
 * A digest of a list of texts, 128 bits: by it two lists are taken for the same
 * or not.  It guards against accidents, not against a person that looks for two
 * lists with one digest.
 */

#include "core/text.h"

#include <stdint.h>

enum { DIGEST_TEXT_SIZE = 33 };

/* {0} is the digest of the empty list. */
struct digest {
	uint64_t words[2];
};

/* Appends a text to the list. */
void digest_add(struct digest *digest, struct span text);

/* Writes it in hexadecimal, NUL-terminated.  Returns out. */
char *digest_write(const struct digest *digest, char out[DIGEST_TEXT_SIZE]);

#endif
