/* SPDX-License-Identifier: MIT */

#include "core/place.h"

#include "core/siphash.h"

#include <assert.h>
#include <string.h>

__extension__ typedef unsigned __int128 uint128;

static_assert((PLACE_WINDOW & (PLACE_WINDOW - 1)) == 0, "a power of two");

static const uint64_t prime = (UINT64_C(1) << 61) - 1;

/* The value modulo 2^61 - 1; the value is below 2^127. */
static uint64_t
place_reduce(uint128 value)
{
	uint128 folded = (value & prime) + (value >> 61);
	uint64_t sum = (uint64_t)(folded & prime) + (uint64_t)(folded >> 61);

	return sum >= prime ? sum - prime : sum;
}

static uint64_t
place_multiply(uint64_t a, uint64_t b)
{
	return place_reduce((uint128)a * b);
}

void
place_key_init(struct place_key *key, struct span secret)
{
	uint64_t seed[2] = {0, 0}, all;

	/* A keyed hash of two words, under the secret. */
	memset(key, 0, sizeof(*key));
	for (size_t i = 0; i < secret.n && i < 64; i++)
		seed[i / 8 % 2] ^= (uint64_t)(unsigned char)secret.bytes[i]
		    << 8 * (i % 8);
	seed[0] = siphash(seed, secret);
	key->hash[0] = siphash(seed, span_of("pipecast place: hash, 0"));
	key->hash[1] = siphash(seed, span_of("pipecast place: hash, 1"));
	key->powers[0] = 1;
	key->powers[1] =
	    siphash(seed, span_of("pipecast place: base")) % (prime - 256) +
	    256;
	all = key->powers[1];
	for (int i = 2; i <= 4; i++)
		key->powers[i] =
		    place_multiply(key->powers[i - 1], key->powers[1]);
	/* The base to the power of the window, by squaring. */
	for (int i = 1; i < PLACE_WINDOW; i *= 2)
		all = place_multiply(all, all);
	for (uint64_t i = 0; i < 256; i++)
		key->leaving[i] = prime - place_multiply(all, i);
}

/* Adds the byte at that index, and removes the one that leaves the window. */
static uint64_t
place_step(const struct place_key *key, const char *bytes, size_t at)
{
	uint64_t in = (unsigned char)bytes[at];

	if (at < PLACE_WINDOW)
		return in;
	return in + key->leaving[(unsigned char)bytes[at - PLACE_WINDOW]];
}

uint64_t
place_roll(const struct place_key *key, uint64_t sum, const char *bytes,
    size_t from, size_t to)
{
	const uint64_t *power = key->powers;

	/* Four at a time: their shares do not wait for the sum. */
	for (; from + 4 <= to; from += 4)
		sum = place_reduce((uint128)sum * power[4] +
		    (uint128)place_step(key, bytes, from) * power[3] +
		    (uint128)place_step(key, bytes, from + 1) * power[2] +
		    (uint128)place_step(key, bytes, from + 2) * power[1] +
		    place_step(key, bytes, from + 3));
	for (; from < to; from++)
		sum = place_reduce(
		    (uint128)sum * power[1] + place_step(key, bytes, from));
	return sum;
}

uint64_t
place_sum(const struct place_key *key, struct span window)
{
	assert(window.n <= PLACE_WINDOW);
	return place_roll(key, 0, window.bytes, 0, window.n);
}

static uint64_t
place_hash_words(const struct place_key *key, const uint64_t *words, size_t n)
{
	struct span bytes = {(const char *)words, n * sizeof(*words)};

	return siphash(key->hash, bytes);
}

uint64_t
place_content(const struct place_key *key, uint64_t offset, uint64_t sum)
{
	const uint64_t words[] = {offset, sum};

	return place_hash_words(key, words, 2);
}

uint32_t
place_identity(const struct place_key *key, const struct file_identity *file)
{
	const uint64_t words[] = {file->device, file->inode, file->birth_ns};

	return (uint32_t)place_hash_words(key, words, 3);
}

/* The failure function of Knuth, Morris and Pratt gives the shortest period. */
bool
place_is_repetitive(struct span bytes)
{
	uint16_t border[PLACE_AROUND_MAX + 1] = {0};
	size_t length = 0;

	assert(bytes.n <= PLACE_AROUND_MAX);
	for (size_t i = 1; i < bytes.n; i++) {
		while (length > 0 && bytes.bytes[i] != bytes.bytes[length])
			length = border[length];
		if (bytes.bytes[i] == bytes.bytes[length])
			length++;
		border[i + 1] = (uint16_t)length;
	}
	return length > 0 && (bytes.n - length) * 2 <= bytes.n;
}
