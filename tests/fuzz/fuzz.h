/* SPDX-License-Identifier: MIT */
#ifndef PIPECAST_TESTS_FUZZ_FUZZ_H
#define PIPECAST_TESTS_FUZZ_FUZZ_H

/*
 * What the fuzzers share: numbers and spans off the end of the fuzzer's data,
 * so that seeds are plain text with a few bytes behind it.
 */

#include "../unit/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is left of the fuzzer's data. */
struct input {
	const uint8_t *at;
	size_t n;
};

/* Takes a byte off the end; 0 if there is none. */
static inline unsigned
take_byte(struct input *input)
{
	return input->n > 0 ? input->at[--input->n] : 0;
}

/* Takes a number from 0 to max off the end. */
static inline size_t
take_number(struct input *input, size_t max)
{
	size_t number = take_byte(input);

	if (max > 255)
		number = number << 8 | take_byte(input);
	return number % (max + 1);
}

/* Takes the front up to a NUL, or all that is left. */
static inline struct span
take_string(struct input *input)
{
	const uint8_t *nul =
	    input->n ? memchr(input->at, '\0', input->n) : NULL;
	size_t n = nul ? (size_t)(nul - input->at) : input->n;
	struct span string = {n ? (const char *)input->at : "", n};

	input->at += n + (nul != NULL);
	input->n -= n + (nul != NULL);
	return string;
}

/* A copy of its own, with a NUL behind it. */
static inline char *
string_of(struct span span)
{
	char *copy = malloc(span.n + 1);

	REQUIRE(copy);
	if (span.n > 0)
		memcpy(copy, span.bytes, span.n);
	copy[span.n] = '\0';
	return copy;
}

#endif
