/* SPDX-License-Identifier: MIT */

#include "gateways/fastcgi_record.h"

#include <stdio.h>
#include <string.h>

void
fastcgi_write_end_request(char out[FASTCGI_END_REQUEST_SIZE], uint16_t id,
    uint32_t app_status, enum fastcgi_status status)
{
	char *body = out + FASTCGI_HEADER_SIZE;

	fastcgi_write_header(out, FASTCGI_END_REQUEST, id, FASTCGI_BODY_SIZE);
	memset(body, 0, FASTCGI_BODY_SIZE);
	body[0] = (char)(app_status >> 24);
	body[1] = (char)(app_status >> 16);
	body[2] = (char)(app_status >> 8);
	body[3] = (char)app_status;
	body[4] = (char)status;
}

void
fastcgi_write_end(char out[FASTCGI_END_SIZE], uint16_t id, uint32_t app_status,
    enum fastcgi_status status)
{
	fastcgi_write_header(out, FASTCGI_STDOUT, id, 0);
	fastcgi_write_end_request(
	    out + FASTCGI_HEADER_SIZE, id, app_status, status);
}

void
fastcgi_write_answer(struct byte_sink sink, uint16_t id, struct span content)
{
	char header[FASTCGI_HEADER_SIZE], end[FASTCGI_END_SIZE];

	while (content.n > 0) {
		size_t n = content.n < FASTCGI_CONTENT_MAX
		    ? content.n
		    : FASTCGI_CONTENT_MAX;

		fastcgi_write_header(header, FASTCGI_STDOUT, id, (uint16_t)n);
		sink.put(sink.ctx, header, sizeof(header));
		sink.put(sink.ctx, content.bytes, n);
		content.bytes += n;
		content.n -= n;
	}
	fastcgi_write_end(end, id, 0, FASTCGI_REQUEST_COMPLETE);
	sink.put(sink.ctx, end, sizeof(end));
}

/* Name-value pairs. */

/* A length is one byte, or four of which the first has its top bit set. */
static bool
record_next_length(struct span *pairs, size_t *length)
{
	const unsigned char *at = (const unsigned char *)pairs->bytes;
	size_t n = pairs->n > 0 && at[0] & 0x80 ? 4 : 1;

	if (pairs->n < n)
		return false;
	*length = at[0];
	if (n == 4)
		*length = (size_t)(at[0] & 0x7f) << 24 | (size_t)at[1] << 16 |
		    (size_t)at[2] << 8 | at[3];
	pairs->bytes += n;
	pairs->n -= n;
	return true;
}

static bool
record_next_bytes(struct span *pairs, size_t n, struct span *bytes)
{
	if (pairs->n < n)
		return false;
	*bytes = (struct span){pairs->bytes, n};
	pairs->bytes += n;
	pairs->n -= n;
	return true;
}

bool
fastcgi_next_pair(struct span *pairs, struct span *name, struct span *value)
{
	struct span rest = *pairs;
	size_t name_n, value_n;

	if (!record_next_length(&rest, &name_n) ||
	    !record_next_length(&rest, &value_n) ||
	    !record_next_bytes(&rest, name_n, name) ||
	    !record_next_bytes(&rest, value_n, value))
		return false;
	*pairs = rest;
	return true;
}

bool
fastcgi_pairs_are_whole(struct span pairs)
{
	struct span name, value;

	while (fastcgi_next_pair(&pairs, &name, &value))
		;
	return pairs.n == 0;
}

/* Management records. */

static const char *const value_names[] = {
    "FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS"};

enum { N_VALUES = sizeof(value_names) / sizeof(value_names[0]) };

unsigned
fastcgi_values_asked(struct span pairs)
{
	struct span name, value;
	unsigned asked = 0;

	while (fastcgi_next_pair(&pairs, &name, &value))
		for (unsigned i = 0; i < N_VALUES; i++)
			if (span_is(name, value_names[i]))
				asked |= 1U << i;
	return asked;
}

size_t
fastcgi_write_values(char out[FASTCGI_VALUES_MAX], unsigned asked,
    const struct fastcgi_limits *limits)
{
	const uint32_t values[N_VALUES] = {
	    limits->max_conns, limits->max_reqs, 0};
	char *body = out + FASTCGI_HEADER_SIZE, *at = body;

	for (unsigned i = 0; i < N_VALUES; i++) {
		char value[12];
		int n;

		if (!(asked >> i & 1))
			continue;
		n = snprintf(value, sizeof(value), "%u", (unsigned)values[i]);
		*at++ = (char)strlen(value_names[i]);
		*at++ = (char)n;
		at = stpcpy(stpcpy(at, value_names[i]), value);
	}
	fastcgi_write_header(
	    out, FASTCGI_GET_VALUES_RESULT, 0, (uint16_t)(at - body));
	return (size_t)(at - out);
}

void
fastcgi_write_unknown_type(char out[FASTCGI_UNKNOWN_TYPE_SIZE], unsigned type)
{
	char *body = out + FASTCGI_HEADER_SIZE;

	fastcgi_write_header(out, FASTCGI_UNKNOWN_TYPE, 0, FASTCGI_BODY_SIZE);
	memset(body, 0, FASTCGI_BODY_SIZE);
	body[0] = (char)type;
}

bool
fastcgi_method_is_of_post(struct span method)
{
	return span_is(method, "POST") || span_is(method, "PUT");
}

/* The first value counts, as for libfcgi. */
bool
fastcgi_pairs_are_of_post(struct span pairs)
{
	struct span name, value;

	while (fastcgi_next_pair(&pairs, &name, &value))
		if (span_is(name, "REQUEST_METHOD"))
			return fastcgi_method_is_of_post(value);
	return false;
}
