/* SPDX-License-Identifier: MIT */

#include "http/hmac.h"

#include <assert.h>
#include <sha2.h>
#include <string.h>

static_assert(HMAC_SIZE == SHA256_DIGEST_LENGTH, "the hash is the HMAC");

/* A hash that begins with the key, of which each byte is changed by pad. */
static void
hmac_begin(SHA2_CTX *hash, const unsigned char key[SHA256_BLOCK_LENGTH],
    unsigned char pad)
{
	unsigned char block[SHA256_BLOCK_LENGTH];

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = key[i] ^ pad;
	SHA256Init(hash);
	SHA256Update(hash, block, sizeof(block));
}

bool
hmac_sha256(unsigned char out[HMAC_SIZE], struct span key, struct span message)
{
	unsigned char block[SHA256_BLOCK_LENGTH] = {0};
	SHA2_CTX hash;

	if (key.n > sizeof(block)) {
		SHA256Init(&hash);
		SHA256Update(&hash, (const uint8_t *)key.bytes, key.n);
		SHA256Final(block, &hash);
	} else if (key.n > 0) {
		memcpy(block, key.bytes, key.n);
	}
	hmac_begin(&hash, block, 0x36);
	SHA256Update(&hash, (const uint8_t *)message.bytes, message.n);
	SHA256Final(out, &hash);
	hmac_begin(&hash, block, 0x5c);
	SHA256Update(&hash, out, HMAC_SIZE);
	SHA256Final(out, &hash);
	return true;
}
