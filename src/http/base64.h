/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_HTTP_BASE64_H
#define PIPECAST_HTTP_BASE64_H

/* Base64 (RFC 4648, 4), as basic authentication has it. */

#include "core/text.h"

/*
 * Decodes into out, not NUL-terminated.  Returns the length, or -1 if it does
 * not fit into cap or is no base64: with its padding, and without any other
 * character.
 */
long base64_decode(char *out, size_t cap, struct span text);

#endif
