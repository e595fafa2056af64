/* SPDX-License-Identifier: MIT */

#include "sources/redis_id.h"

#include <inttypes.h>
#include <stdio.h>

/* Takes a number as it is printed: no sign, no leading zero, no overflow. */
static bool
redis_id_take_number(struct span *rest, uint64_t *number)
{
	size_t n = 0;

	*number = 0;
	for (; n < rest->n; n++) {
		unsigned digit = (unsigned char)rest->bytes[n] - (unsigned)'0';

		if (digit > 9)
			break;
		if (*number > (UINT64_MAX - digit) / 10)
			return false;
		*number = *number * 10 + digit;
	}
	if (n == 0 || (n > 1 && *rest->bytes == '0'))
		return false;
	span_take(rest, n);
	return true;
}

bool
redis_id_parse(struct redis_id *id, struct span text)
{
	if (!text.bytes || !redis_id_take_number(&text, &id->ms) ||
	    text.n == 0 || *text.bytes != '-')
		return false;
	span_take(&text, 1);
	return redis_id_take_number(&text, &id->seq) && text.n == 0;
}

struct span
redis_id_write(char out[REDIS_ID_SIZE], struct redis_id id)
{
	int n =
	    snprintf(out, REDIS_ID_SIZE, "%" PRIu64 "-%" PRIu64, id.ms, id.seq);

	return (struct span){out, (size_t)n};
}

int
redis_id_compare(struct redis_id a, struct redis_id b)
{
	if (a.ms != b.ms)
		return a.ms < b.ms ? -1 : 1;
	return a.seq < b.seq ? -1 : a.seq > b.seq;
}

struct redis_id
redis_id_next(struct redis_id id)
{
	if (id.seq < UINT64_MAX)
		return (struct redis_id){id.ms, id.seq + 1};
	return id.ms < UINT64_MAX ? (struct redis_id){id.ms + 1, 0} : id;
}

struct redis_id
redis_id_previous(struct redis_id id)
{
	if (id.seq > 0)
		return (struct redis_id){id.ms, id.seq - 1};
	return id.ms > 0 ? (struct redis_id){id.ms - 1, UINT64_MAX} : id;
}
