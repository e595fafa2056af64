/* SPDX-License-Identifier: MIT */

#include "formats/encoding.h"

#include <string.h>

/* Enough of a record to tell UTF-16 from text that contains NULs. */
enum { SAMPLE_BYTES = 64 };

static const char utf16[] =
    "the input seems to be UTF-16: convert it to UTF-8, for example with "
    "iconv -f UTF-16 -t UTF-8";
static const char utf16_le[] =
    "the input seems to be UTF-16LE: convert it to UTF-8, for example with "
    "iconv -f UTF-16LE -t UTF-8";
static const char utf16_be[] =
    "the input seems to be UTF-16BE: convert it to UTF-8, for example with "
    "iconv -f UTF-16BE -t UTF-8";
static const char latin1[] =
    "the input is not UTF-8, but perhaps ISO-8859-1 (Latin-1): convert it, for "
    "example with iconv -f ISO-8859-1 -t UTF-8";
static const char windows[] =
    "the input is not UTF-8, but perhaps windows-1252: convert it, for example "
    "with iconv -f WINDOWS-1252 -t UTF-8";
static const char damaged[] =
    "the input is not all UTF-8: ill-formed bytes become U+FFFD";

static bool
encoding_starts_with(struct span record, const char *mark)
{
	size_t n = strlen(mark);

	return record.n >= n && memcmp(record.bytes, mark, n) == 0;
}

/*
 * Of ASCII in UTF-16 every other byte is NUL.  A line end cuts a character of
 * two bytes in half, so only the first line shows which byte comes first.
 */
static const char *
encoding_guess_utf16(struct span record, bool is_first)
{
	size_t n = record.n < SAMPLE_BYTES ? record.n : SAMPLE_BYTES;
	size_t n_nul[2] = {0, 0};
	bool odd;

	if (is_first &&
	    (encoding_starts_with(record, "\xff\xfe") ||
		encoding_starts_with(record, "\xfe\xff")))
		return utf16;
	for (size_t i = 0; i < n; i++)
		n_nul[i % 2] += record.bytes[i] == '\0';
	odd = n_nul[1] > 0;
	if (n < 4 || n_nul[!odd] > 0 || 8 * n_nul[odd] < 3 * n)
		return NULL;
	if (!is_first)
		return utf16;
	return odd ? utf16_le : utf16_be;
}

/* Which single-byte encoding, unless parts of it are UTF-8 after all. */
static const char *
encoding_guess_single_byte(struct span record)
{
	const char *guess = latin1;

	for (size_t at = 0; at < record.n;) {
		size_t bad,
		    good = utf8_valid_prefix(
			record.bytes + at, record.n - at, &bad);

		for (size_t end = at + good; at < end; at++)
			if (record.bytes[at] & 0x80 || !record.bytes[at])
				return damaged;
		for (size_t end = at + bad; at < end; at++)
			if ((unsigned char)record.bytes[at] < 0xa0)
				guess = windows;
	}
	return guess;
}

const char *
encoding_warning(struct span record, bool is_first)
{
	const char *guess = NULL;
	size_t bad;

	utf8_valid_prefix(record.bytes, record.n, &bad);
	if (bad > 0 || (record.n > 0 && memchr(record.bytes, '\0', record.n)))
		guess = encoding_guess_utf16(record, is_first);
	return guess || bad == 0 ? guess : encoding_guess_single_byte(record);
}
