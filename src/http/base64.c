/* SPDX-License-Identifier: MIT */

#include "http/base64.h"

#include <string.h>

/* The value of a digit, -1 if it is none. */
static int
base64_value(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* The three bytes of four digits, or -1. */
static long
base64_value_of_four(const char digits[4])
{
	long value = 0;

	for (size_t i = 0; i < 4; i++) {
		int digit = base64_value(digits[i]);

		if (digit < 0)
			return -1;
		value = value << 6 | digit;
	}
	return value;
}

/* The padding counts as digits of no value; returns how long it is. */
static size_t
base64_take_padding(char digits[4])
{
	size_t n = 0;

	for (; n < 2 && digits[3 - n] == '='; n++)
		digits[3 - n] = 'A';
	return n;
}

long
base64_decode(char *out, size_t cap, struct span text)
{
	size_t at = 0;

	if (text.n % 4 != 0)
		return -1;
	while (text.n > 0) {
		size_t n = 3;
		char digits[4];
		long value;

		memcpy(digits, span_take(&text, 4).bytes, 4);
		if (text.n == 0)
			n -= base64_take_padding(digits);
		value = base64_value_of_four(digits);
		if (value < 0 || cap - at < n)
			return -1;
		for (size_t i = 0; i < n; i++)
			out[at++] = (char)(value >> (16 - 8 * i) & 0xff);
	}
	return (long)at;
}
