/* SPDX-License-Identifier: MIT */

#include "core/siphash.h"

static uint64_t
siphash_rotate(uint64_t value, unsigned n)
{
	return value << n | value >> (64 - n);
}

static void
siphash_rounds(uint64_t v[4], int n)
{
	while (n-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = siphash_rotate(v[1], 13) ^ v[0];
		v[3] = siphash_rotate(v[3], 16) ^ v[2];
		v[0] = siphash_rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = siphash_rotate(v[1], 17) ^ v[2];
		v[3] = siphash_rotate(v[3], 21) ^ v[0];
		v[2] = siphash_rotate(v[2], 32);
	}
}

/* Up to eight bytes as a little-endian number. */
static uint64_t
siphash_word(const char *bytes, size_t n)
{
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++)
		word |= (uint64_t)(unsigned char)bytes[i] << 8 * i;
	return word;
}

static void
siphash_take(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	siphash_rounds(v, 2);
	v[0] ^= word;
}

uint64_t
siphash(const uint64_t key[2], struct span bytes)
{
	uint64_t v[4] = {
	    key[0] ^ UINT64_C(0x736f6d6570736575),
	    key[1] ^ UINT64_C(0x646f72616e646f6d),
	    key[0] ^ UINT64_C(0x6c7967656e657261),
	    key[1] ^ UINT64_C(0x7465646279746573),
	};
	size_t whole = bytes.n - bytes.n % 8;

	for (size_t i = 0; i < whole; i += 8)
		siphash_take(v, siphash_word(bytes.bytes + i, 8));
	siphash_take(v,
	    siphash_word(bytes.bytes + whole, bytes.n % 8) |
		(uint64_t)bytes.n << 56);
	v[2] ^= 0xff;
	siphash_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
