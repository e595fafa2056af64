/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_HTTP_HMAC_H
#define PIPECAST_HTTP_HMAC_H

/*
 * HMAC-SHA-256 (RFC 2104, with SHA-256 of libmd).  Without libmd there is
 * no_hmac.c instead, and nothing that needs a hash can be used.
 */

#include "core/text.h"

enum { HMAC_SIZE = 32 };

/* Writes the HMAC of the message.  Returns false, without libmd. */
bool hmac_sha256(
    unsigned char out[HMAC_SIZE], struct span key, struct span message);

#endif
