/* SPDX-License-Identifier: MIT */

/*
 * Tokens and cookies in any header fields and query: only the token itself, or
 * its cookie, grants anything, and what is left of a query presents nothing and
 * breaks no head.
 */

#define _GNU_SOURCE /* memmem */
#include "http/token.h"

#include "fuzz.h"

static const char secret[] = "0123456789+/=:;&";

static struct tokens tokens;

static bool
has(struct span field, const char *text)
{
	return field.n > 0 && memmem(field.bytes, field.n, text, strlen(text));
}

/* The query with each %HH decoded, wherever it stands. */
static bool
has_encoded(struct span query, const char *text)
{
	struct bytes decoded = {0};
	bool found;

	while (query.n > 0) {
		int byte = text_decode_byte(query);
		char c = *span_take(&query, byte < 0 ? 1 : 3).bytes;

		if (byte >= 0)
			c = (char)byte;
		bytes_put(&decoded, &c, 1);
	}
	found = has(bytes_span(&decoded), text);
	bytes_free(&decoded);
	return found;
}

/* Each digit of the token's middle stands somewhere in base64. */
static bool
has_base64(struct span field)
{
	return has(field, "EyMzQ1Njc4") || has(field, "IzNDU2Nzg5") ||
	    has(field, "MjM0NTY3OD");
}

static void
check_grants(const struct token_credentials *credentials)
{
	struct token_grants grants = token_grants_of(&tokens, credentials);
	bool in_cookie =
	    has(credentials->cookie, tokens.of[TOKEN_READ].cookie_value);
	bool in_query = has_encoded(credentials->query, secret);
	bool in_header = has(credentials->authorization, secret) ||
	    has_base64(credentials->authorization);

	REQUIRE(!grants.granted[TOKEN_POST]);
	if (grants.granted[TOKEN_READ])
		REQUIRE(in_cookie || in_query || in_header);
	if (grants.by_query[TOKEN_READ])
		REQUIRE(in_query && grants.is_in_query &&
		    grants.granted[TOKEN_READ]);
}

static void
check_rest(struct span query)
{
	struct token_credentials credentials = {0};
	struct bytes rest = {0}, again = {0};
	struct token_grants grants;

	token_write_rest(query, bytes_sink(&rest));
	for (size_t i = 0; i < rest.n; i++)
		REQUIRE(rest.at[i] > ' ' && rest.at[i] <= '~');
	REQUIRE(rest.n <= 3 * query.n);
	credentials.query = bytes_span(&rest);
	grants = token_grants_of(&tokens, &credentials);
	REQUIRE(!grants.is_in_query && !grants.granted[TOKEN_READ]);
	token_write_rest(bytes_span(&rest), bytes_sink(&again));
	REQUIRE(again.n <= rest.n);
	bytes_free(&rest);
	bytes_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct token_credentials credentials = {
	    .authorization = take_string(&input),
	    .cookie = take_string(&input),
	    .query = take_string(&input),
	};
	struct tokens given = {0};

	if (!token_is_set(&tokens, TOKEN_READ))
		REQUIRE(!token_set(&tokens, TOKEN_READ, span_of(secret)));
	check_grants(&credentials);
	check_rest(credentials.query);
	if (!token_set(&given, TOKEN_POST, credentials.query))
		REQUIRE(credentials.query.n >= TOKEN_MIN &&
		    credentials.query.n <= TOKEN_MAX);
	return 0;
}
