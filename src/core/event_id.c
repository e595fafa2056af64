/* SPDX-License-Identifier: MIT */

#include "core/event_id.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool
event_id_is_acceptable(struct span id)
{
	size_t n = 0;

	sink_utf8(counting_sink(&n), id);
	return n <= EVENT_ID_MAX && !span_has_line_break_or_nul(id);
}

struct span
event_id_of_sequence(
    char out[EVENT_ID_SIZE], const char *identity, uint64_t seq)
{
	snprintf(out, EVENT_ID_SIZE, "s-%.*s-%" PRIu64, STREAM_IDENTITY_MAX,
	    identity, seq);
	return span_of(out);
}

/* Each event of a file gets such an id, for which snprintf takes too long. */
static char *
event_id_put_hex(char *at, uint64_t number)
{
	int n_digits = 1;

	while (n_digits < 16 && number >> 4 * n_digits)
		n_digits++;
	while (n_digits > 0)
		*at++ = "0123456789abcdef"[number >> 4 * --n_digits & 15];
	return at;
}

struct span
event_id_of_file(char out[EVENT_ID_SIZE], const struct file_place *place)
{
	char *at = out;

	*at++ = 'f';
	*at++ = '-';
	at = event_id_put_hex(at, place->offset);
	*at++ = '-';
	at = event_id_put_hex(at, place->identity);
	*at++ = '-';
	at = event_id_put_hex(at, place->content);
	*at = '\0';
	return (struct span){out, (size_t)(at - out)};
}

static bool
event_id_skip_text(struct span *rest, const char *text)
{
	size_t n = strlen(text);

	if (rest->n < n || memcmp(rest->bytes, text, n) != 0)
		return false;
	rest->bytes += n;
	rest->n -= n;
	return true;
}

static int
event_id_digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return 16;
}

/* Takes a number as it was printed: no sign, no leading zero, no overflow. */
static bool
event_id_skip_number(
    struct span *rest, unsigned base, uint64_t max, uint64_t *number)
{
	size_t n = 0;

	*number = 0;
	while (n < rest->n) {
		unsigned digit = (unsigned)event_id_digit_value(rest->bytes[n]);

		if (digit >= base)
			break;
		if (*number > (max - digit) / base)
			return false;
		*number = *number * base + digit;
		n++;
	}
	if (n == 0 || (n > 1 && rest->bytes[0] == '0'))
		return false;
	rest->bytes += n;
	rest->n -= n;
	return true;
}

/* Takes from 1 to max of the characters. */
static bool
event_id_skip_any_of(struct span *rest, const char *characters, size_t max)
{
	size_t n = 0;

	while (n < rest->n && rest->bytes[n] && n < max &&
	    strchr(characters, rest->bytes[n]))
		n++;
	rest->bytes += n;
	rest->n -= n;
	return n > 0;
}

/* The numbers may be of any size here, to be on the safe side. */
bool
event_id_is_reserved(struct span id)
{
	static const char hexadecimal[] = "0123456789abcdef";
	static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (span_is(id, EVENT_ID_END))
		return true;
	if (event_id_skip_text(&id, "s-"))
		return event_id_skip_any_of(
			   &id, letters, STREAM_IDENTITY_MAX) &&
		    event_id_skip_text(&id, "-") &&
		    event_id_skip_any_of(&id, "0123456789", SIZE_MAX) &&
		    id.n == 0;
	return event_id_skip_text(&id, "f-") &&
	    event_id_skip_any_of(&id, hexadecimal, SIZE_MAX) &&
	    event_id_skip_text(&id, "-") &&
	    event_id_skip_any_of(&id, hexadecimal, SIZE_MAX) &&
	    event_id_skip_text(&id, "-") &&
	    event_id_skip_any_of(&id, hexadecimal, SIZE_MAX) && id.n == 0;
}

bool
event_id_is_sequence(struct span id, const char *identity, uint64_t *seq)
{
	return event_id_skip_text(&id, "s-") &&
	    event_id_skip_text(&id, identity) && event_id_skip_text(&id, "-") &&
	    event_id_skip_number(&id, 10, UINT64_MAX, seq) && id.n == 0;
}

bool
event_id_is_file(struct span id, struct file_place *place)
{
	uint64_t identity;

	if (!event_id_skip_text(&id, "f-") ||
	    !event_id_skip_number(&id, 16, INT64_MAX, &place->offset) ||
	    !event_id_skip_text(&id, "-") ||
	    !event_id_skip_number(&id, 16, UINT32_MAX, &identity) ||
	    !event_id_skip_text(&id, "-") ||
	    !event_id_skip_number(&id, 16, UINT64_MAX, &place->content) ||
	    id.n > 0)
		return false;
	place->identity = (uint32_t)identity;
	return true;
}
